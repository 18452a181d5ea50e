"""What each function's role grants, and what the function asked AWS for: the two must be the same.

Actions are IAM's, resources the template's names. A statement may be limited to some partitions of a table
(`dynamodb:LeadingKeys`, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html). AWS asks in a
function's name too: for its log and its event source; such grants are `BY_LAMBDA`.
"""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.aws.dynamodb.expressions import Condition, Paths

BY_LAMBDA = (
    "iam:PassRole",
    "lambda:InvokeFunction",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
)
FOR_THE_ACCOUNT = ("cloudwatch", "lambda")
"""Services of which only reads are made that AWS grants on all resources or on none."""
STATEMENT = re.compile(r'(INSERT|UPDATE) (?:INTO )?"([^"]+)"')


@dataclass(frozen=True)
class Grant:
    """One action on one resource, of all its partitions or those that a pattern fits."""

    action: str
    resource: str
    partitions: tuple = ()

    def allows(self, request):
        action, resource, partition = request
        fits = not self.partitions or any(fnmatchcase(partition, pattern) for pattern in self.partitions)
        return (action, resource) == (self.action, self.resource) and fits


def grants_of(deployment, function):
    """All that a function's role grants."""
    role = deployment.properties(function)["Role"]["Fn::GetAtt"].split(".")[0]
    (policy,) = deployment.properties(role)["Policies"]
    for written in policy["PolicyDocument"]["Statement"]:
        statement = written["Fn::If"][1] if "Fn::If" in written else written
        condition = statement.get("Condition", {}).get("ForAllValues:StringLike", {})
        partitions = tuple(_listed(condition.get("dynamodb:LeadingKeys", [])))
        for action in _listed(statement["Action"]):
            for resource in _listed(statement["Resource"]):
                yield Grant(action, _name(resource), partitions)


def _name(resource):
    if resource == "*":
        return resource
    ((kind, text),) = resource.items()
    if kind == "Fn::If":  # the stack's own, unless a parameter names another
        return _name(text[1])
    if isinstance(text, list):
        return text[0].replace("${Table}", _name(text[1]["Table"]))
    return "ScheduleGroup" if "schedule/" in text else text.split(".")[0]


def _listed(value):
    return value if isinstance(value, list) else [value]


class Ledger:
    """What functions asked for: (function, (action, resource, partition))."""

    def __init__(self, deployment, tables):
        self.deployment, self.tables = deployment, tables
        self.asked = set()

    def note(self, function, service, operation, params):
        self.asked |= {(function, request) for request in self._requests(service, operation, params)}

    def denied(self):
        """What was asked for and is not granted."""
        functions = {function for function, _ in self.asked}
        granted = {function: list(grants_of(self.deployment, function)) for function in functions}
        return sorted(
            (function, *request)
            for function, request in self.asked
            if not any(one.allows(request) for one in granted[function])
        )

    def unused(self):
        """What is granted and was not asked for: (function, action, resource)."""
        used = {(function, action, resource) for function, (action, resource, _) in self.asked}
        granted = {
            (function, one.action, one.resource)
            for function in self.deployment.of_type("AWS::Serverless::Function")
            for one in grants_of(self.deployment, function)
            if one.action not in BY_LAMBDA
        }
        return granted - used

    def _requests(self, service, operation, params):
        if service == "dynamodb":
            return self._of_dynamodb(operation, params)
        if service in FOR_THE_ACCOUNT:
            return [(f"{service}:{operation}", "*", "")]
        if operation == "StartMessageMoveTask":
            return self._of_move(params["SourceArn"].rpartition(":")[2])
        action = operation.removesuffix("Batch")
        target = {"sqs": "QueueUrl", "kms": "KeyId", "secretsmanager": "SecretId", "sns": "TopicArn"}.get(
            service
        )
        if service == "scheduler" and params.get("GroupName") == "default":
            target = "Name"
        names = {physical: name for name, physical in self.deployment.names.items()}
        return [(f"{service}:{action}", names[params[target]] if target else "ScheduleGroup", "")]

    def _of_move(self, letters):
        """SQS does in the caller's name what it takes to move messages.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html#sqs-configure-dead-letter-queue-redrive-permissions
        """
        policies = {
            name: self.deployment.properties(name).get("RedrivePolicy")
            for name in self.deployment.of_type("AWS::SQS::Queue")
        }
        source = next(
            name
            for name, policy in policies.items()
            if policy and policy["deadLetterTargetArn"]["Fn::GetAtt"] == f"{letters}.Arn"
        )
        actions = ("StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
        return [*((f"sqs:{action}", letters, "") for action in actions), ("sqs:SendMessage", source, "")]

    def _of_dynamodb(self, operation, params):
        if operation == "Query":
            return [self._query(params)]
        if operation in ("Scan", "DescribeTable"):
            return [(f"dynamodb:{operation}", params["TableName"], "")]
        if operation == "BatchExecuteStatement":
            found = [STATEMENT.match(one["Statement"]) for one in params["Statements"]]
            return [(f"dynamodb:PartiQL{one[1].title()}", one[2], "") for one in found]
        return [self._keyed(*one) for one in _of_keys(operation, params)]

    def _keyed(self, operation, table, key):
        partition = next(iter(key[self.tables[table].key_names[0]].values()))
        return f"dynamodb:{operation}", table, str(partition)

    def _query(self, params):
        table, index = params["TableName"], params.get("IndexName")
        names = self.tables[table].indexes[index] if index else self.tables[table].key_names
        condition = Condition.parse(params["KeyConditionExpression"], Paths(params))
        partition = next(iter(condition.equal_to(names[0]).values()))
        return "dynamodb:Query", f"{table}/index/{index}" if index else table, str(partition)


def _of_keys(operation, params):
    """Each operation of a request with its table and its key or item."""
    asked = params.get("RequestItems", {})
    if operation == "TransactWriteItems":
        for kind, write in (next(iter(one.items())) for one in params["TransactItems"]):
            name = "ConditionCheckItem" if kind == "ConditionCheck" else f"{kind}Item"
            yield name, write["TableName"], write.get("Key") or write["Item"]
    elif operation == "BatchGetItem":
        yield from ((operation, table, key) for table in asked for key in asked[table]["Keys"])
    elif operation == "BatchWriteItem":
        for table in asked:
            for one in asked[table]:
                yield operation, table, next(iter(next(iter(one.values())).values()))
    else:
        yield operation, params["TableName"], params.get("Key") or params["Item"]
