"""The PartiQL statements that the product writes, told as the classic calls that do the same and cost the same.

So the DynamoDB in memory needs no second language, a missing guard can be played, and DynamoDB Local, which meters no PartiQL,
can tell what a write costs. Real PartiQL runs on DynamoDB Local (tests/store) and on MiniStack (tests/e2e).
"""

import re

from botocore.exceptions import ClientError

INSERT = re.compile(r'INSERT INTO "([^"]+)" VALUE \{((?:\'\w+\': \?(?:, )?)+)\}')
UPDATE = re.compile(r'UPDATE "([^"]+)" ((?:SET "\w+" = \? )+)WHERE (.+)')
MOST = 25
KEYS = ("email", "key")
CODES = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "ProvisionedThroughputExceededException": "ProvisionedThroughputExceeded",
    "ValidationError": "ValidationError",
}
"""What a statement of a batch answers, by the code of the call that does the same (API_BatchStatementError)."""


def classic(statement, parameters):
    """The operation and request, as a boto3 client has them, that do what a statement does."""
    values = list(parameters)
    if found := INSERT.fullmatch(statement):
        item = dict(zip(re.findall(r"'(\w+)'", found[2]), values, strict=True))
        condition = {
            "ConditionExpression": "attribute_not_exists(#email)",
            "ExpressionAttributeNames": {"#email": "email"},
        }
        return "put_item", {"TableName": found[1], "Item": item, **condition}
    found = UPDATE.fullmatch(statement)
    assert found, f"the stand-ins do not know this statement: {statement}"
    changed, where = (re.findall(r'"(\w+)" = \?', part) for part in (found[2], found[3]))
    names = [*changed, *where]
    placed = dict(zip([f":{number}" for number in range(len(names))], values, strict=True))
    marks = list(placed)
    claims = dict(zip(where, marks[len(changed) :], strict=True))
    key = {name: placed.pop(claims.pop(name)) for name in KEYS if name in claims}
    sets = (f"#{name} = {mark}" for name, mark in zip(changed, marks, strict=False))
    return "update_item", {
        "TableName": found[1],
        "Key": key,
        "UpdateExpression": "SET " + ", ".join(sets),
        "ConditionExpression": " AND ".join(f"#{name} = {mark}" for name, mark in claims.items()),
        "ExpressionAttributeNames": {f"#{name}": name for name in names if name not in KEYS},
        "ExpressionAttributeValues": placed,
    }


def batch(statements, do):
    """The answer of BatchExecuteStatement, when `do(operation, request)` makes each classic call."""
    assert 0 < len(statements) <= MOST
    return {"Responses": [_answer(one, do) for one in statements]}


def _answer(one, do):
    operation, request = classic(one["Statement"], one["Parameters"])
    try:
        do(operation, request)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in CODES:
            raise
        is_there = operation == "put_item" and code == "ConditionalCheckFailedException"
        told = "DuplicateItem" if is_there else CODES[code]
        return {"Error": {"Code": told, "Message": ""}, "TableName": request["TableName"]}
    return {"TableName": request["TableName"]}
