"""Where MiniStack differs from AWS and would stop us, and what is done about it when we deploy.

- `SendMessageBatch` counts as an action of its own; in AWS `sqs:SendMessage` grants it. So does `BatchExecuteStatement`, on no
  table in particular; in AWS each statement needs what it does (`dynamodb:PartiQLInsert`, ...) on its table.
- There is no `StartMessageMoveTask`, and whose messages it would move is not looked at: who asks must be allowed any to hear that.
- A schedule's resource names the default group, whatever its group.
- The condition `kms:EncryptionContext:...` is not known, so that nothing fulfils it.
- The condition `dynamodb:LeadingKeys` is not known, and fulfilled: a role that is limited to some partitions reaches all.
- It speaks HTTP alone, so that queues which refuse what does not use TLS would refuse everything.
- Gateway responses of an OpenAPI body are ignored.

What differs and does not stop us, so that tests allow for it (tests/operations):

- A function that is updated ends what it does; in AWS an invocation goes on to its end. So a caller of the API may hear 502, and
  messages in hand come again only when their visibility ends. While the new code is unpacked its calls fail, which can make dead
  letters of messages within seconds.
- A table is restored as it is now, whatever second is asked for, and with its stream and its other settings; in AWS without.
- An API whose definition changes becomes another one, under another URL; in AWS it stays the same.
- There is no CodeDeploy: versions and aliases are there and called, but calls do not shift from one version to the next.
- Physical names follow from those of stack and resource; in AWS they end with something random. So a new stack must not have the
  name of one that was removed and left something.
- A version is not started from a snapshot, though it may ask for one.
"""

import json
from typing import Any

from local.ministack import ACCOUNT, REGION, MiniStack

type Json = dict[str, Any]

QUEUE_POLICY = "AWS::SQS::QueuePolicy"
SCHEDULES = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/*"
ERROR = '{"message": $context.error.messageString, "details": []}'
NO_ROUTE = '{"message": "there is no such route", "details": []}'
RESPONSES = (
    ("DEFAULT_4XX", None, ERROR),
    ("DEFAULT_5XX", None, ERROR),
    ("MISSING_AUTHENTICATION_TOKEN", "404", NO_ROUTE),
)


def fitted(template: Json) -> Json:
    """The template, as `sam build` writes it, that makes a stack work here as the given one does in AWS."""
    kinds = {name: resource["Type"] for name, resource in template["Resources"].items()}
    kept = {name: resource for name, resource in template["Resources"].items() if kinds[name] != QUEUE_POLICY}
    roles = {name: _granting(kept[name]) for name in kept if kinds[name] == "AWS::IAM::Role"}
    return {**template, "Resources": kept | roles}


def _granting(role: Json) -> Json:
    """The role with AWS's names and MiniStack's."""
    policies = [
        {
            **policy,
            "PolicyDocument": {**document, "Statement": [_either(each) for each in document["Statement"]]},
        }
        for policy in role["Properties"]["Policies"]
        for document in [policy["PolicyDocument"]]
    ]
    return {**role, "Properties": {**role["Properties"], "Policies": policies}}


def _either(statement: Json) -> Json:
    """The same for a statement that depends on a condition."""
    match statement:
        case {"Fn::If": [condition, yes, no]}:
            return {"Fn::If": [condition, _either(yes), _either(no)]}
        case {"Action": _}:
            return renamed(statement)
    return statement


def renamed(statement: Json) -> Json:
    """The statement with the names that MiniStack looks for beside AWS's own."""
    actions = _listed(statement["Action"])
    if "sqs:SendMessage" in actions:
        return {**statement, "Action": [*actions, "sqs:SendMessageBatch"]}
    if any(action.startswith("dynamodb:PartiQL") for action in actions):
        return {
            **statement,
            "Action": [*actions, "dynamodb:BatchExecuteStatement"],
            "Resource": [*_listed(statement["Resource"]), "*"],
        }
    if "sqs:StartMessageMoveTask" in actions:
        return {**statement, "Resource": "*"}
    if any(action.startswith("scheduler:") for action in actions):
        return {**statement, "Resource": [*_listed(statement["Resource"]), SCHEDULES]}
    if "kms:EncryptionContext" in json.dumps(statement.get("Condition")):
        return {name: value for name, value in statement.items() if name != "Condition"}
    return statement


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def answer_in_our_shape(aws: MiniStack, api_id: str) -> None:
    """Give a deployed API the gateway responses that its definition has."""
    client = aws.client("apigateway")
    for kind, status, template in RESPONSES:
        client.put_gateway_response(
            restApiId=api_id,
            responseType=kind,
            responseTemplates={"application/json": template},
            **({"statusCode": status} if status else {}),
        )
    client.create_deployment(restApiId=api_id, stageName="prod")
