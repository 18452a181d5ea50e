"""Answers to the vendors' webhooks."""

from api.members import Answer, Count, told


class Accepted(Answer):
    """How much of a POST was taken."""

    accepted: Count = told("Events that were taken; 0 is a success, too.", 1)
