"""What can be done about a failure, by its code: Campaign Monitor's are numbers, ours are words. Pure."""

from collections.abc import Mapping

from lytics_cm.streams import UNUSABLE

INVALID, SUPPRESSED, DELETED, UNSUBSCRIBED, BOUNCED, UNCONFIRMED = 1, 204, 205, 206, 207, 208
REFUSED_NUMBER, REFUSED_BOTH = 220, 221
NO_PERMISSION = 60

UNUSABLE_ROW = "unusable_row"
NOT_READ = "not_read"
NOT_STORED = "not_stored"
LEFT_OUT = "left_out"
UNCOUNTED = "uncounted"
NO_WEBHOOK = "no_webhook"
WEBHOOK_LEFT = "webhook_left"
ZONE_MOVED = "time_zone_moved"
GIVEN_UP = "given_up"

NEXT_RUN = "nothing, if the import is kept updated: the next run reads it again; else start a run"

REMEDIES: Mapping[int | str, str] = {
    INVALID: "correct the address in Lytics",
    NO_PERMISSION: "connect the account again, granting all permissions asked for",
    SUPPRESSED: "take the address off the client's suppression list, if the person agrees",
    DELETED: "turn on resubscribe_users and retry the failures, or add the person again at Campaign Monitor",
    UNSUBSCRIBED: "nothing, unless the person agrees to be subscribed again: then turn on resubscribe_users"
    " and retry the failures",
    BOUNCED: "correct the address in Lytics, or reactivate the person at Campaign Monitor",
    UNCONFIRMED: "wait until the person has confirmed the subscription, then retry the failures",
    REFUSED_NUMBER: "correct the mobile number in Lytics",
    REFUSED_BOTH: "correct the address and the mobile number in Lytics",
    "consent_unreadable": "let the Lytics field say yes or no, true or false, 1 or 0, or be empty",
    "consent_undecidable": "decide on the consent in Lytics, or at Campaign Monitor, so that both say the same",
    "no_consent": "with a decision in Lytics they are added at once; or change consent_for_new",
    "mobile_number_unusable": "write the number in Lytics with + and country code, or empty it",
    UNUSABLE: "correct the record where it comes from; it is then read, or told, again",
    UNUSABLE_ROW: "correct the record where it comes from; it is then read, or told, again",
    NOT_READ: NEXT_RUN,
    NOT_STORED: "redrive the dead letters of the bulk queue: the rows are then stored",
    LEFT_OUT: "look at the list at Campaign Monitor; if it is gone for good, make another import without it",
    UNCOUNTED: "nothing: it is read all the same, and compared when Campaign Monitor counts it",
    NO_WEBHOOK: "nothing, if the import is kept updated: the next run tries again; until then runs bring changes",
    WEBHOOK_LEFT: "remove the webhook of the list at Campaign Monitor",
    ZONE_MOVED: "nothing: everything is read again with the new time zone",
    GIVEN_UP: "redrive the dead letters of the pages queue, or start a run: it reads the rest",
}

OF_IMPORTS = "the message says what is wrong; when it is mended, start a run"
OF_EXPORTS = "see what the message says; retry the failures when it is mended"


def remedy_of(code: object, otherwise: str) -> str:
    """What to do about a failure with that code; what is `otherwise` right, if the code is not known."""
    return REMEDIES.get(code, otherwise) if isinstance(code, int | str) else otherwise
