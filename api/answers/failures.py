"""What answers about failures of imports and of exports have in common."""

from api.members import Answer, Count, Text, told

CSV = "email,code,message,remedy,at\r\njane@example.com,204,...,...,2026-11-23T10:00:00.000Z\r\n"
REMEDY = "take the address off the client's suppression list, if the person agrees"


class FailuresOfCode(Answer):
    """How many failures have a code."""

    code: str | int | None = told("A code of Campaign Monitor, or of ours; null for none.", 204)
    count: Count = told("How many have it.", 3)
    message: Text = told("What is wrong with the newest of them.", "the address is on the suppression list")
    remedy: Text = told("What to do about them.", REMEDY)


class OfFailures(Answer):
    """What a page of failures has beside them."""

    summary: list[FailuresOfCode] | None = told(
        "How many have each code, the most frequent first; null but on the first page. `email` selects here, too."
    )
    summary_complete: bool | None = told(
        "Whether the summary counts all: it reads 10,000 at most. Null where there is none.", True
    )
