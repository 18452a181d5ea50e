"""Answers about the mappings of streams, and about aggregating everybody anew."""

from typing import Literal

from api.answers.profiles import Fields, Stream
from api.members import Answer, Count, Text, Time, told

MAPPING = "SELECT email AS email KIND string FROM cm_user INTO user BY email ALIAS cm_user"


class MappedField(Answer):
    """A line of a mapping, as a table of Lytics' documentation has it."""

    expression: Text = told("What it computes of a row.", "count(event)")
    condition: Text | None = told("Of which rows; null for all.", 'eq(event, "open")')
    field: Text = told("The field of the profile.", "cm_openct")
    unique_id: bool = told("Whether people are told apart by it.", False)
    description: Text | None = told(
        "What people call it; null without a `SHORTDESC`.", "Campaign Monitor Open count"
    )
    type: Text = told("The field's type.", "int")


class Mapping(Answer):
    """The mapping of a stream that is in force."""

    stream: Stream = told("The stream.", "cm_user")
    mapping: Text = told("The mapping, in Lytics' notation.", MAPPING)
    default: bool = told("Whether it is the one that the product comes with.", True)
    columns: list[MappedField] = told("The same line by line, in its order.")


class Mistake(Answer):
    """A mistake in a mapping."""

    message: Text = told(
        "What is wrong, with the remedy.", "there is no function 'maximum'; did you mean max?"
    )
    stream: Stream | None = told("The stream; null for a mistake of the whole text.", "cm_user")
    line: int | None = told("The line, from 1; null for a mistake of the whole text.", 1, ge=1)
    column: int | None = told("The column, from 1; null for a mistake of the whole text.", 8, ge=1)
    excerpt: Text | None = told(
        "The line, and a caret below the mistake; null for a mistake of the whole text.",
        "SELECT maximum(email) AS email\n       ^",
    )


class Trial(Answer):
    """What a mapping would do."""

    errors: list[Mistake] = told("Its mistakes; empty for a good text.")
    before: Fields = told(
        "The person's fields under the mapping in force; absent without an address.", absent=True
    )
    after: Fields = told(
        "The person's fields under this text; absent without an address, or if it has mistakes.", absent=True
    )


class Addresses(Answer):
    """How many people are aggregated anew."""

    done: Count = told("People who are.", 1200)
    total: Count = told("People there are, about.", 5000)


class Reprojection(Answer):
    """The last re-aggregation of all profiles."""

    status: Literal["idle", "running", "completed", "stalled"] = told(
        "`idle` if there was none; `stalled` if nothing moves any more.", "running"
    )
    started_at: Time | None = told("When it began; null if there was none.")
    finished_at: Time | None = told("When it ended; null until then.", None)
    addresses: Addresses = told("How far it is.")
    message: Text = told(
        "What to do about one that is stalled; absent otherwise.", "start it again", absent=True
    )
