"""Whether an answer is one that docs/reference/openapi.json describes: its status, headers and body, for its operation."""

import json
import re
from functools import cache
from http import HTTPStatus
from pathlib import Path

import jsonschema_rs

FILE = Path(__file__).parents[2] / "docs/reference/openapi.json"
GATEWAYS_OWN = {401, 403, 404, 413, 429, 500, 502, 503, 504}
"""What API Gateway answers by itself, without an id of ours."""
RECEIVERS = "/webhooks/"


class Undescribed(AssertionError):
    """An answer that the description does not allow."""


@cache
def description():
    return json.loads(FILE.read_text(encoding="utf-8"))


@cache
def operations():
    """Every operation by its route, with what it need not say for itself."""
    usual = {"parameters": [], "security": description()["security"]}
    return {
        f"{method.upper()} {path}": usual | operation
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
    }


def lists():
    """The routes whose answers are pages of a list."""
    schemas = description()["components"]["schemas"]
    return [route for route, one in operations().items() if _pages(schemas, one["responses"].get("200", {}))]


def _pages(schemas, answer):
    named = answer.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
    return schemas.get(named.rpartition("/")[2], {}).get("properties", {}).keys() >= {"items", "cursor"}


@cache
def _templates():
    """The paths as patterns, those without parameters first."""
    return [
        (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), path)
        for path in sorted(description()["paths"], key=lambda path: "{" in path)
    ]


def route_of(method, path):
    """The route of a request, such as `GET /imports/{id}`, or None where there is no such path."""
    for pattern, template in _templates():
        if pattern.fullmatch(path):
            return f"{method} {template}"
    return None


def check(route, status, headers, body):
    """Raise `Undescribed` unless this is an answer to a request of the route; `headers` find names in any case."""
    answer = _described(route, status, headers)
    named = answer.get("content", {})
    if not named:
        _require(not body, route, status, f"a body where none is described: {body[:200]}")
        return
    media = headers.get("Content-Type", "").partition(";")[0]
    _require(media in named, route, status, f"the type {media!r} is not described")
    for name, header in answer.get("headers", {}).items():
        _require(not header.get("required") or headers.get(name), route, status, f"there is no header {name}")
    if media == "application/json":
        _check_body(route, status, body, json.dumps(named[media]["schema"]))


def _described(route, status, headers):
    """What is described of a status: of an operation, or what all paths have in common."""
    method, _, path = (route or " ").partition(" ")
    methods = description()["paths"].get(path, {})
    operation = methods.get(method.lower())
    responses = description()["components"]["responses"]
    if operation is None:
        allowed = {HTTPStatus.METHOD_NOT_ALLOWED} if methods else set()
        _require(status in allowed | GATEWAYS_OWN, route, status, "there is no such operation")
        return next(one for one in responses.values() if one["x-status"] == status)
    answer = operation["responses"].get(str(status))
    _require(answer, route, status, "the status is not described")
    return responses[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer


def _check_body(route, status, body, schema):
    content = json.loads(body, parse_constant=_refuse)
    for error in _validator(schema).iter_errors(content):
        inner = _innermost(error)
        place = "/".join(map(str, inner.instance_path))
        raise Undescribed(f"{route} {status}: {place}: {inner.message[:500]}")


def _innermost(error):
    """Of alternatives that all fail, what is wrong with the one that comes furthest."""
    inner = [one for branch in getattr(error.kind, "context", ()) for one in branch]
    return (
        _innermost(max(inner, key=lambda one: len(one.instance_path) - len(one.message) / 1e6))
        if inner
        else error
    )


@cache
def _validator(schema):
    whole = {**json.loads(schema), "components": description()["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def _require(condition, route, status, problem):
    if not condition:
        raise Undescribed(f"{route} {status}: {problem}")


def _refuse(constant):
    raise Undescribed(f"{constant} is not JSON")
