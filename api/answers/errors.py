"""The one shape of every error."""

from api.members import Answer, Text, told


class Detail(Answer):
    """One thing that is wrong with a request, and the remedy."""

    field: Text = told("The member or parameter, with dots into what it lies in.", "every_minutes")
    message: Text = told(
        "What is wrong with it, or what to do.", "Input should be greater than or equal to 1"
    )
    stream: Text = told("The stream, of a mistake in a mapping.", "cm_user", absent=True)
    line: int = told("The line, from 1, of a mistake in a mapping.", 1, absent=True, ge=1)
    column: int = told("The column, from 1, of a mistake in a mapping.", 8, absent=True, ge=1)
    excerpt: Text = told(
        "The line and a caret below the mistake in a mapping.", "SELECT maximum(email)\n       ^", absent=True
    )


class Error(Answer):
    """Why a request had no success."""

    message: Text = told("What went wrong, in words for a person.", "the request is not valid; see details")
    details: list[Detail] = told("What is wrong with which member; empty unless a request is not valid.")
