"""The one shape of every error."""

from api.members import Answer, Text, told


class Detail(Answer):
    """One thing that is wrong with a request, and the remedy."""

    field: Text = told("The member or parameter, with dots into what it lies in.", "every_minutes")
    message: Text = told(
        "What is wrong with it, or what to do.", "Input should be greater than or equal to 5"
    )


class Error(Answer):
    """Why a request had no success."""

    message: Text = told("What went wrong, in words for a person.", "the request is not valid; see details")
    details: list[Detail] = told("What is wrong with which member; empty unless a request is not valid.")
