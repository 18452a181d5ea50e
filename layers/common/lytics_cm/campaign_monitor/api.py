"""Campaign Monitor's API v3.3: one method per call that we use; `endpoints` describes those that read.

Every method makes exactly one request (two when the token has to be refreshed), within a turn if it is given
turns, and raises the errors of `lytics_cm.errors` as `refusals` translates them. Ids are opaque texts. Pages
count from 1; filters are texts in the client's zone, as `zones.filter_from` and `zones.filter_day` make them.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from dataclasses import replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import quote, urlencode

import requests
from requests.auth import AuthBase

from lytics_cm.campaign_monitor import endpoints, preferences, refusals
from lytics_cm.campaign_monitor.endpoints import Direction, Endpoint, Query
from lytics_cm.campaign_monitor.preferences import Listing, Preference
from lytics_cm.campaign_monitor.records import (
    Client,
    CustomField,
    ListDetails,
    ListStats,
    Name,
    Page,
    Subscriber,
    Suppression,
    Webhook,
)
from lytics_cm.campaign_monitor.reports import (
    Activity,
    Campaign,
    CampaignLists,
    CampaignReport,
    CampaignSummary,
    Journey,
    JourneyName,
    JourneyReport,
    SegmentName,
)
from lytics_cm.campaign_monitor.writes import Entry, ImportResult, Rule, Segment, segment_body
from lytics_cm.errors import NotFound
from lytics_cm.members import Records, bare_text
from lytics_cm.retry import Retry
from lytics_cm.vendor_http import READ_SECONDS, SLOW_READ_SECONDS, VendorHttp, connect

type Turn = Callable[[], AbstractContextManager[object]]


class CampaignMonitor:
    """The account that `auth` signs for.

    Share `session` (see `vendor_http.connect`) to share its connections. `turn` is held while a call is under
    way, and hears its error.
    """

    def __init__(
        self,
        origin: str,
        auth: AuthBase,
        session: requests.Session | None = None,
        turn: Turn = nullcontext,
    ) -> None:
        self._turn = turn
        self._root = f"{origin.rstrip('/')}/api/v3.3"
        self._http = VendorHttp("Campaign Monitor", auth, session or connect(), refusals.refusal)

    def for_person(self, retry: Retry) -> Self:
        """The same for a request that a person waits for."""
        made = copy(self)
        made._http = replace(self._http, retry=retry)  # noqa: SLF001 - it is one of us
        return made

    # The account and its clients

    def clients(self) -> Records[Name]:
        return self._read(endpoints.CLIENTS)

    def client(self, client_id: str) -> Client:
        return self._read(endpoints.CLIENT, client_id)

    def time_zones(self) -> list[str]:
        """All labels that a client's `time_zone` can have."""
        return self._read(endpoints.TIME_ZONES)

    def system_date(self) -> str:
        """Now, in the account's zone: the cheapest way to try a token."""
        return self._read(endpoints.SYSTEM_DATE)

    def lists_of(self, client_id: str) -> Records[Name]:
        return self._read(endpoints.LISTS, client_id)

    def suppressed(
        self, client_id: str, page: int = 1, order: str | None = None, direction: Direction | None = None
    ) -> Page[Suppression]:
        """One page of the suppression list; it cannot be filtered, so the newest come first."""
        return self._read(endpoints.SUPPRESSIONS, client_id, page=page, order=order, direction=direction)

    def sent_campaigns(
        self,
        client_id: str,
        page: int = 1,
        sent_from: str | None = None,
        sent_to: str | None = None,
        direction: Direction | None = None,
    ) -> Page[Campaign]:
        """One page of campaigns by sent date; the bounds are days."""
        bounds = {"sentFromDate": sent_from, "sentToDate": sent_to}
        return self._read(endpoints.CAMPAIGNS, client_id, page=page, direction=direction, filters=bounds)

    def journeys_of(self, client_id: str) -> Records[JourneyName]:
        return self._read(endpoints.JOURNEYS, client_id)

    # Lists

    def list_details(self, list_id: str) -> ListDetails:
        return self._read(endpoints.LIST_DETAILS, list_id)

    def list_stats(self, list_id: str) -> ListStats:
        return self._read(endpoints.LIST_STATS, list_id)

    def custom_fields(self, list_id: str) -> Records[CustomField]:
        return self._read(endpoints.CUSTOM_FIELDS, list_id)

    def create_custom_field(
        self, list_id: str, name: str, data_type: str, options: Sequence[str] = ()
    ) -> str:
        """Create a field and return its key, which only Campaign Monitor can tell."""
        body = {
            "FieldName": name,
            "DataType": data_type,
            "Options": list(options),
            "VisibleInPreferenceCenter": False,
        }
        return self._send("POST", ("lists", list_id, "customfields"), bare_text, body)

    def add_options(self, list_id: str, key: str, options: Sequence[str]) -> None:
        """Add options to those the field has.

        Campaign Monitor may then drop segment rules built on the field.
        """
        body = {"KeepExistingOptions": True, "Options": list(options)}
        self._send("PUT", ("lists", list_id, "customfields", key, "options"), _nothing, body)

    def webhooks_of(self, list_id: str) -> Records[Webhook]:
        return self._read(endpoints.WEBHOOKS, list_id)

    def create_webhook(self, list_id: str, url: str, events: Sequence[str]) -> str:
        """Create a webhook and return its id. Nothing stops a second one with the same URL."""
        body = {"Events": list(events), "Url": url, "PayloadFormat": "json"}
        return self._send("POST", ("lists", list_id, "webhooks"), bare_text, body)

    def delete_webhook(self, list_id: str, webhook_id: str) -> None:
        self._send("DELETE", ("lists", list_id, "webhooks", webhook_id), _nothing)

    def activate_webhook(self, list_id: str, webhook_id: str) -> None:
        self._send("PUT", ("lists", list_id, "webhooks", webhook_id, "activate"), _nothing, {})

    def deactivate_webhook(self, list_id: str, webhook_id: str) -> None:
        self._send("PUT", ("lists", list_id, "webhooks", webhook_id, "deactivate"), _nothing, {})

    # People on lists

    def subscribers(
        self,
        list_id: str,
        state: str,
        page: int = 1,
        date: str | None = None,
        order: str | None = None,
        direction: Direction | None = None,
    ) -> Page[Subscriber]:
        """One page of the people in `state`; with `date`, a day, those who entered it then or later."""
        return self._read(
            endpoints.SUBSCRIBERS, list_id, state, page=page, date=date, order=order, direction=direction
        )

    def subscriber(self, list_id: str, email: str) -> Subscriber:
        """One person on the list, in whatever state. Raises `NotFound` when there is none."""
        return self._read(endpoints.SUBSCRIBER, list_id, filters={"email": email})

    def preferences(self, list_id: str, state: str, page: int = 1) -> Page[Preference]:
        """One page of what the people in `state` have agreed to, by address."""
        return self._read(preferences.OF_PEOPLE, list_id, state, page=page, filters=preferences.SMS)

    def preference(self, list_id: str, email: str) -> Preference:
        """What one person on the list has agreed to, in whatever state. Raises `NotFound`."""
        return self._read(preferences.OF_ONE, list_id, filters={"email": email, **preferences.SMS})

    def lists_for_email(self, client_id: str, email: str) -> Records[Listing]:
        """The lists of a client that an address is on, in whatever state."""
        return self._read(preferences.LISTS_FOR_EMAIL, client_id, filters={"email": email})

    def add_subscribers(
        self,
        list_id: str,
        people: Iterable[Entry],
        *,
        resubscribe: bool = False,
        queue_autoresponders: bool = False,
        restart_autoresponders: bool = False,
    ) -> ImportResult:
        """Add or update 1 to 1,000 people, each once: the vendor's bulk import.

        Returns also when some were refused; all others are written. Safe to repeat, but webhooks fire each
        time.
        """
        body = {
            "Subscribers": [person.body() for person in people],
            "Resubscribe": resubscribe,
            "QueueSubscriptionBasedAutoResponders": queue_autoresponders,
            "RestartSubscriptionBasedAutoresponders": restart_autoresponders,
        }
        url, label = self._locate(("subscribers", list_id, "import"), {})
        with self._turn():
            answer = self._http.send("POST", url, label=label, body=body, read_seconds=SLOW_READ_SECONDS)
            if answer.is_success:
                return answer.read(ImportResult.parse)
            if (
                answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
                and refusals.code_of(answer) == refusals.PARTIAL_IMPORT
            ):
                return answer.read(lambda envelope: ImportResult.parse(envelope["ResultData"]))
            raise refusals.refusal(answer)

    def update_subscriber(self, list_id: str, person: Entry) -> None:
        """Change a person who is on the list, in whatever state, and stays in it.

        Raises `NotFound` when not there.
        """
        query = {"email": person.email}
        self._send("PUT", ("subscribers", list_id), _nothing, person.body(), query=query)

    # Segments

    def segments_of(self, list_id: str) -> Records[SegmentName]:
        return self._read(endpoints.SEGMENTS, list_id)

    def segment(self, segment_id: str) -> Segment:
        return self._read(endpoints.SEGMENT, segment_id)

    def create_segment(self, list_id: str, title: str, groups: Iterable[Iterable[Rule]]) -> str:
        """Create a segment of the list and return its id. All groups must hold; in a group, one rule must."""
        body = segment_body(title, groups)
        return self._send("POST", ("segments", list_id), bare_text, body, read_seconds=SLOW_READ_SECONDS)

    def update_segment(self, segment_id: str, title: str, groups: Iterable[Iterable[Rule]]) -> None:
        """Replace the segment's title and all its rules."""
        self._send(
            "PUT",
            ("segments", segment_id),
            _nothing,
            segment_body(title, groups),
            read_seconds=SLOW_READ_SECONDS,
        )

    def segment_subscribers(self, segment_id: str, page: int = 1) -> Page[Subscriber]:
        """One page of the active people in the segment, by address. Slow; one call per segment at a time."""
        return self._read(endpoints.SEGMENT_SUBSCRIBERS, segment_id, page=page)

    # Reports

    def campaign_summary(self, campaign_id: str) -> CampaignSummary:
        return self._read(endpoints.CAMPAIGN_SUMMARY, campaign_id)

    def campaign_lists(self, campaign_id: str) -> CampaignLists:
        return self._read(endpoints.CAMPAIGN_LISTS, campaign_id)

    def campaign_report(
        self,
        campaign_id: str,
        report: CampaignReport,
        page: int = 1,
        date: str | None = None,
        order: str | None = None,
        direction: Direction | None = None,
    ) -> Page[Activity]:
        """One page of a report, oldest first, so that what happens meanwhile comes last.

        `recipients` by address. `date` is a minute (`YYYY-MM-DD HH:MM`); recipients cannot be filtered.
        """
        endpoint = endpoints.CAMPAIGN_RECIPIENTS if report == "recipients" else endpoints.CAMPAIGN_REPORT
        return self._read(
            endpoint, campaign_id, report, page=page, date=date, order=order, direction=direction
        )

    def journey(self, journey_id: str) -> Journey:
        return self._read(endpoints.JOURNEY, journey_id)

    def journey_report(
        self,
        email_id: str,
        report: JourneyReport,
        page: int = 1,
        date: str | None = None,
        direction: Direction | None = None,
    ) -> Page[Activity]:
        """One page of a report on a journey's e-mail, oldest first; nothing older than a year."""
        return self._read(
            endpoints.JOURNEY_REPORT, email_id, report, page=page, date=date, direction=direction
        )

    def _read[T](
        self,
        endpoint: Endpoint[T],
        *ids: str,
        page: int = 1,
        date: str | None = None,
        order: str | None = None,
        direction: Direction | None = None,
        filters: Query = MappingProxyType({}),
    ) -> T:
        query = endpoint.query(page, date, order, direction, filters)
        seconds = SLOW_READ_SECONDS if endpoint.is_slow else READ_SECONDS
        return self._send("GET", endpoint.parts(ids), endpoint.read, query=query, read_seconds=seconds)

    def _send[T](
        self,
        method: str,
        path: Sequence[str],
        parse: Callable[[Any], T],
        body: Any = None,
        *,
        query: Query | None = None,
        read_seconds: int = READ_SECONDS,
    ) -> T:
        url, label = self._locate(path, query or {})
        with self._turn():
            return self._http.call(method, url, parse, label=label, body=body, read_seconds=read_seconds)

    def _locate(self, path: Sequence[str], query: Query) -> tuple[str, str]:
        """The URL, and what messages call it: without the query, which may hold an address."""
        if any(part in ("", ".", "..") for part in path):
            raise NotFound(f"Campaign Monitor has no {'/'.join(path)!r}: an id is missing")
        place = "/".join(quote(part, safe="", errors="replace") for part in path)
        given = {name: value for name, value in query.items() if value is not None}
        text = urlencode(given, quote_via=quote, safe="", errors="replace")
        return f"{self._root}/{place}.json{'?' if text else ''}{text}", "/".join(path)


def _nothing(_: Any) -> None:
    """Writes answer with nothing, or with what we already know."""
