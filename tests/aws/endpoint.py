"""The emulated AWS on a loopback port: calls that come over HTTP are answered by moto, in this process.

For programs that sign their requests themselves. `out` names services that are down, `failing` is the share of calls
that fail, half of them after they took effect; `calls` is what was asked. `quick` says what is throttled.
"""

import base64
import json
import random
from collections import Counter
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler

import boto3
from botocore.exceptions import ClientError

from tests.aws.serving import served

SERVICES = {"AmazonSQS": "sqs", "DynamoDB_20120810": "dynamodb", "secretsmanager": "secretsmanager"}


class Aws:
    def __init__(self, quick):
        self.quick = quick
        self.out = set()
        self.failing = 0.0
        self.random = random.Random(1)
        self.calls = Counter()
        self.requests = []
        self.url = ""
        self._clients = {}

    @contextmanager
    def served(self):
        aws = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = (
                -1
            )  # an answer in one piece: in two, the second waits 40 ms for the first to be confirmed

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = aws.answer(self.headers, body)
                payload = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *args):
                pass

        with served(Handler, waits=False) as self.url:
            yield self

    def answer(self, headers, body):
        family, _, action = headers["X-Amz-Target"].partition(".")
        service = SERVICES[family]
        self.calls[action] += 1
        self.requests.append((dict(headers), body))
        luck = self.random.random()
        if service in self.out or luck < self.failing / 2:
            return 503, {"__type": "ServiceUnavailable", "message": "out of order"}
        if code := self.quick.throttling.code(service):
            return 400, {"__type": f"com.amazonaws#{code}"}
        try:
            with self.quick.as_a_server():
                answer = self._client(service)._make_api_call(action, _with_bytes(json.loads(body)))
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            return status, {"__type": f"com.amazonaws#{error.response['Error']['Code']}"}
        answer.pop("ResponseMetadata")
        if luck < self.failing:
            return 500, {"__type": "InternalFailure"}
        return 200, _with_base64(answer)

    def _client(self, service):
        if service not in self._clients:
            self._clients[service] = boto3.client(service)
        return self._clients[service]


def _with_bytes(value):
    """Binary attributes of DynamoDB, from JSON."""
    if isinstance(value, dict):
        return {
            name: base64.b64decode(inner) if name == "B" else _with_bytes(inner)
            for name, inner in value.items()
        }
    return [_with_bytes(one) for one in value] if isinstance(value, list) else value


def _with_base64(value):
    """What JSON lacks, as the services write it."""
    if isinstance(value, dict):
        return {name: _with_base64(inner) for name, inner in value.items()}
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return [_with_base64(one) for one in value] if isinstance(value, list) else value
