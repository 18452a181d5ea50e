"""The description as OpenAPI 3.1: routes of the code, rows of the table, schemas of the models.

Raises `Incomplete` when a route has no row, a row no route, or anything no words or no example.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from api import words
from api.answers.errors import Error
from api.operations import ALWAYS, OPERATIONS, TAGS, Operation
from api.routes import Route, routes
from api.schemas import REF, Json, all_schemas, example_of, require

ROOT = Path(__file__).parents[1]
FILES = {"text/html": "<!doctype html>...", "text/javascript": "import..."}
"""What answers that are no JSON begin with, by type."""
OWN_HEADERS = {"X-Request-Id": "RequestId", "Cache-Control": "CacheControl"}
"""Of every answer of a function that a resolver makes."""


def description() -> Json:
    """The whole description; the same code gives the same one."""
    known = routes()
    require(not (new := known.keys() - OPERATIONS), f"add rows to api/operations.py for {sorted(new)}")
    require(not (old := OPERATIONS.keys() - known), f"no code has {sorted(old)}: see api/operations.py")
    schemas = all_schemas()
    paths: dict[str, Json] = {}
    for name, route in known.items():
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, OPERATIONS[name], schemas)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lytics-CM",
            "version": project["version"],
            "description": words.ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [
            {
                "url": "{api_url}",
                "description": "A stack.",
                "variables": {
                    "api_url": {
                        "default": "https://example.execute-api.eu-west-1.amazonaws.com/prod",
                        "description": "The stack's output ApiUrl.",
                    }
                },
            }
        ],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {name: _error(status) for status, (name, *_) in words.ERRORS.items()},
            "headers": words.HEADERS,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The stack's admin token, or the token of a session.",
                }
            },
        },
    }


def _operation(route: Route, row: Operation, schemas: Json) -> Json:
    require(route.summary, f"the handler of {route.name} has no docstring: its first line is the summary")
    require(row.tag in TAGS, f"{route.name} has the unknown tag {row.tag!r}")
    role = "public" if row.public else route.role
    whom = "Public: needs no token." if row.public else f"Serves: {role}."
    found: Json = {
        "operationId": row.id,
        "tags": [row.tag],
        "summary": route.summary,
        "description": "\n\n".join(filter(None, (route.description, whom))),
        "x-role": role,
    }
    if row.public:
        found["security"] = []
    if parameters := [*_places(route), *_parameters(route, row), *_request_headers(row)]:
        found["parameters"] = parameters
    if row.body:
        found["requestBody"] = _body(row, schemas)
    found["responses"] = _responses(route, row, schemas)
    return found


def _responses(route: Route, row: Operation, schemas: Json) -> Json:
    refusals = set(refusals_of(route, row))
    answers: dict[int, Json] = {}
    for status, shape in row.answers.items():
        answers[status] = _answer(status, shape, row, schemas)
        if route.parameters is not None:
            answers[status]["headers"] = _headers(required=True) | _own(row)
        if status in refusals:
            answers[status]["content"]["application/json"] = _content(Error, schemas, _refusal(status))
    for status in refusals - answers.keys():
        answers[status] = {"$ref": f"#/components/responses/{words.ERRORS[status][0]}"}
    return {str(status): answers[status] for status in sorted(answers)}


def refusals_of(route: Route, row: Operation) -> list[int]:
    """The statuses by which an operation may refuse."""
    found = {*row.refuses, *ALWAYS}
    found |= set() if row.public else {401, 403}
    found |= set() if route.parameters is None else {422}
    found |= {404} if "{" in route.path else set()
    found |= {400, 413} if row.body else set()
    return sorted(found)


def _places(route: Route) -> Iterator[Json]:
    for name in re.findall(r"{(\w+)}", route.path):
        require(name in words.PLACES, f"say in PLACES of api/words.py what {{{name}}} of {route.path} is")
        yield {"name": name, "in": "path", "required": True, **words.PLACES[name]}


def _parameters(route: Route, row: Operation) -> Iterator[Json]:
    for name in row.asks if route.parameters is None else route.parameters:
        about = words.PARAMETERS.get(name, {})
        if name in row.says:
            text, example = row.says[name]
            about = {"schema": {"type": "string"}, **about, "description": text, "example": example}
        require(about, f"say in PARAMETERS of api/words.py what ?{name} of {route.name} is")
        found = {"name": name, "in": "query", **about}
        if name == "limit":
            require(
                row.limit, f"say in the row of {route.name} how many items a page has: limit=(usual, most)"
            )
            usual, most = row.limit or (0, 0)
            found["schema"] = {**found["schema"], "maximum": most, "default": usual}
        yield found


def _request_headers(row: Operation) -> Iterator[Json]:
    for name in row.reads:
        require(name in words.REQUEST_HEADERS, f"say in REQUEST_HEADERS of api/words.py what {name} is")
        yield {"name": name, "in": "header", **words.REQUEST_HEADERS[name]}


def _body(row: Operation, schemas: Json) -> Json:
    model: Any = row.body
    schema: Json = {"$ref": REF + model.__name__}
    example = example_of(schema, schemas)
    if row.several:
        schema = {"anyOf": [schema, {"type": "array", "items": schema}]}
    content = {"application/json": {"schema": schema, "example": example}}
    return {"description": _doc(model), "required": not row.optional, "content": content}


def _own(row: Operation) -> Json:
    """The headers of an operation's own."""
    return {
        name: {"description": text, "schema": {"type": "string"}, "example": example}
        for name, (text, example) in row.tells.items()
    }


def _answer(status: int, shape: Any, row: Operation, schemas: Json) -> Json:
    text = {"type": "string"}
    if shape is None:
        return {"description": words.SUCCESSES[status]}
    beside: Json = {media: {"schema": text, "example": example} for media, example in row.beside.items()}
    if isinstance(shape, str):
        page = {"schema": text, "example": FILES[shape]}
        return {"description": words.PAGES[row.id][status], "content": {shape: page, **beside}}
    return {
        "description": f"{words.SUCCESSES[status]} {_doc(shape)}",
        "content": {"application/json": _content(shape, schemas), **beside},
    }


def _content(shape: type[BaseModel], schemas: Json, example: Any = None) -> Json:
    schema = {"$ref": REF + shape.__name__}
    return {"schema": schema, "example": example or example_of(schema, schemas)}


def _headers(*, required: bool) -> Json:
    """Headers of ours: references, which OpenAPI lets say nothing beside themselves, unless required."""
    if not required:
        return {name: {"$ref": f"#/components/headers/{one}"} for name, one in OWN_HEADERS.items()}
    return {name: {**words.HEADERS[one], "required": True} for name, one in OWN_HEADERS.items()}


def _error(status: int) -> Json:
    _, text, *_ = words.ERRORS[status]
    headers = _headers(required=False)
    if status == 405:  # noqa: PLR2004 - the status by which a method is refused
        headers["Allow"] = {**words.HEADERS["Allow"], "required": True}
    if status in (429, 500, 503):
        headers["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    schema: Json = {"$ref": f"{REF}Error"}
    if status == 422:  # noqa: PLR2004 - it always tells what is not valid
        schema["properties"] = {"details": {"minItems": 1}}
    content = {"schema": schema, "example": _refusal(status)}
    return {
        "x-status": status,
        "description": text,
        "headers": headers,
        "content": {"application/json": content},
    }


def _refusal(status: int) -> Json:
    *_, message, member = words.ERRORS[status]
    return {"message": message, "details": [{"field": member, "message": words.DETAIL}] if member else []}


def _doc(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())
