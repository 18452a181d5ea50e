"""Where MiniStack differs from AWS and would stop us, and what is done about it after a deployment.

- `SendMessageBatch` counts as an action of its own; in AWS `sqs:SendMessage` grants it. So does `BatchExecuteStatement`, on no
  table in particular; in AWS each statement needs what it does (`dynamodb:PartiQLInsert`, ...) on its table.
- There is no `StartMessageMoveTask`, and whose messages it would move is not looked at: who asks must be allowed any to hear that.
- A schedule's resource names the default group, whatever its group.
- The condition `kms:EncryptionContext:...` is not known, so that nothing fulfils it.
- The condition `dynamodb:LeadingKeys` is not known, and fulfilled: a role that is limited to some partitions reaches all.
- It speaks HTTP alone, so that queues which refuse what does not use TLS would refuse everything.
- Gateway responses of an OpenAPI body are ignored.
"""

import json
from typing import Any

from local.ministack import ACCOUNT, REGION, MiniStack

SCHEDULES = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/*"
ERROR = '{"message": $context.error.messageString, "details": []}'
NO_ROUTE = '{"message": "there is no such route", "details": []}'
RESPONSES = (
    ("DEFAULT_4XX", None, ERROR),
    ("DEFAULT_5XX", None, ERROR),
    ("MISSING_AUTHENTICATION_TOKEN", "404", NO_ROUTE),
)


def mend(aws: MiniStack, api_id: str) -> None:
    """Make a deployed stack work here as it does in AWS."""
    _grant_by_other_names(aws)
    _take_messages_without_tls(aws)
    _answer_in_our_shape(aws, api_id)


def _grant_by_other_names(aws: MiniStack) -> None:
    client = aws.client("iam")
    for role in client.list_roles()["Roles"]:
        name = role["RoleName"]
        for policy in client.list_role_policies(RoleName=name)["PolicyNames"]:
            document: Any = client.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            statements = [renamed(statement) for statement in document["Statement"]]
            text = json.dumps({**document, "Statement": statements})
            client.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=text)


def renamed(statement: dict[str, Any]) -> dict[str, Any]:
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


def _take_messages_without_tls(aws: MiniStack) -> None:
    client = aws.client("sqs")
    client.meta.events.register("before-send.sqs", _as_a_proxy_with_tls, unique_id="tls")
    for url in client.list_queues()["QueueUrls"]:
        client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    client.meta.events.unregister("before-send.sqs", unique_id="tls")


def _as_a_proxy_with_tls(request: Any, **_: Any) -> None:
    request.headers["X-Forwarded-Proto"] = "https"


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _answer_in_our_shape(aws: MiniStack, api_id: str) -> None:
    client = aws.client("apigateway")
    for kind, status, template in RESPONSES:
        client.put_gateway_response(
            restApiId=api_id,
            responseType=kind,
            responseTemplates={"application/json": template},
            **({"statusCode": status} if status else {}),
        )
    client.create_deployment(restApiId=api_id, stageName="prod")
