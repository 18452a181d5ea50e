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

ADDRESS_UNUSABLE = "address_unusable"
VALUE_UNUSABLE = "value_unusable"
NOT_ON_LIST = "not_on_list"
NOT_UNDERSTOOD = "not_understood"
NOT_HANDLED = "not_handled"
NOT_SENT = "not_sent"
MAPPING_BROKEN = "mapping_broken"
AUDIENCE_NOT_READ = "audience_not_read"
SEGMENT_NOT_MENDED = "segment_not_mended"
TASK_GIVEN_UP = "task_given_up"

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
    ADDRESS_UNUSABLE: "correct the address in Lytics; the person is then sent with the next trigger",
    VALUE_UNUSABLE: "let the value fit the field of the list, in Lytics or at Campaign Monitor; nothing else was lost",
    NOT_ON_LIST: "nothing: who leaves an audience is not added; the next entry into one adds the person",
    NOT_UNDERSTOOD: "nothing, if only Lytics posts; else correct what is posted or sent, and send it again",
    NOT_HANDLED: "retry the failures; if it comes up again, report it with the log of `changes`",
    NOT_SENT: "retry the failures when Campaign Monitor answers again",
    MAPPING_BROKEN: "put the field back on the list, or map another one (PATCH field_mappings)",
    AUDIENCE_NOT_READ: "mend what the message says, then stop the export and start it: the audience is read again",
    SEGMENT_NOT_MENDED: "nothing: it is tried again once a day; or make the segment at Campaign Monitor by hand",
    TASK_GIVEN_UP: "stop the export and start it when the vendor answers again: all of it is then done",
}

OF_IMPORTS = "the message says what is wrong; when it is mended, start a run"
OF_EXPORTS = "see what the message says; retry the failures when it is mended"


def remedy_of(code: object, otherwise: str) -> str:
    """What to do about a failure with that code; what is `otherwise` right, if the code is not known."""
    return REMEDIES.get(code, otherwise) if isinstance(code, int | str) else otherwise
