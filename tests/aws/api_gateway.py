"""API Gateway's part of a REST API, in this process: requests become Lambda events, results become responses.

A gateway is called directly, or served on a loopback port for programs that speak HTTP. It takes 10 MB and waits 29 s:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html. What Lambda does not
call, or fails, is an error of its own: https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway-errors.html.
Its own answers have the shape that template.yaml gives them.
"""

import json
import re
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.aws.executions import Failed, NotInvoked, TooLarge, TooManyRequests
from tests.aws.functions import lambda_context
from tests.aws.serving import served

MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_SECONDS = 29
REFUSALS = {
    TooLarge: (413, "Request Too Long"),
    TooManyRequests: (500, "Internal server error"),
    Failed: (502, "Internal server error"),
}
"""What is answered in the place of a function."""
ACCOUNT_ARN = "arn:aws:execute-api:eu-west-1:123456789012:cafe0001"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict
    body: str

    @property
    def json(self):
        return json.loads(self.body)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: list
    body: str | None
    headers: dict
    is_base64: bool = False


@dataclass
class Gateway:
    """Routes as `"GET /profiles/{email}": handler`; those in `public` need no authorizer.

    `check` is given the route, status, headers and body of every answer, and may raise; `hear` the route and status.
    """

    routes: dict
    authorizer: object = None
    public: tuple = ()
    stage: str = "prod"
    domain: str = "cafe0001.execute-api.eu-west-1.amazonaws.com"
    token: str | None = None
    check: object = None
    hear: object = None
    answers: list = field(default_factory=list)

    def get(self, path, **query):
        return self.call("GET", path, query=query)

    def post(self, path, body=None):
        return self.call("POST", path, body=json.dumps({} if body is None else body))

    def patch(self, path, body):
        return self.call("PATCH", path, body=json.dumps(body))

    def delete(self, path):
        return self.call("DELETE", path)

    def call(self, method, path, *, query=(), body=None, headers=None, is_base64=False):
        sent = {"Host": self.domain, **({"Content-Type": "application/json"} if body else {})}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        pairs = list(query.items()) if isinstance(query, dict) else list(query)
        answer = self._answer(Request(method, path, pairs, body, sent | dict(headers or {}), is_base64))
        self.answers.append(answer)
        return answer

    def _answer(self, request):
        route, values = self._match(request.method, request.path)
        answer = self._answered(route, values, request)
        if self.hear:
            self.hear(route, answer.status)
        if self.check:
            self.check(route, answer.status, answer.headers, answer.body)
        return answer

    def _answered(self, route, values, request):
        if route is None:
            return _refusal(404, "there is no such route")
        if len((request.body or "").encode("utf-8", "surrogatepass")) > MAX_BODY_BYTES:
            return _refusal(413, "Request Too Long")
        started = time.time()
        try:
            answer = self._called(route, values, request)
        except (NotInvoked, Failed) as error:
            return _refusal(*REFUSALS[type(error)])
        late = time.time() - started > MAX_SECONDS
        return _refusal(504, "Endpoint request timed out") if late else answer

    def _called(self, route, values, request):
        admin = {}
        if self.authorizer and route not in self.public:
            header = request.headers.get("Authorization")
            if not header:
                return _refusal(401, "Unauthorized")
            arn = f"{ACCOUNT_ARN}/{self.stage}/{request.method}{request.path}"
            event = {"type": "TOKEN", "authorizationToken": header, "methodArn": arn}
            decided = _as_json(self.authorizer(event, lambda_context("authorizer")))
            if not _allows(decided["policyDocument"], arn):
                return _refusal(403, "User is not authorized to access this resource with an explicit deny")
            told = {name: _as_text(value) for name, value in decided.get("context", {}).items()}
            admin = {"principalId": decided["principalId"], **told}
        event = self._event(route, values, request, admin)
        result = _as_json(self.routes[route](event, lambda_context(route)))
        return Answer(result["statusCode"], _headers(result), result.get("body") or "")

    def _match(self, method, path):
        for route in sorted(
            self.routes, key=lambda route: "{" in route
        ):  # a path as it is written comes first
            verb, pattern = _pattern_of(route)
            if verb == method and (found := pattern.fullmatch(path)):
                return route, {name: unquote(value) for name, value in found.groupdict().items()}
        return None, {}

    def _event(self, route, values, request, authorizer):
        method, template = route.split(" ")
        several = {}
        for name, value in request.query:
            several.setdefault(name, []).append(value)
        return {
            "resource": template,
            "path": request.path,
            "httpMethod": method,
            "headers": request.headers,
            "multiValueHeaders": {name: [value] for name, value in request.headers.items()},
            "queryStringParameters": dict(request.query) or None,
            "multiValueQueryStringParameters": several or None,
            "pathParameters": values or None,
            "stageVariables": None,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "cafe0001",
                "authorizer": authorizer,
                "domainName": self.domain,
                "httpMethod": method,
                "identity": {"sourceIp": "192.0.2.1", "userAgent": "tests"},
                "path": f"/{self.stage}{request.path}",
                "protocol": "HTTP/1.1",
                "requestId": str(uuid.uuid4()),
                "requestTimeEpoch": 0,
                "resourceId": "res001",
                "resourcePath": template,
                "stage": self.stage,
            },
            "body": request.body,
            "isBase64Encoded": request.is_base64,
        }

    @contextmanager
    def served(self):
        """Serve on a free loopback port; yields the URL of the stage, without trailing slash."""
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length).decode("utf-8", "replace") if length else None
                path = parts.path.removeprefix(f"/{gateway.stage}")
                pairs = parse_qsl(parts.query, keep_blank_values=True)
                answer = gateway._answer(Request(self.command, path, pairs, body, dict(self.headers)))
                gateway.answers.append(answer)
                payload = answer.body.encode()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(payload)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer  # noqa: N815

            def log_message(self, *args):
                pass

        with served(Handler) as origin:
            yield f"{origin}/{self.stage}"


@cache
def _pattern_of(route):
    """A route's method, and what its paths look like."""
    method, template = route.split(" ")
    return method, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))


def _allows(policy, arn):
    effects = [
        statement["Effect"]
        for statement in policy["Statement"]
        if re.fullmatch(re.escape(statement["Resource"]).replace(r"\*", ".*"), arn)
    ]
    return "Allow" in effects and "Deny" not in effects


def _as_text(value):
    """What an authorizer tells beside its policy arrives as texts, and may be nothing but plain values."""
    assert isinstance(value, str | int | float | bool), value
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _headers(result):
    several = {name: ", ".join(values) for name, values in (result.get("multiValueHeaders") or {}).items()}
    return several | (result.get("headers") or {})


def _refusal(status, message):
    return Answer(
        status, {"Content-Type": "application/json"}, json.dumps({"message": message, "details": []})
    )


def _as_json(result):
    """What a function returns crosses a wire: it must survive JSON in UTF-8."""
    return json.loads(json.dumps(result, ensure_ascii=False).encode())
