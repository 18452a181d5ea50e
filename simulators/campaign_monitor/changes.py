"""What can happen to a person on a list, whoever causes it: states move, suppressions follow, webhooks fire."""

from typing import Any

from simulators.campaign_monitor.model import Account, Client, MailingList, Subscriber, Suppression
from simulators.campaign_monitor.records import Edit, pairs, write

REASONS = {"Unsubscribed": "Unsubscribed", "Bounced": "Bounced", "Spam": "Spam Complaint"}


def enter(
    account: Account,
    mailing_list: MailingList,
    email: str,
    edit: Edit,
    *,
    at: str | None = None,
    source: str = "",
) -> Subscriber:
    """Put a new or inactive person on the list: active, or unconfirmed where the list wants a double opt-in."""
    now = at or account.now(mailing_list.client)
    person = mailing_list.find(email)
    is_new = person is None
    if person is None:
        person = Subscriber(email.strip(), "", "Active", now, now)
    person.state, person.date = "Active", now
    if is_new and mailing_list.confirmed_opt_in:
        person.state = "Unconfirmed"
    mailing_list.client.suppressed.pop(person.email.lower(), None)
    mailing_list.keep(person)
    write(mailing_list, person, edit, replace=account.switches.multi_select == "replace")
    _consent(mailing_list.client, person, edit, now)
    if person.state == "Active":
        emit(account, mailing_list, "Subscribe", person, now, SignupIPAddress=source or "192.0.2.10")
    return person


def change(
    account: Account,
    mailing_list: MailingList,
    person: Subscriber,
    edit: Edit,
    *,
    replace: bool = True,
    at: str | None = None,
) -> None:
    """Edit a person in any state; its dates do not move."""
    old = person.email
    email = edit.email.strip() if edit.email else None
    if email is not None and email != old:
        mailing_list.people.pop(old.lower(), None)
        person.email = email
        mailing_list.client.tracking.follow(old, email)
        mailing_list.client.texting.follow(old, email)
        mailing_list.keep(person)
    write(mailing_list, person, edit, replace=replace)
    now = at or account.now(mailing_list.client)
    _consent(mailing_list.client, person, edit, now)
    emit(account, mailing_list, "Update", person, now, OldEmailAddress=old, State=person.state)


def leave(
    account: Account, mailing_list: MailingList, person: Subscriber, state: str, *, at: str | None = None
) -> None:
    """End a person's being active; an unsubscribe spreads to the client's lists that share their unsubscribes."""
    now = at or account.now(mailing_list.client)
    person.state, person.date = state, now
    mailing_list.touch(person)
    emit(account, mailing_list, "Deactivate", person, now, State=state)
    if state == "Unsubscribed" and mailing_list.unsubscribe_setting == "AllClientLists":
        suppress(account, mailing_list.client, person.email, "Unsubscribed")
        if account.switches.spread_unsubscribes:
            _spread(account, mailing_list, person.email, now)


def confirm(
    account: Account, mailing_list: MailingList, person: Subscriber, *, at: str | None = None
) -> None:
    """The person clicked the verification link."""
    now = at or account.now(mailing_list.client)
    person.state, person.date = "Active", now
    mailing_list.touch(person)
    emit(account, mailing_list, "Subscribe", person, now, SignupIPAddress="192.0.2.11")


def suppress(account: Account, client: Client, email: str, reason: str) -> None:
    stamp = account.now(client, seconds=True)
    client.suppressed.setdefault(email.lower(), Suppression(email, reason, stamp))


def emit(
    account: Account, mailing_list: MailingList, kind: str, person: Subscriber, now: str, **more: str
) -> None:
    """Queue an event for every active hook of the list that wants its kind."""
    hooks = [hook for hook in mailing_list.webhooks.values() if hook.active and kind in hook.events]
    if not hooks:
        return
    event = event_of(kind, person, now, bracketed=account.switches.bracketed_keys, **more)
    for hook in hooks:
        account.outbox.put(mailing_list.id, hook, event)


def event_of(kind: str, person: Subscriber, now: str, *, bracketed: bool, **more: str) -> dict[str, Any]:
    values = [{"Key": key, "Value": value} for key, value in pairs(person, bracketed=bracketed)]
    return {
        "Type": kind,
        "Date": now,
        "EmailAddress": person.email,
        "Name": person.name,
        **more,
        "CustomFields": values,
    }


def _consent(client: Client, person: Subscriber, edit: Edit, now: str) -> None:
    """Consents hold for the address on all lists of the client; one to short messages needs a number."""
    for consents, given in ((client.tracking, edit.consent), (client.texting, person.mobile and edit.sms)):
        wanted = (given or "Unchanged").capitalize()
        if wanted != "Unchanged":
            consents.decide(person.email, wanted, now)


def _spread(account: Account, origin: MailingList, email: str, now: str) -> None:
    for other in origin.client.lists.values():
        person = other.find(email)
        shares = other is not origin and other.unsubscribe_setting == "AllClientLists"
        if person and shares and person.state == "Active":
            person.state, person.date = "Unsubscribed", now
            other.touch(person)
            emit(account, other, "Deactivate", person, now, State="Unsubscribed")
