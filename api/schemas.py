"""The schemas of the description: of the models, with the words and examples that pydantic cannot know.

Raises `Incomplete` when anything has no words or no example.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.answers.errors import Error
from api.operations import OPERATIONS
from api.requests import BESIDE, NAMES
from export_app.bodies import NewAudience

type Json = dict[str, Any]

REF = "#/components/schemas/"


class Incomplete(Exception):
    """What the description lacks, and where to add it."""


def all_schemas() -> Json:
    """Every model of the table and what they are made of, by name."""
    models = _models()
    pairs: Any = [(models[name], "validation") for name in sorted(models)]
    _, found = models_json_schema(pairs, ref_template=REF + "{model}")
    schemas: Json = {name: _bare(schema) for name, schema in found["$defs"].items()}
    for name in NAMES.keys() & schemas.keys():
        schemas[name] |= NAMES[name]
    for name, row in OPERATIONS.items():
        if row.body:
            _tell(row.body, row.like, schemas, is_partial=name.startswith("PATCH "))
    _tell(NewAudience, None, schemas)
    for name, schema in schemas.items():
        _complete(name, schema, schemas)
    return dict(sorted(schemas.items()))


def _models() -> dict[str, type[BaseModel]]:
    models: dict[str, type[BaseModel]] = {Error.__name__: Error}
    for row in OPERATIONS.values():
        for one in (*row.answers.values(), row.body):
            if isinstance(one, type):
                require(models.setdefault(one.__name__, one) is one, f"two models are called {one.__name__}")
    return models


def _tell(
    model: type[BaseModel], like: type[BaseModel] | None, schemas: Json, *, is_partial: bool = False
) -> None:
    """Give members of a body their words, and the order in which the answer has them.

    What a partial one leaves out stays as it is: its members have no default.
    """
    members = schemas[model.__name__]["properties"]
    answered = schemas[like.__name__]["properties"] if like else {}
    for member, schema in members.items():
        text, example = BESIDE.get(f"{model.__name__}.{member}", (None, None))
        known = answered.get(member, {})
        if text:
            schema.update(description=text, examples=[example])
        else:
            schema.setdefault("description", known.get("description"))
            schema.update({name: known[name] for name in ("examples",) if name in known})
        if is_partial:
            schema.pop("default", None)
        elif factory := model.model_fields[member].default_factory:
            schema["default"] = factory()  # type: ignore[call-arg]
    order = [*answered, *members]
    schemas[model.__name__]["properties"] = dict(sorted(members.items(), key=lambda one: order.index(one[0])))


def _complete(name: str, schema: Json, schemas: Json) -> None:
    """Refuse what has no words, or no example."""
    require(schema.get("description"), f"say in api/ what {name} is: a docstring, or NAMES of requests.py")
    for member, about in schema.get("properties", {}).items():
        require(about.get("description"), f"say in api/ what {name}.{member} is (BESIDE of requests.py)")
        try:
            example_of(about, schemas)
        except LookupError as error:
            raise Incomplete(f"{name}.{member} has no example: add one in api/") from error


def _bare(schema: Any) -> Any:
    """A schema without the titles that pydantic makes of names."""
    if isinstance(schema, list):
        return [_bare(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    bare: Json = {}
    for name, value in schema.items():
        if name == "title" and isinstance(value, str):
            continue
        if name in ("properties", "$defs"):
            bare[name] = {member: _bare(one) for member, one in value.items()}
        elif name == "description" and isinstance(value, str):
            bare[name] = " ".join(value.split())
        else:
            bare[name] = value if name in ("examples", "default", "const", "enum") else _bare(value)
    return bare


def example_of(schema: Json, schemas: Json) -> Any:
    """An example of what a schema allows. Raises `LookupError` when it has none."""
    match schema:
        case {"examples": [found, *_]} | {"enum": [found, *_]} | {"const": found}:
            pass
        case {"$ref": name}:
            found = example_of(schemas[name.removeprefix(REF)], schemas)
        case {"anyOf": [first, *_]}:
            found = example_of(first, schemas)
        case {"properties": members}:
            found = {name: example_of(one, schemas) for name, one in members.items()}
        case {"type": "array", "items": one}:
            found = [example_of(one, schemas)]
        case {"type": "object", "additionalProperties": dict(one)}:
            found = {"cm_name": example_of(one, schemas)}
        case _:
            raise LookupError(schema)
    return found


def require(condition: object, problem: str) -> None:
    if not condition:
        raise Incomplete(problem)
