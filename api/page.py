"""The description as a page for readers: each operation with its parameters, body, answer and refusals; each shape."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from api.operations import ALWAYS
from api.schemas import REF, Json, example_of
from api.words import ERRORS

WIDTH = 110
GENERAL = {str(status) for status in (*ALWAYS, 401, 403, 413)}
"""Statuses that are told of once."""
FIRST_ERROR = "400"
WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false"}
OWN_WORDS = {"Time": "time", "Count": "whole number, from 0", "Cursor": "cursor", "Id": "id", "Day": "day"}
OPENING = """\
This page and [openapi.json](./openapi.json) are made from the code by `make api`; do not edit them.
[The contract](./contract.md) has what members mean together."""


def page(description: Json) -> str:
    """The page, in Markdown."""
    return "\n\n".join(_filled(part) for part in _Page(description).parts()) + "\n"


@dataclass(frozen=True, slots=True)
class _Page:
    description: Json

    def parts(self) -> Iterator[str]:
        yield "# The HTTP API"
        yield OPENING.replace("\n", " ")
        yield self.description["info"]["description"]
        yield "## Errors"
        usual = ", ".join(sorted(GENERAL))
        yield f"Any operation can answer {usual}. The others are named where they can come."
        yield self._errors()
        for tag in self.description["tags"]:
            yield f"## {tag['name']}"
            yield tag["description"]
            yield from self._operations(tag["name"])
        yield "## Shapes"
        yield "What bodies and answers are made of."
        for name, schema in self._schemas.items():
            if "properties" in schema and not _is_page(schema):
                yield from self._shape(name, schema)

    @property
    def _schemas(self) -> Json:
        found: Json = self.description["components"]["schemas"]
        return found

    def _operations(self, tag: str) -> Iterator[str]:
        for path, methods in self.description["paths"].items():
            for method, operation in methods.items():
                if tag in operation["tags"]:
                    yield f"### {operation['summary']}"
                    yield f"`{method.upper()} {path}`, operation `{operation['operationId']}`."
                    yield operation["description"]
                    yield from self._asked(operation)
                    yield from self._answered(operation["responses"])

    def _asked(self, operation: Json) -> Iterator[str]:
        if parameters := operation.get("parameters"):
            rows = [
                (
                    f"`{one['name']}`",
                    one["in"],
                    self._kind(one["schema"]),
                    one["description"],
                    f"`{json.dumps(one['example'])}`",
                )
                for one in parameters
            ]
            yield _table(("Parameter", "In", "Is", "Says", "Example"), rows)
        if body := operation.get("requestBody"):
            (content,) = body["content"].values()
            yield f"Body: {self._kind(content['schema'])}." + (
                "" if body["required"] else " It may be missing."
            )
            yield _json(content["example"])

    def _answered(self, answers: Json) -> Iterator[str]:
        for status, answer in answers.items():
            contents = answer.get("content", {})
            if status < FIRST_ERROR and "text/html" not in contents:
                kinds = [
                    self._kind(one["schema"]) if media == "application/json" else f"`{media}`"
                    for media, one in contents.items()
                ]
                yield f"Answer {status}: {' or '.join(kinds) or 'empty'}."
        pages = {
            status: one["description"]
            for status, one in answers.items()
            if "text/html" in one.get("content", {})
        }
        if pages:
            yield _table(("Answer", "Is"), pages.items())
        own = [status for status in answers if status >= FIRST_ERROR and status not in GENERAL | pages.keys()]
        if own:
            yield f"Errors: {', '.join(f'[{status}](#errors)' for status in own)}."

    def _errors(self) -> str:
        rows = []
        for status, (name, *_) in ERRORS.items():
            error = self.description["components"]["responses"][name]
            message = error["content"]["application/json"]["example"]["message"]
            rows.append((status, error["description"], message))
        return _table(("Error", "When", "Example's message"), rows)

    def _shape(self, name: str, schema: Json) -> Iterator[str]:
        yield f"### {name}"
        yield schema["description"]
        needed = schema.get("required", [])
        rows = [
            (f"`{member}`", self._kind(one), _otherwise(member in needed, one), one["description"])
            for member, one in schema["properties"].items()
        ]
        yield _table(("Member", "Is", "If absent", "Says"), rows)
        yield _json(example_of(schema, self._schemas))

    def _kind(self, schema: Json) -> str:
        """What a schema allows, in a few words."""
        match schema:
            case {"$ref": ref}:
                return self._named(ref.removeprefix(REF))
            case {"anyOf": several}:
                kind = " or ".join(dict.fromkeys(self._kind(one) for one in several))
            case {"enum": values}:
                kind = ", ".join(f"`{value}`" for value in values)
            case {"type": "array", "items": one}:
                kind = f"array of {self._kind(one)}"
            case {"type": "object", "additionalProperties": dict(one)} if one:
                kind = f"object of {self._kind(one)}"
            case {"type": "integer", "minimum": least, "maximum": most}:
                kind = f"whole number, {least} to {most:,}"
            case {"type": str(name)}:
                kind = WORDS.get(name, name)
            case _:
                kind = "anything"
        return kind

    def _named(self, name: str) -> str:
        if name in OWN_WORDS:
            return OWN_WORDS[name]
        schema = self._schemas[name]
        if _is_page(schema):
            return f"a page of {self._kind(schema['properties']['items']['items'])}"
        return f"[{name}](#{name.lower()})" if "properties" in schema else self._kind(schema)


def _is_page(schema: Json) -> bool:
    return list(schema.get("properties", ())) == ["items", "cursor"]


def _otherwise(is_needed: bool, schema: Json) -> str:  # noqa: FBT001 - of one member
    if is_needed:
        return ""
    return f"`{json.dumps(schema['default'])}`" if "default" in schema else "says nothing"


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )


def _json(example: Any) -> str:
    return f"```json\n{json.dumps(example, indent=1, ensure_ascii=False)}\n```"


def _filled(part: str) -> str:
    """Paragraphs in lines of the usual width; tables, headings and code as they are."""
    if part.startswith(("|", "#", "```")):
        return part
    blocks = part.split("\n\n")
    return "\n\n".join(
        textwrap.fill(one, WIDTH, break_long_words=False, break_on_hyphens=False) for one in blocks
    )
