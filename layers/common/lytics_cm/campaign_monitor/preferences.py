"""What people have agreed to at Campaign Monitor: who reads it needs nothing else of them."""

from dataclasses import dataclass
from typing import Annotated

from lytics_cm.campaign_monitor.columns import Column, Record, stripped
from lytics_cm.campaign_monitor.endpoints import ALL_TIME, Endpoint, Query
from lytics_cm.campaign_monitor.records import page_of
from lytics_cm.members import all_of, identity

SMS: Query = {"includesmspreference": "true"}


@dataclass(frozen=True, slots=True)
class Preference(Record):
    """A person on a list: consents as `Yes` or `No`, or anything else for no decision.

    Without a mobile number there is no consent to short messages.
    """

    email: Annotated[str, Column("EmailAddress")]
    state: Annotated[str, Column("State")]
    consent_to_track: Annotated[str, Column("ConsentToTrack", stripped)]
    mobile_number: Annotated[str, Column("MobileNumber")]
    consent_to_send_sms: Annotated[str, Column("ConsentToSendSms", stripped)]


@dataclass(frozen=True, slots=True)
class Listing(Record):
    """A list that an address is on."""

    list_id: Annotated[str, Column("ListID", identity)]
    state: Annotated[str, Column("SubscriberState")]


OF_PEOPLE = Endpoint(
    "lists/{}/{}", page_of(Preference.parse), "asc", "email", date=ALL_TIME, tells_consent=True
)
OF_ONE = Endpoint("subscribers/{}", Preference.parse, tells_consent=True)
LISTS_FOR_EMAIL = Endpoint("clients/{}/listsforemail", all_of(Listing.parse))
