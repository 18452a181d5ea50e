"""CloudWatch and Lambda's account settings in memory: the metrics that AWS publishes of queues and functions, and alarms on them.

An alarm's state follows from the metrics now, as if each had been told a moment ago; `switch` sets one by hand, as `SetAlarmState` does.
Of metrics that log lines carry it follows once a test has handed lines over (`metrics.read`).
Metrics: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html (none of a
queue that was never used), https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html.
Names of resources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-name.html.
Limits: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html.
"""

import operator
from datetime import UTC, datetime

from tests.aws.errors import ServiceError
from tests.aws.metrics import Metrics

COMPARISONS = {"GreaterThanThreshold": operator.gt, "LessThanThreshold": operator.lt}
MAX_QUERIES = 500
MAX_RECORDS = 100
USUAL_RECORDS = 50
USUAL_EXECUTIONS = 1000
"""At once, in an account that is not new."""


class CloudWatch:
    """`alarms` are the template's by their physical names; `others` are those of the rest of the account."""

    def __init__(self, clock, sqs):
        self.clock, self.sqs, self.metrics = clock, sqs, Metrics(clock)
        self.alarms, self.others, self._switched = {}, {}, {}
        self.asked = []
        """The metrics that somebody asked for, by name and the values of dimensions: each costs."""
        self.executions = 0
        """How many functions ran at once lately."""

    def call(self, operation, params):
        match operation:
            case "DescribeAlarms":
                return self._describe(params)
            case "GetMetricData":
                return {"MetricDataResults": [self._result(query) for query in self._queries(params)]}
        raise AssertionError(f"the product does not call {operation}")

    def switch(self, name, state, reason="by hand"):
        self._switched[name] = (state, reason, self.clock.now())

    def _describe(self, params):
        most = params.get("MaxRecords", USUAL_RECORDS)
        if not 1 <= most <= MAX_RECORDS:
            raise ServiceError("ValidationError", "MaxRecords is out of range")
        prefix, since = params.get("AlarmNamePrefix", ""), params.get("NextToken", "")
        known = self.alarms | self.others
        names = sorted(name for name in known if name.startswith(prefix) and name >= since)
        more = {"NextToken": names[most]} if len(names) > most else {}
        return {"MetricAlarms": [self._alarm(name, known[name]) for name in names[:most]], **more}

    def _alarm(self, name, described):
        state = "ALARM" if self._is_on(described) else "OK"
        state, reason, at = self._switched.get(name, (state, "Threshold Crossed", self.clock.now()))
        when = datetime.fromtimestamp(at, UTC)
        kept = ("Namespace", "MetricName", "Dimensions", "Threshold", "AlarmDescription", "AlarmActions")
        shown = {key: described[key] for key in kept if key in described}
        return {
            "AlarmName": name,
            "StateValue": state,
            "StateReason": reason,
            "StateUpdatedTimestamp": when,
            "StateTransitionedTimestamp": when,
            **shown,
        }

    def _is_on(self, alarm):
        """Whether the threshold is crossed in as many of the last periods as the alarm says."""
        if alarm["Namespace"].startswith("AWS/SQS"):
            value = self._value(alarm["Namespace"], alarm["MetricName"], alarm.get("Dimensions", []))
            return value is not None and value > alarm["Threshold"]
        is_of_logs = not alarm["Namespace"].startswith("AWS/")
        if is_of_logs and not self.metrics.reads_logs:
            return False
        return all(self._is_crossed(alarm, number) for number in range(alarm["EvaluationPeriods"]))

    def _is_crossed(self, alarm, number):
        """Whether it was crossed so many periods ago."""
        end = self.clock.now() - number * alarm["Period"]
        named = {one["Name"]: one["Value"] for one in alarm.get("Dimensions", [])}
        what = alarm["Namespace"], alarm["MetricName"], named, alarm["Statistic"]
        value = self.metrics.value(*what, end - alarm["Period"], end)
        if value is None:
            return alarm["TreatMissingData"] == "breaching"
        return COMPARISONS[alarm["ComparisonOperator"]](value, alarm["Threshold"])

    def _queries(self, params):
        queries = params["MetricDataQueries"]
        if len(queries) > MAX_QUERIES or len({one["Id"] for one in queries}) < len(queries):
            raise ServiceError("ValidationError", "too many queries, or two with one id")
        if params["StartTime"] >= params["EndTime"]:
            raise ServiceError("ValidationError", "the time range is empty")
        return queries

    def _result(self, query):
        metric = query["MetricStat"]["Metric"]
        self.asked.append((metric["MetricName"], *(one["Value"] for one in metric.get("Dimensions", []))))
        value = self._value(metric["Namespace"], metric["MetricName"], metric.get("Dimensions", []))
        found = [] if value is None else [float(value)]
        now = datetime.fromtimestamp(self.clock.now(), UTC)
        return {
            "Id": query["Id"],
            "Label": metric["MetricName"],
            "StatusCode": "Complete",
            "Values": found,
            "Timestamps": [now for _ in found],
        }

    def _value(self, namespace, metric, dimensions):
        """The metric now; None when there is none."""
        if (namespace, metric) == ("AWS/Lambda", "ConcurrentExecutions"):
            return self.executions or None
        named = {one["Name"]: one["Value"] for one in dimensions}
        url = self.sqs.url_of(named.get("QueueName", ""))
        if namespace != "AWS/SQS" or url not in self.sqs.used:
            return None
        if metric == "ApproximateAgeOfOldestMessage":
            return self.sqs.age_of_oldest(url)
        return int(self.sqs.attributes(url)["ApproximateNumberOfMessages"])


class Account:
    """What `GetAccountSettings` tells of the account."""

    def __init__(self, executions):
        self.executions = executions

    def call(self, operation, _):
        if operation != "GetAccountSettings":
            raise AssertionError(f"the product does not call {operation}")
        most = self.executions.most or USUAL_EXECUTIONS
        unreserved = most - sum(self.executions.reserved.values())
        limit = {"ConcurrentExecutions": most, "UnreservedConcurrentExecutions": unreserved}
        return {"AccountLimit": limit, "AccountUsage": {"FunctionCount": 0, "TotalCodeSize": 0}}
