"""The edge of the HTTP API: routing, request bodies, and our errors as the contract's answers.

Errors are `{"message", "details"}`: 400 not JSON, 403 not for this role, 404, 405 wrong method, 409 conflict,
422 invalid, 502 a vendor refused, 503 later. Every answer has the request's id in `X-Request-Id`, and is
stored by no cache.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response, content_types
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from lytics_cm import clock, errors, trail
from lytics_cm.audit import event_of
from lytics_cm.aws import table
from lytics_cm.callers import ROLES, Caller, caller_of
from lytics_cm.json_text import MAX_LEVELS, is_deep, read_json
from lytics_cm.settings import setting
from lytics_cm.store.events import Event, record

STATUSES: tuple[tuple[type[errors.LyticsCmError], HTTPStatus], ...] = (
    (errors.Forbidden, HTTPStatus.FORBIDDEN),
    (errors.NotFound, HTTPStatus.NOT_FOUND),
    (errors.Conflict, HTTPStatus.CONFLICT),
    (errors.AuthorizationRevoked, HTTPStatus.CONFLICT),
    (errors.InvalidInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.UnreadableMessage, HTTPStatus.BAD_REQUEST),
    (errors.Rejected, HTTPStatus.BAD_GATEWAY),
    (errors.Throttled, HTTPStatus.SERVICE_UNAVAILABLE),
    (errors.TransientError, HTTPStatus.BAD_GATEWAY),
)

ID = re.compile(r"[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*")
"""What ids look like, ours and the vendors': nothing that could mean something in a URL or a key."""
MAX_ID_CHARS = 100
MAX_DETAILS = 100
REQUEST_ID = "X-Request-Id"
PARAMETERS = "_parameters"
"""Where a handler's query parameters are noted; None, or no note at all, is any."""
VIEWER, OPERATOR, ADMIN = ROLES
ROLE = "_role"
"""Where a handler's role is noted; None is anybody, with or without a token."""
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""Control characters, and halves of characters, which UTF-8 cannot hold."""


def _one_line(text: str) -> str:
    if UNPRINTABLE.search(text):
        raise ValueError("must be one line, without control characters")
    return text


def _id(text: str) -> str:
    if not is_id(text):
        raise ValueError("is not an id")
    return text


type Id = Annotated[str, AfterValidator(_id)]
type Word = Annotated[str, StringConstraints(min_length=1, max_length=250), AfterValidator(_one_line)]
type Description = Annotated[
    str,
    StringConstraints(max_length=500),
    AfterValidator(_one_line),
    AfterValidator(lambda text: text or None),
]
"""An empty one is none."""


class Body(BaseModel):
    """A request's body: nothing unknown, and each value of its own JSON type (`1` is not true)."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True)


