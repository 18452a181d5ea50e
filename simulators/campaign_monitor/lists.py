"""Endpoints of a list: its settings, its numbers, its subscribers by state."""

from datetime import date, timedelta

from simulators.campaign_monitor.calls import ApiError, Call, route
from simulators.campaign_monitor.model import Client, MailingList, Subscriber
from simulators.campaign_monitor.paging import Paging, day_of, paging_of
from simulators.campaign_monitor.records import render
from simulators.http import Response

SETTINGS = {
    "Title": str,
    "UnsubscribePage": str,
    "UnsubscribeSetting": str,
    "ConfirmedOptIn": bool,
    "ConfirmationSuccessPage": str,
}
UNSUBSCRIBE_SETTINGS = ("AllClientLists", "OnlyThisList")
STATE_PATHS = ("active", "unconfirmed", "unsubscribed", "bounced", "deleted")
COUNTED = {
    "Active": ("TotalActiveSubscribers", "NewActiveSubscribers"),
    "Unsubscribed": ("TotalUnsubscribes", "Unsubscribes"),
    "Deleted": ("TotalDeleted", "Deleted"),
    "Bounced": ("TotalBounces", "Bounces"),
}


@route("GET", "lists/{list_id}", "ManageLists")
def details(call: Call, list_id: str) -> Response:
    found = call.mailing_list(list_id)
    return Response.of(
        {
            "ListID": found.id,
            "Title": found.title,
            "ConfirmedOptIn": found.confirmed_opt_in,
            "UnsubscribePage": found.unsubscribe_page,
            "ConfirmationSuccessPage": found.confirmation_page,
            "UnsubscribeSetting": found.unsubscribe_setting,
        }
    )


@route("POST", "lists/{client_id}", "ManageLists")
def create(call: Call, client_id: str) -> Response:
    client = call.client(client_id)
    given = _settings(call, client, None)
    made = call.account.add_list(client, str(given["Title"]))
    _apply(made, given)
    return Response.of(made.id, 201)


@route("PUT", "lists/{list_id}", "ManageLists")
def update(call: Call, list_id: str) -> Response:
    found = call.mailing_list(list_id)
    _apply(found, _settings(call, found.client, found))
    return Response()


@route("DELETE", "lists/{list_id}", "ManageLists")
def delete(call: Call, list_id: str) -> Response:
    found = call.mailing_list(list_id)
    del found.client.lists[found.id]
    return Response()


def _settings(call: Call, client: Client, changed: MailingList | None) -> dict[str, str | bool]:
    given: dict[str, str | bool] = call.body(dict(SETTINGS))
    title = str(given.get("Title", "")).strip()
    if not title:
        raise ApiError(251, "List title must not be empty")
    others = (each for each in client.lists.values() if each is not changed)
    if any(each.title.lower() == title.lower() for each in others):
        raise ApiError(250, "List title must be unique")
    if given.get("UnsubscribeSetting", "AllClientLists") not in UNSUBSCRIBE_SETTINGS:
        raise ApiError(261, "Invalid unsubscribe setting")
    return {**given, "Title": title}


def _apply(which: MailingList, given: dict[str, str | bool]) -> None:
    which.title = str(given["Title"])
    which.confirmed_opt_in = bool(given.get("ConfirmedOptIn", False))
    which.unsubscribe_page = str(given.get("UnsubscribePage", ""))
    which.confirmation_page = str(given.get("ConfirmationSuccessPage", ""))
    which.unsubscribe_setting = str(given.get("UnsubscribeSetting", "AllClientLists"))


@route("GET", "lists/{list_id}/stats", "ManageLists")
def stats(call: Call, list_id: str) -> Response:
    found = call.mailing_list(list_id)
    today = date.fromisoformat(call.account.now(found.client)[:10])
    numbers: dict[str, int] = {}
    for state, (total, prefix) in COUNTED.items():
        days = [person.date[:10] for person in found.in_state(state)]
        numbers[total] = len(days)
        for period, (first, last) in _periods(today).items():
            numbers[prefix + period] = sum(first <= day <= last for day in days)
    return Response.of(numbers)


def _periods(today: date) -> dict[str, tuple[str, str]]:
    """Calendar periods that contain today; weeks start on Sunday."""
    end = today.isoformat()
    yesterday = (today - timedelta(days=1)).isoformat()
    sunday = today - timedelta(days=(today.weekday() + 1) % 7)
    return {
        "Today": (end, end),
        "Yesterday": (yesterday, yesterday),
        "ThisWeek": (sunday.isoformat(), end),
        "ThisMonth": (f"{end[:7]}-01", end),
        "ThisYear": (f"{end[:4]}-01-01", end),
    }


def by_state(call: Call, list_id: str, state: str) -> Response:
    found = call.mailing_list(list_id)
    paging = paging_of(call, ("email", "name", "date"), "date")
    rows = _index(call, found, state, paging, since(call))
    return paging.envelope(rows, lambda person: record(call, found.client, person))


def since(call: Call) -> str:
    """The first day that the filter lets pass."""
    day = day_of(call.query.get("date", "")[: 10 if call.is_old else None])
    if day and call.account.switches.exclusive_dates:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    return day


def _index(call: Call, found: MailingList, state: str, paging: Paging, day: str) -> list[Subscriber]:
    """The people of a state in the wanted order, sorted once until the list changes."""
    key = (state, paging.order, paging.direction, day)
    if key not in found.indexes:
        people = [person for person in found.in_state(state) if person.date[:10] >= day]
        is_other = paging.order == "email" and call.account.switches.other_email_order
        found.indexes[key] = sorted(people, key=_backwards) if is_other else ordered(people, paging)
    return found.indexes[key]


def _backwards(person: Subscriber) -> str:
    return person.email[::-1]


def ordered(people: list[Subscriber], paging: Paging) -> list[Subscriber]:
    keys = {
        "email": lambda person: person.email.lower(),
        "name": lambda person: person.name.lower(),
        "date": lambda person: person.date,
    }
    return sorted(people, key=keys[paging.order], reverse=paging.descending)


def record(call: Call, client: Client, person: Subscriber, *, reads_with: bool = True) -> str:
    """A subscriber as this call wants to see it."""
    text = render(person, bracketed=call.account.switches.bracketed_keys)
    if reads_with:
        text += f',"ReadsEmailWith":"{person.reads_with}"'
    if call.flag("includetrackingpreference"):
        text += _consent(call, "ConsentToTrack", client.tracking.value_of(person.email))
    if person.mobile and call.flag("includesmspreference"):
        text += _consent(call, "ConsentToSendSms", client.texting.value_of(person.email))
    return text + "}"


def _consent(call: Call, name: str, value: str) -> str:
    told = call.account.switches.unknown_consent if value == "Unknown" else value
    return "" if told is None else f',"{name}":"{told}"'


def _enter_state(path: str) -> None:
    @route("GET", f"lists/{{list_id}}/{path}", "ManageLists")
    def read(call: Call, list_id: str) -> Response:
        return by_state(call, list_id, path.capitalize())


for _path in STATE_PATHS:
    _enter_state(_path)
