"""What is secret stays where it belongs: no token, secret or key in tables, answers, logs or representations."""

import io
import logging
import subprocess
import sys

import boto3
import pytest
from botocore.exceptions import ClientError

from auth_app import routes
from lytics_cm import connect
from lytics_cm.store.authorizations import TokenPair
from lytics_cm.store.sealing import MAX_PART_BYTES, Seal
from simulators.browser import consent
from tests.flows.connect_stack import ADMIN_TOKEN, ConnectStack, cold_start, state_of


@pytest.fixture
def stack():
    with ConnectStack() as stack:
        stack.vendor.account.add_client("Client One")
        yield stack


@pytest.fixture
def log():
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(routes.logger.handlers[0].formatter)
    loggers = [routes.logger, logging.getLogger()]
    for each in loggers:
        each.addHandler(handler)
    yield text
    for each in loggers:
        (getattr(each, "_logger", each)).removeHandler(handler)


def test_no_secret_is_found_anywhere(stack, log, monkeypatch):
    grants = stack.vendor.account.grants
    secrets = {ADMIN_TOKEN, stack.vendor.client_secret, stack.vendor.account.api_key}
    secrets |= {client.api_key for client in stack.vendor.clients}
    states, dumps = set(), []

    def keep():
        secrets.update(grants.access, grants.refresh, grants.codes)
        dumps.append(repr(stack.dynamodb.scan(TableName="authorizations")["Items"]))

    begun = stack.begin()
    states.add(state_of(begun["authorize_url"]).partition(".")[2])
    keep()
    consent(begun["authorize_url"])
    keep()
    grants.expire()
    stack.clients(begun["id"])
    keep()
    for fault in ("garbage", "500", "drop-after"):
        stack.vendor.faults.script(fault, "/oauth/token")
        again = stack.begin("Main", reconnect=begun["id"])
        states.add(state_of(again["authorize_url"]).partition(".")[2])
        consent(again["authorize_url"])
        keep()
    stack.gateway.get("/oauth/callback", code="code-that-was-stolen", state="x")
    secrets.add("code-that-was-stolen")
    monkeypatch.delenv("APPLICATION_SECRET_ARN")
    failing = stack.begin("Main", reconnect=begun["id"])
    status, page = consent(failing["authorize_url"])
    assert (status, "Something went wrong here" in page) == (500, True)
    grants.revoke()
    stack.clients(begun["id"])
    stack.gateway.get("/authorizations")
    keep()

    answers = "\n".join(f"{answer.headers} {answer.body}" for answer in stack.gateway.answers)
    known = connect.authorizations()
    told = "\n".join([*dumps, answers, log.getvalue(), repr(known.all())])
    assert len(secrets) > 10
    assert "unforeseen error" in log.getvalue()
    assert [secret for secret in secrets if secret in told] == []
    assert [state for state in states if state in "\n".join([*dumps, log.getvalue()])] == []


def test_stored_tokens_open_for_their_authorization_alone(stack):
    store = connect.authorizations()
    first, second = stack.connected("First"), stack.connected("Second")
    sealed = stack.item(first)["sealed"]

    stack.dynamodb.update_item(
        TableName="authorizations",
        Key={"id": {"S": second}},
        UpdateExpression="SET sealed = :sealed",
        ExpressionAttributeValues={":sealed": sealed},
    )

    with pytest.raises(ClientError, match="InvalidCiphertext"):
        store.tokens(store.get(second))


def test_tokens_of_any_length_are_kept(stack):
    store = connect.authorizations()
    known = stack.connected()
    long = TokenPair("a" * 5000, "é" * 9000, 1, 2)

    store.activate(known, long, now=1)

    assert store.tokens(store.get(known)) == long


def test_the_parts_of_a_long_text_open_in_their_order_and_number_alone(stack):
    seal = Seal(boto3.client("kms"), connect.setting("TOKENS_KEY_ID"))
    text = "a" * MAX_PART_BYTES + "b"
    parts = seal.close(text, {"of": "a test"})

    assert (len(parts), seal.open(parts, {"of": "a test"})) == (2, text)
    for wrong in (parts[::-1], parts[:1], parts[1:]):
        with pytest.raises(ClientError, match="InvalidCiphertext"):
            seal.open(wrong, {"of": "a test"})


@pytest.mark.parametrize(
    ("token", "status"),
    [(None, 401), ("", 403), ("wrong", 403), (ADMIN_TOKEN + "x", 403), (ADMIN_TOKEN, 200)],
)
def test_the_admin_token_opens_the_routes(stack, token, status):
    stack.gateway.token = token

    assert stack.gateway.get("/authorizations").status == status


def test_the_callback_needs_no_token(stack):
    stack.gateway.token = None

    assert stack.gateway.get("/oauth/callback").status == 400


def test_a_rotated_admin_token_takes_over(stack):
    assert stack.gateway.get("/authorizations").status == 200
    stack.secrets.put_secret_value(SecretId="admin", SecretString="the-next-token")
    cold_start()

    old = stack.gateway.get("/authorizations").status
    stack.gateway.token = "the-next-token"
    new = stack.gateway.get("/authorizations").status

    assert (old, new) == (403, 200)


def test_the_authorizer_starts_without_what_the_routes_need():
    heavy = {
        "boto3",
        "botocore",
        "pydantic",
        "aws_lambda_powertools",
        "requests",
        "lytics_cm.connect",
        "auth_app.routes",
    }
    code = f"import sys; from auth_app.handlers import authorize; print(sorted({heavy!r} & set(sys.modules)))"
    environment = {"PYTHONPATH": ":".join(sys.path)}

    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)

    assert found.stdout.decode().strip() == "[]"
