"""What template.yaml says that the emulator must know: resources, routes, event sources, environment."""

import json
import uuid
from functools import cache
from pathlib import Path

import yaml

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
REGION = "eu-west-1"
ACCOUNT = "123456789012"
STACK = "lytics-cm"
"""What the stack is called."""


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, as their long forms."""


def _function(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {suffix if suffix == "Ref" else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _function)


@cache
def _document():
    return yaml.load(TEMPLATE.read_text(), Loader=Loader)


def _plain(value):
    """The name that a value refers to; a text is itself."""
    return value if isinstance(value, str) else next(iter(value.values())).split(".")[0]


class Deployment:
    """The template, read; `names` are the physical names of what was made."""

    def __init__(self):
        document = _document()
        self.resources = document["Resources"]
        self.usual_timeout = document["Globals"]["Function"]["Timeout"]
        self.defaults = {
            name: str(parameter["Default"])
            for name, parameter in document["Parameters"].items()
            if "Default" in parameter
        }
        self.conditions = document["Conditions"]
        self.names = {}

    def of_type(self, kind):
        return [name for name, resource in self.resources.items() if resource["Type"] == kind]

    def properties(self, name):
        return self.resources[name].get("Properties", {})

    def table(self, name):
        """How a table is made, but for its name."""
        properties = self.properties(name)
        keep = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
        return {key: properties[key] for key in keep if key in properties}

    def schedule(self, name):
        """How a schedule is made, but for its name."""
        properties = self.properties(name)
        kept = {key: properties[key] for key in ("ScheduleExpression", "FlexibleTimeWindow")}
        target = {key: self._resolve(properties["Target"][key], {}) for key in ("Arn", "RoleArn", "Input")}
        if letters := properties["Target"].get("DeadLetterConfig"):
            target["DeadLetterConfig"] = {"Arn": self._resolve(letters["Arn"], {})}
        return {**kept, "Target": target}

    def started_by(self, schedule):
        """The handler that a schedule starts, and its event."""
        target = self.properties(schedule)["Target"]
        function = target["Arn"]["Fn::GetAtt"].removesuffix(".Arn")
        return self.properties(function)["Handler"], json.loads(target["Input"])

    def text_of(self, secret, parameters):
        """What a secret holds that is made from parameters."""
        text = self.properties(secret)["SecretString"]["Fn::Sub"]
        for name, value in (self.defaults | parameters).items():
            text = text.replace(f"${{{name}}}", value)
        return text

    def alarms(self):
        """The alarms, by the names that CloudFormation gives them."""
        found = {}
        for name in self.of_type("AWS::CloudWatch::Alarm"):
            properties = {key: value for key, value in self.properties(name).items() if key != "OKActions"}
            acts = {"AlarmActions": ["mail"]} if "AlarmActions" in properties else {}
            watched = [
                {**one, "Value": _plain(one["Value"]).replace("AWS::StackName", STACK)}
                for one in properties.get("Dimensions", [])
            ]
            found[f"{STACK}-{name}-1A2B3C4D5E6F"] = {**properties, **acts, "Dimensions": watched}
        return found

    def new_table(self, client, name):
        """Make a table like this one under a new name; return that."""
        made = f"{name}-{uuid.uuid4().hex}"
        client.create_table(TableName=made, **self.table(name))
        return made

    def functions(self):
        return [self.properties(name) for name in self.of_type("AWS::Serverless::Function")]

    def events(self, kind):
        """Pairs of a handler and the properties of one of its events."""
        for function in self.functions():
            for event in (function.get("Events") or {}).values():
                if event["Type"] == kind:
                    yield function["Handler"], event["Properties"]

    def sources(self):
        """Event sources: queue, handler, most messages in one delivery."""
        for handler, source in self.events("SQS"):
            yield source["Queue"]["Fn::GetAtt"].split(".")[0], handler, source.get("BatchSize", 10)

    def function_of(self, handler):
        """The name of the function with this handler."""
        return next(
            name
            for name in self.of_type("AWS::Serverless::Function")
            if self.properties(name)["Handler"] == handler
        )

    def timeout(self, handler):
        """Seconds that a function may take."""
        return self.properties(self.function_of(handler)).get("Timeout", self.usual_timeout)

    def reserves(self, parameters):
        """The concurrent executions that are set aside for functions, by name."""
        given = self.defaults | parameters
        found = {}
        for name in self.of_type("AWS::Serverless::Function"):
            match self.properties(name).get("ReservedConcurrentExecutions"):
                case {"Fn::If": [_, {"Ref": parameter}, _]} if int(given[parameter]):
                    found[name] = int(given[parameter])
        return found

    def most_at_once(self, queue, parameters):
        """How many executions the queue's event source may have at once."""
        for _, source in self.events("SQS"):
            if source["Queue"]["Fn::GetAtt"] == f"{queue}.Arn":
                _, parameter, _ = source["ScalingConfig"]["MaximumConcurrency"]["Fn::FindInMap"]
                return int((self.defaults | parameters)[parameter["Ref"]])
        raise LookupError(queue)

    def loops_allowed(self):
        """The functions that AWS calls as often as a chain of requests comes back to them."""
        functions = self.of_type("AWS::Serverless::Function")
        return {name for name in functions if self.properties(name).get("RecursiveLoop") == "Allow"}

    def routes(self):
        return {
            f"{route['Method'].upper()} {route['Path']}": handler for handler, route in self.events("Api")
        }

    def other_routes(self):
        """What the API's own definition adds: methods that a path has not, and who answers them."""
        found = {}
        for path, method, described in self._defined():
            uri = described["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
            function = uri.rpartition("${")[2].partition(".Arn}")[0]
            found[f"{method.upper()} {path}"] = self.properties(function)["Handler"]
        return found

    def other_public_routes(self):
        return tuple(
            f"{method.upper()} {path}"
            for path, method, described in self._defined()
            if described.get("security") == [{"NONE": []}]
        )

    def _defined(self):
        for path, methods in self.properties("Api")["DefinitionBody"]["paths"].items():
            for method, described in methods.items():
                yield path, method, described

    def public_routes(self):
        return tuple(
            f"{route['Method'].upper()} {route['Path']}"
            for _, route in self.events("Api")
            if route.get("Auth", {}).get("Authorizer") == "NONE"
        )

    def environment(self, parameters):
        """Every variable of every function; `parameters` override the template's defaults."""
        given = self.defaults | {"AWS::StackName": STACK} | parameters
        found = {}
        for function in self.functions():
            for name, value in function.get("Environment", {}).get("Variables", {}).items():
                found[name] = self._resolve(value, given)
        return found

    def _resolve(self, value, parameters):
        match value:
            case {"Ref": name}:
                return parameters.get(name) or self.names.get(name) or ""
            case {"Fn::GetAtt": str(text)} if text.endswith(".Id"):
                return self.names[text.removesuffix(".Id")]
            case {"Fn::GetAtt": str(text)} if text.endswith(".Arn"):
                name = text.removesuffix(".Arn")
                kinds = {
                    "Queue": f"sqs:{REGION}:{ACCOUNT}:",
                    "Function": f"lambda:{REGION}:{ACCOUNT}:function:",
                }
                kind = next((kinds[end] for end in kinds if name.endswith(end)), f"iam::{ACCOUNT}:role/")
                return f"arn:aws:{kind}{name}"
            case {"Fn::If": [condition, yes, no]}:
                is_so = self._holds({"Condition": condition}, parameters)
                return self._resolve(yes if is_so else no, parameters)
            case dict():
                return parameters.get("PublicApiUrl", "")
            case _:
                return str(value)

    def _holds(self, condition, parameters):
        """Whether a condition of the template is true under these parameters."""
        match condition:
            case {"Condition": name}:
                return self._holds(self.conditions[name], parameters)
            case {"Fn::Not": [inner]}:
                return not self._holds(inner, parameters)
            case {"Fn::And": each}:
                return all(self._holds(one, parameters) for one in each)
            case {"Fn::Equals": [{"Ref": name}, text]}:
                return parameters[name] == text
