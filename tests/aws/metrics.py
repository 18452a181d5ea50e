"""What CloudWatch has counted: AWS' own counts of functions and routes, and those that log lines carry.

Namespaces and names: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html.
Lines: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html.
"""

import json

LAMBDA, GATEWAY = "AWS/Lambda", "AWS/ApiGateway"
CLIENT_ERROR, SERVER_ERROR = 400, 500
STATISTICS = {"Sum": sum, "Maximum": max}


class Metrics:
    """Values with their times, by namespace, name and dimensions. `reads_logs` once lines were handed over."""

    def __init__(self, clock):
        self.clock, self._values, self.reads_logs = clock, {}, False

    def add(self, namespace, name, value=1, **dimensions):
        key = namespace, name, frozenset(dimensions.items())
        self._values.setdefault(key, []).append((self.clock.now(), value))

    def add_of_function(self, name, function):
        """Count something that befell an invocation: of its function, and of all of them."""
        self.add(LAMBDA, name, FunctionName=function)
        self.add(LAMBDA, name)

    def add_answer(self, stack, stage, route, status):
        """Count an answer that is an error: of the whole API, and of its route."""
        if status < CLIENT_ERROR:
            return
        name = "5XXError" if status >= SERVER_ERROR else "4XXError"
        self.add(GATEWAY, name, ApiName=stack, Stage=stage)
        if route:
            method, resource = route.split(" ")
            self.add(GATEWAY, name, ApiName=stack, Stage=stage, Method=method, Resource=resource)

    def read(self, text):
        """Take what a function has printed: the metrics in it are counted now."""
        self.reads_logs = True
        for line in (json.loads(line) for line in text.splitlines() if '"_aws"' in line):
            for directive in line["_aws"]["CloudWatchMetrics"]:
                for names in directive["Dimensions"]:
                    for metric in directive["Metrics"]:
                        name = metric["Name"]
                        dimensions = {each: line[each] for each in names}
                        self.add(directive["Namespace"], name, line[name], **dimensions)

    def value(self, namespace, name, dimensions, statistic, begin, end):
        """The statistic of what was counted after `begin`, until `end`; None if nothing was."""
        known = self._values.get((namespace, name, frozenset(dimensions.items())), [])
        values = [value for at, value in known if begin < at <= end]
        return STATISTICS[statistic](values) if values else None
