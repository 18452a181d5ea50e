"""What answers are described with: members with words and an example, and the types that several of them have.

An answer's model is strict: a member that it does not name is found by every test that sees one.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"

type Time = Annotated[
    str,
    Field(
        pattern=TIME,
        description="A time as RFC 3339 in UTC, with milliseconds.",
        examples=["2026-11-23T10:00:00.000Z"],
        json_schema_extra={"format": "date-time"},
    ),
]
type Text = Annotated[str, Field(min_length=1, description="A text that is not empty.", examples=["text"])]
type Count = Annotated[int, Field(ge=0, description="How many; never negative.", examples=[12])]
type Cursor = Annotated[
    str,
    Field(
        min_length=1,
        description="Where a page begins. Pass it back as `?cursor=`; what is in it is nobody's business.",
        examples=["ImphbmVAZXhhbXBsZS5jb20i"],
    ),
]


class Answer(BaseModel):
    """What all answers have in common: every member is named, and none beside it appears."""

    model_config = ConfigDict(extra="forbid")


class Ref(Answer):
    """Something by its id, with its name."""

    id: Text = Field(description="Its id.", examples=["a58ee1d3039b8bec838e6d1482a8a965"])
    name: Text | None = Field(
        description="Its name; null if it has none or it is not known.", examples=["Newsletter"]
    )


def told(description: str, *examples: Any, absent: bool = False, **rules: Any) -> Any:
    """A member of an answer, in words and by example; `absent` says that it may be missing.

    Members whose type is a model, or has an example of its own, need none.
    """
    if absent:
        rules["default_factory"] = lambda: None
    return Field(description=description, examples=list(examples) or None, **rules)


def same(model: type[BaseModel], name: str, *examples: Any) -> Any:
    """A member that means what another model's does; its examples, unless others are given."""
    known = model.model_fields[name]
    return told(known.description or "", *(examples or known.examples or ()))


def page_of[Item: BaseModel](item: type[Item], beside: type[Answer] = Answer) -> type[Answer]:
    """The model of a list of such items, as the contract has lists, with the members of `beside` on each page."""
    items: Any = list[item]  # type: ignore[valid-type]
    cursor: Any = Cursor | None
    return create_model(
        f"{item.__name__}Page",
        __base__=beside,
        __doc__=f"A page of a list. {item.__doc__}",
        items=(items, told("What is on this page.")),
        cursor=(cursor, told("Where the next page begins; null after the last one.", None)),
    )