class Api(APIGatewayRestResolver):
    """A resolver that gives every request an id: Lambda's own, which no caller can choose.

    Its log lines carry it as `request_id`, beside API Gateway's and the caller's where these are harmless. It
    is the origin of what is sent. A header that a handler set stays. A call that may change something leaves a
    line, and an event in the audit log.
    """

    def __init__(self, logger: Logger) -> None:
        super().__init__(serializer=_written)
        self.logger = logger
        self._rules: list[tuple[str, re.Pattern[str], str]] = []
        self._told: list[tuple[Caller, str]] = []

    def route(self, rule: str, method: Any, *rest: Any, **more: Any) -> Callable[..., Any]:
        """Register a handler: its path has this method; it serves the role and takes the parameters it names."""
        self._rules.append((rule, self._compile_regex(rule), method))
        register = super().route(rule, method, *rest, **more)

        def note(handler: Callable[..., Any]) -> Callable[..., Any]:
            vars(handler).setdefault(PARAMETERS, ())
            vars(handler).setdefault(ROLE, VIEWER if method == "GET" else ADMIN)
            return register(handler)

        return note

    def methods(self, path: str) -> list[str]:
        """The methods that a path has, sorted; none of a path that there is not."""
        spelled = {method for rule, _, method in self._rules if rule == path}
        return sorted(spelled or {method for _, pattern, method in self._rules if pattern.match(path)})

    def tell(self, who: Caller, subject: str = "") -> None:
        """Have the call that is being answered leave an event: of `who`, about the `subject` of this id."""
        self._told[:] = [(who, subject)]

    def resolve(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        ids = _ids(APIGatewayProxyEvent(dict(event)))
        self._told.clear()
        with trail.request(self.logger, context.aws_request_id, **ids):
            answer = super().resolve(event, context)
            for who, subject in self._told:
                self._remember(event_of(event, answer, who, subject, clock.now()))
        headers = answer.setdefault("multiValueHeaders", {})
        headers.setdefault("Cache-Control", ["no-store"])
        headers[REQUEST_ID] = [context.aws_request_id]
        return answer

    def _remember(self, event: Event) -> None:
        """Write an event. What was done stays done, and is answered so, also where that cannot be."""
        about = {"kind": event.kind, "result": event.result}
        self.logger.info("called", extra=about | ({"job": event.job} if event.job else {}))
        try:
            record(table(setting("JOBS_TABLE")), event)
        except Exception as error:  # noqa: BLE001 - whatever it is, the call has been done
            lost = about | {"error": type(error).__name__}
            self.logger.error("the audit log lacks this call", extra=lost)  # noqa: TRY400 - no words of it


def _ids(request: APIGatewayProxyEvent) -> dict[str, str]:
    """What others call a request, as its log lines have it. Callers can choose API Gateway's id, too."""
    given = {
        "gateway_request_id": request.request_context.get("requestId"),
        "client_request_id": request.headers.get(REQUEST_ID),
    }
    return {name: text for name, text in given.items() if trail.is_given_id(text)}


def api(logger: Logger) -> Api:
    """Make a resolver that answers every error in the contract's shape and logs the unforeseen ones.

    Handlers get no id from the path that cannot be one, and no query parameter that they do not name.
    """
    app = Api(logger)
    app.use([_only_methods, _only_ids, _only_roles, _only_parameters])

    @app.not_found
    def no_route(_: NotFoundError) -> Response[str]:
        if known := app.methods(app.context["_path"]):
            allow = ", ".join(known)
            return failure(
                HTTPStatus.METHOD_NOT_ALLOWED, f"this path takes {allow}", headers={"Allow": allow}
            )
        return failure(HTTPStatus.NOT_FOUND, "there is no such route")

    @app.exception_handler(Exception)  # type: ignore[untyped-decorator]
    def on_error(error: Exception) -> Response[str]:
        return answer_to(error, logger)

    return app


def is_id(text: str) -> bool:
    return len(text) <= MAX_ID_CHARS and ID.fullmatch(text) is not None


def _only_methods(app: Any, following: NextMiddleware) -> Response[str]:
    """A path that a route spells out is no other route's: `/sessions/exchange` names no session."""
    route = app.context["_route"]
    if route.method not in app.methods(app.context["_path"]):
        raise NotFoundError
    return following(app)


def _only_roles(app: Any, following: NextMiddleware) -> Response[str]:
    """A handler is called for those whom it serves, while their token holds."""
    route, caller = app.context["_route"], caller_of_request(app)
    needed = vars(route.func)[ROLE]
    if needed is None:
        return following(app)
    if route.method != "GET":
        app.tell(caller)
    if caller.expires and caller.expires <= clock.now():
        raise errors.Forbidden("this session has ended; ask an admin for another")
    if not caller.serves_as(needed):
        yours = f"yours is {caller.role}" if caller.role else "you have none"
        raise errors.Forbidden(f"this needs the role {needed}; {yours}")
    return following(app)


def _only_ids(app: APIGatewayRestResolver, following: NextMiddleware) -> Response[str]:
    """Nothing is known by an id that cannot be one. Addresses are read by those who know them."""
    for name, value in app.context["_route_args"].items():
        if name != "email" and not is_id(value):
            raise errors.NotFound(f"there is no such {name.removesuffix('_id').replace('_', ' ')}")
    return following(app)


def takes[Handler: Callable[..., Any]](*names: str) -> Callable[[Handler], Handler]:
    """Say below a route which query parameters it takes; a route that says nothing takes none."""

    def note(handler: Handler) -> Handler:
        vars(handler)[PARAMETERS] = names
        return handler

    return note


def needs[Handler: Callable[..., Any]](role: str) -> Callable[[Handler], Handler]:
    """Say below a route whom it serves; one that says nothing serves viewers if it is a GET, else admins."""

    def note(handler: Handler) -> Handler:
        vars(handler)[ROLE] = role
        return handler

    return note


def public[Handler: Callable[..., Any]](handler: Handler) -> Handler:
    """Say below a route that it serves everybody, without a token."""
    vars(handler)[ROLE] = None
    return handler


def caller_of_request(app: APIGatewayRestResolver) -> Caller:
    """Who makes the request that is being answered."""
    return caller_of(app.current_event.raw_event)


def role_of(app: APIGatewayRestResolver) -> str:
    """The role of who makes the request that is being answered; empty on a public route."""
    return caller_of_request(app).role


def masked(app: APIGatewayRestResolver, url: str) -> str:
    """A URL whose last part is a key: operators and admins see it, viewers see where it is."""
    return url if caller_of_request(app).serves_as(OPERATOR) else f"{url.rpartition('/')[0]}/***"


def takes_anything[Handler: Callable[..., Any]](handler: Handler) -> Handler:
    """Say below a route that others choose its query parameters."""
    vars(handler)[PARAMETERS] = None
    return handler


def _only_parameters(app: APIGatewayRestResolver, following: NextMiddleware) -> Response[str]:
    """A handler gets the parameters that it takes, each once: nothing that was asked for is passed over."""
    known = vars(app.context["_route"].func).get(PARAMETERS)
    if known is None:
        return following(app)
    takes = ", ".join(known) or "no parameters"
    details = []
    for name, values in app.current_event.multi_value_query_string_parameters.items():
        if name not in known:
            details.append(detail((name or "query",), f"unknown; this route takes {takes}"))
        elif len(values) > 1:
            details.append(detail((name,), "given more than once; give it once"))
    if details:
        raise invalid(details)
    return following(app)


def answer_to(error: Exception, logger: Logger) -> Response[str]:
    """The contract's answer to an error; what is not ours is logged and says nothing outside."""
    for kind, status in STATUSES:
        if isinstance(error, kind):
            return failure(status, str(error), getattr(error, "details", []))
    logger.error("unforeseen error", exc_info=error)
    return failure(
        HTTPStatus.INTERNAL_SERVER_ERROR, "something went wrong here; the function's log says what"
    )


def answer(
    status: HTTPStatus, body: Any = None, headers: dict[str, str | list[str]] | None = None
) -> Response[str]:
    """A JSON answer; without a body, an empty one."""
    text = "" if body is None else _written(body)
    return Response(
        status_code=status, content_type=content_types.APPLICATION_JSON, body=text, headers=headers
    )


def failure(
    status: HTTPStatus,
    message: str,
    details: list[dict[str, str]] | None = None,
    headers: dict[str, str | list[str]] | None = None,
) -> Response[str]:
    return answer(status, {"message": message, "details": details or []}, headers)


def body_as[Model: BaseModel](model: type[Model], app: APIGatewayRestResolver) -> Model:
    """The request's body as `model`.

    Raises `UnreadableMessage` (not JSON) or `InvalidInput` (names each field).
    """
    return checked(model, _json(app))


def checked[Model: BaseModel](model: type[Model], content: Any) -> Model:
    """What a request asks for as `model`. Raises `InvalidInput` (names each field)."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        raise invalid(
            [detail(one["loc"], one["msg"].removeprefix("Value error, ")) for one in found]
        ) from None


def _json(app: APIGatewayRestResolver) -> Any:
    try:
        content = read_json(app.current_event.decoded_body or "")
    except ValueError:
        raise errors.UnreadableMessage("the body is neither text nor text in base64") from None
    if is_deep(content):
        raise errors.UnreadableMessage(f"the body is nested deeper than {MAX_LEVELS} levels")
    return content


def detail(path: tuple[str | int, ...], message: str) -> dict[str, str]:
    return {"field": ".".join(str(part)[:MAX_ID_CHARS] for part in path) or "body", "message": message}


def invalid(details: list[dict[str, str]]) -> errors.InvalidInput:
    return errors.InvalidInput("the request is not valid; see details", details[:MAX_DETAILS])


def _written(body: Any) -> str:
    """JSON as it is sent: halves of characters, which UTF-8 cannot hold, become question marks."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace").decode()


def rfc3339(ms: int) -> str:
    """Epoch milliseconds as RFC 3339 in UTC, with milliseconds."""
    moment = datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment}.{ms % 1000:03d}Z"
