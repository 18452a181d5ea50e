"""AWS with the standard library alone: what the receiver and the authorizer need of it, signed by hand.

Loading boto3 and making two clients takes several times as long as everything else that these functions do
when they start; see `docs/decisions/0032-lean-aws-client.md`. `Table`, `DynamoDb`, `Sqs` and
`Secrets` speak as boto3's do, so the stores and queues do not know the difference. The signature is AWS
Signature Version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from lytics_cm.aws_codes import passes
from lytics_cm.dynamodb import typed_all, untyped_all
from lytics_cm.errors import PermanentError, Throttled
from lytics_cm.settings import optional, setting

type Json = dict[str, Any]

TIMEOUT = 6.0
PAUSES = (0.05, 0.2)
"""Seconds before the second and the third try."""
VARIABLES = {"secretsmanager": "SECRETS_MANAGER"}
"""How boto3 calls services in the names of environment variables, where that is not their name."""
NEWER_JSON = frozenset({"secretsmanager"})
"""Services that speak JSON 1.1; the others speak 1.0."""
ALGORITHM = "AWS4-HMAC-SHA256"


class AwsRefusal(PermanentError):
    """AWS said no; `code` is its own."""

    def __init__(self, service: str, code: str) -> None:
        super().__init__(f"{service} refused the call: {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Credentials:
    """What Lambda puts into a function's environment."""

    key_id: str
    secret: str
    token: str = ""


@dataclass(slots=True)
class Endpoint:
    """One service of one region, behind one connection that is kept open; one call at a time."""

    service: str
    region: str
    url: str
    credentials: Credentials
    clock: Callable[[], float]
    pauses: tuple[float, ...] = PAUSES
    connection: http.client.HTTPConnection | None = field(default=None, init=False)
    turn: threading.Lock = field(default_factory=threading.Lock, init=False)

    def call(self, target: str, request: Mapping[str, Any]) -> Json:
        """Make one call. Raises `AwsRefusal`, or `Throttled` when the last try failed like the first."""
        body = json.dumps(request, separators=(",", ":"), default=as_base64).encode()
        for pause in (*self.pauses, None):
            try:
                with self.turn:
                    return self._try(target, body)
            except Throttled:
                if pause is None:
                    raise
                time.sleep(pause)
        raise AssertionError("the last try answers or raises")

    def _try(self, target: str, body: bytes) -> Json:
        try:
            connection = self._connect()
            connection.request("POST", "/", body, self._headers(target, body))
            response = connection.getresponse()
            status, text = response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            self._close()
            raise Throttled(f"{self.service} does not answer: {type(error).__name__}") from error
        if status == HTTPStatus.OK:
            return dict(json.loads(text))
        raise self._refusal(status, text)

    def _connect(self) -> http.client.HTTPConnection:
        if self.connection is None:
            parts = urlsplit(self.url)
            secure = parts.scheme == "https"
            kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            self.connection = kind(parts.netloc, timeout=TIMEOUT)
        return self.connection

    def _close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None

    def __del__(self) -> None:
        self._close()

    def _headers(self, target: str, body: bytes) -> dict[str, str]:
        headers = {
            "content-type": f"application/x-amz-json-1.{int(self.service in NEWER_JSON)}",
            "host": urlsplit(self.url).netloc,
            "x-amz-date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self.clock())),
            "x-amz-target": target,
        }
        if self.credentials.token:
            headers["x-amz-security-token"] = self.credentials.token
        return headers | {"authorization": self._authorization(dict(sorted(headers.items())), body)}

    def _authorization(self, headers: Mapping[str, str], body: bytes) -> str:
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
        moment = headers["x-amz-date"]
        scope = f"{moment[:8]}/{self.region}/{self.service}/aws4_request"
        text = f"{ALGORITHM}\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = f"AWS4{self.credentials.secret}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.new(key, text.encode(), "sha256").hexdigest()
        return f"{ALGORITHM} Credential={self.credentials.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"

    def _refusal(self, status: int, text: bytes) -> Exception:
        try:
            code = str(json.loads(text)["__type"]).rpartition("#")[2]
        except (ValueError, KeyError, TypeError):
            code = f"status {status}"
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or passes(code):
            return Throttled(f"{self.service} asks for patience: {code}")
        return AwsRefusal(self.service, code)


def endpoint(service: str, pauses: tuple[float, ...] = PAUSES) -> Endpoint:
    """A service's endpoint: the region's, or the one that the environment names, as boto3 would."""
    region = optional("AWS_REGION") or setting("AWS_DEFAULT_REGION")
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    named = optional(f"AWS_ENDPOINT_URL_{VARIABLES.get(service, service.upper())}")
    url = named or optional("AWS_ENDPOINT_URL") or f"https://{service}.{region}.{suffix}"
    credentials = Credentials(
        setting("AWS_ACCESS_KEY_ID"), setting("AWS_SECRET_ACCESS_KEY"), optional("AWS_SESSION_TOKEN")
    )
    return Endpoint(service, region, url, credentials, time.time, pauses)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Secrets Manager, as far as a secret's text is read."""

    endpoint: Endpoint

    def get_secret_value(self, **request: Any) -> Json:
        return self.endpoint.call("secretsmanager.GetSecretValue", request)


@dataclass(frozen=True, slots=True)
class DynamoDb:
    """DynamoDB, as far as the authorizer calls it; values are DynamoDB's own."""

    endpoint: Endpoint

    def get_item(self, **request: Any) -> Json:
        return self.endpoint.call("DynamoDB_20120810.GetItem", request)


@dataclass(frozen=True, slots=True)
class Sqs:
    """The queue service, as far as `lytics_cm.queues.Queue` uses it."""

    endpoint: Endpoint

    def send_message_batch(self, **request: Any) -> Json:
        return self.endpoint.call("AmazonSQS.SendMessageBatch", request)


@dataclass(frozen=True, slots=True)
class Table:
    """One table, as far as the stores that the receiver uses call it; values are Python's own."""

    endpoint: Endpoint
    name: str

    def get_item(self, **request: Any) -> Json:
        return self._call("GetItem", request)

    def query(self, **request: Any) -> Json:
        return self._call("Query", request)

    def put_item(self, **request: Any) -> Json:
        return self._call("PutItem", request)

    def update_item(self, **request: Any) -> Json:
        return self._call("UpdateItem", request)

    def _call(self, action: str, request: Json) -> Json:
        values = {name: typed_all(request[name]) for name in TYPED if name in request}
        answer = self.endpoint.call(
            f"DynamoDB_20120810.{action}", {"TableName": self.name, **request, **values}
        )
        if "Item" in answer:
            answer["Item"] = untyped_all(answer["Item"])
        if "LastEvaluatedKey" in answer:
            answer["LastEvaluatedKey"] = untyped_all(answer["LastEvaluatedKey"])
        return answer | (
            {"Items": [untyped_all(item) for item in answer["Items"]]} if "Items" in answer else {}
        )


TYPED = ("Key", "Item", "ExpressionAttributeValues", "ExclusiveStartKey")


def as_base64(value: bytes) -> str:
    """A binary value in JSON."""
    return base64.b64encode(value).decode()
