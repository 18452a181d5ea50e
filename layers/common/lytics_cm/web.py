"""The edge of the HTTP API: routing, request bodies, and our errors as the contract's answers.

Errors are `{"message", "details"}`: 400 not JSON, 404, 409 conflict, 422 invalid, 502 a vendor refused, 503 later.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response, content_types
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from pydantic import BaseModel, ValidationError

from lytics_cm import errors

STATUSES: tuple[tuple[type[errors.LyticsCmError], HTTPStatus], ...] = (
    (errors.NotFound, HTTPStatus.NOT_FOUND),
    (errors.Conflict, HTTPStatus.CONFLICT),
    (errors.AuthorizationRevoked, HTTPStatus.CONFLICT),
    (errors.InvalidInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (errors.UnreadableMessage, HTTPStatus.BAD_REQUEST),
    (errors.Rejected, HTTPStatus.BAD_GATEWAY),
    (errors.TransientError, HTTPStatus.BAD_GATEWAY),
)


def api(logger: Logger) -> APIGatewayRestResolver:
    """Make a resolver that answers every error in the contract's shape and logs the unforeseen ones."""
    app = APIGatewayRestResolver(serializer=lambda body: json.dumps(body, ensure_ascii=False))

    @app.not_found
    def no_route(_: NotFoundError) -> Response[str]:
        return failure(HTTPStatus.NOT_FOUND, "there is no such route")

    @app.exception_handler(Exception)  # type: ignore[untyped-decorator]
    def on_error(error: Exception) -> Response[str]:
        return answer_to(error, logger)

    return app


def answer_to(error: Exception, logger: Logger) -> Response[str]:
    """The contract's answer to an error; what is not ours is logged and says nothing outside."""
    for kind, status in STATUSES:
        if isinstance(error, kind):
            return failure(status, str(error), getattr(error, "details", []))
    logger.error("unforeseen error", exc_info=error)
    return failure(
        HTTPStatus.INTERNAL_SERVER_ERROR, "something went wrong here; the function's log says what"
    )


def answer(status: HTTPStatus, body: Any = None) -> Response[str]:
    """A JSON answer; without a body, an empty one."""
    text = "" if body is None else json.dumps(body, ensure_ascii=False)
    return Response(status_code=status, content_type=content_types.APPLICATION_JSON, body=text)


def failure(status: HTTPStatus, message: str, details: list[dict[str, str]] | None = None) -> Response[str]:
    return answer(status, {"message": message, "details": details or []})


def body_as[Model: BaseModel](model: type[Model], app: APIGatewayRestResolver) -> Model:
    """The request's body as `model`. Raises `UnreadableMessage` (not JSON) or `InvalidInput` (names each field)."""
    try:
        return model.model_validate(_json(app))
    except ValidationError as error:
        details = [
            {"field": ".".join(str(part) for part in found["loc"]) or "body", "message": found["msg"]}
            for found in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise errors.InvalidInput("the request is not valid; see details", details) from None


def _json(app: APIGatewayRestResolver) -> Any:
    try:
        return json.loads(app.current_event.decoded_body or "")
    except ValueError as error:
        raise errors.UnreadableMessage("the body is not JSON") from error


def page_of(
    items: list[dict[str, Any]], cursor: str | None = None, shape: Callable[[dict[str, Any]], Any] = dict
) -> dict[str, Any]:
    """A list as the contract has it: `{"items", "cursor"}`."""
    return {"items": [shape(item) for item in items], "cursor": cursor}


def rfc3339(ms: int) -> str:
    """Epoch milliseconds as RFC 3339 in UTC, with milliseconds."""
    moment = datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment}.{ms % 1000:03d}Z"
