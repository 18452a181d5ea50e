"""The connecting part of the product, as deployed: our handlers behind a gateway, AWS in process, the vendor served."""

import os
import threading
from contextlib import ExitStack, nullcontext
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import boto3
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

from auth_app import handlers
from lytics_cm import connect
from simulators.browser import consent
from simulators.campaign_monitor import CampaignMonitor
from tests.aws import described, kms
from tests.aws.api_gateway import Gateway
from tests.aws.clock import Clock
from tests.aws.endpoint import Aws

REGION = "eu-west-1"
ADMIN_TOKEN = "admin-token-of-this-stack"
PUBLIC = ("GET /oauth/callback",)
ROUTES = (
    "POST /authorizations",
    "GET /oauth/callback",
    "GET /authorizations",
    "GET /authorizations/{id}",
    "DELETE /authorizations/{id}",
    "POST /authorizations/{id}/reconnect",
    "GET /authorizations/{id}/clients",
    "GET /authorizations/{id}/clients/{client_id}/lists",
    "GET /authorizations/{id}/lists/{list_id}/custom-fields",
    "POST /authorizations/{id}/lists/{list_id}/custom-fields",
    "GET /authorizations/{id}/clients/{client_id}/lists/{list_id}/custom-fields",
)
UNTHROTTLED = SimpleNamespace(throttling=SimpleNamespace(code=lambda service: None), as_a_server=nullcontext)
CACHES = (
    handlers.secrets_manager,
    handlers.known_sessions,
    handlers.sessions,
    handlers.admin_token,
    handlers.routes,
    connect.authorizations,
    connect._built,
)

_one_at_a_time = threading.RLock()
_answer = BotocoreStubber.process_request


def _atomically(stubber, request):
    """Conditional writes are atomic in DynamoDB; the stand-in looks and writes in two steps."""
    with _one_at_a_time:
        return _answer(stubber, request)


BotocoreStubber.process_request = _atomically


def cold_start():
    """Forget what a worker keeps between invocations."""
    for cached in CACHES:
        cached.cache_clear()


_clock = Clock()


def http(event, context):
    """The function as it is after the latest cold start; it sleeps in no time."""
    with _clock.sleepless():
        return handlers.http(event, context)


class ConnectStack:
    """Everything up from `with` to its end; `url` is the stage as the outside reaches it."""

    def __enter__(self):
        with ExitStack() as stack:
            stack.callback(os.environ.update, dict(os.environ))
            os.environ.update(
                AWS_DEFAULT_REGION=REGION, AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing"
            )
            stack.enter_context(mock_aws())
            stack.enter_context(_clock.in_force())
            self.vendor = stack.enter_context(CampaignMonitor(scenario="empty"))
            self.dynamodb = boto3.client("dynamodb")
            self.secrets = boto3.client("secretsmanager")
            self.aws = stack.enter_context(Aws(UNTHROTTLED).served())
            self._provide()
            cold_start()
            stack.callback(cold_start)
            self.gateway = Gateway(
                dict.fromkeys(ROUTES, http),
                authorizer=handlers.authorize,
                public=PUBLIC,
                token=ADMIN_TOKEN,
                check=described.check,
            )
            self.url = stack.enter_context(self.gateway.served())
            os.environ["PUBLIC_API_URL"] = self.url
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error):
        self._stack.close()

    def _provide(self):
        for name, keys in (("authorizations", ["id"]), ("jobs", ["job", "item"])):
            self.dynamodb.create_table(
                TableName=name,
                KeySchema=[
                    {"AttributeName": key, "KeyType": kind}
                    for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
                ],
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
                BillingMode="PAY_PER_REQUEST",
            )
        os.environ.update(
            AUTHORIZATIONS_TABLE="authorizations",
            JOBS_TABLE="jobs",
            TOKENS_KEY_ID=kms.create_key(),
            ADMIN_TOKEN_SECRET_ARN=self._secret("admin", ADMIN_TOKEN),
            APPLICATION_SECRET_ARN=self._secret("application", self.vendor.client_secret),
            AWS_ENDPOINT_URL=self.aws.url,
            AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true",
            CAMPAIGN_MONITOR_API_URL=self.vendor.url,
            CAMPAIGN_MONITOR_CLIENT_ID=self.vendor.client_id,
            **{
                f"{name}_QUEUE_URL": boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"]
                for name in ("PAGES", "CHANGES")
            },
        )

    def _secret(self, name, text):
        return self.secrets.create_secret(Name=name, SecretString=text)["ARN"]

    def begin(self, description="Main", **more):
        return self.gateway.post("/authorizations", {"description": description, **more}).json

    def connected(self, description="Main"):
        """Walk the whole dance; return the id of the active authorization."""
        begun = self.begin(description)
        status, page = consent(begun["authorize_url"])
        assert (status, "is connected" in page) == (200, True)
        return begun["id"]

    def show(self, authorization_id):
        return self.gateway.get(f"/authorizations/{authorization_id}").json

    def clients(self, authorization_id):
        return self.gateway.get(f"/authorizations/{authorization_id}/clients")

    def item(self, authorization_id):
        return self.dynamodb.get_item(TableName="authorizations", Key={"id": {"S": authorization_id}})["Item"]

    def put(self, authorization_id, **numbers):
        """Set numeric attributes of a stored authorization: time that passed, a lease that somebody left."""
        self.dynamodb.update_item(
            TableName="authorizations",
            Key={"id": {"S": authorization_id}},
            UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in numbers),
            ExpressionAttributeValues={f":{name}": {"N": str(value)} for name, value in numbers.items()},
        )


def state_of(authorize_url):
    return parse_qs(urlsplit(authorize_url).query)["state"][0]
