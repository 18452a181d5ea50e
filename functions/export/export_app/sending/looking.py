"""Looks what people have agreed to at Campaign Monitor, for as few calls as possible.

Of a few, everybody is asked about alone: one call for who is on the list, two or three for who is not. Of
many, pages of the list are read, a thousand people a call; who are sent in the order of their addresses are on
few of them. For those who are not on it the client's other
lists count as well, because consents hold for all of them
(docs/decisions/0078-consents-that-exports-write.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from export_app.people.consent import NO, YES, Found
from export_app.people.outcomes import Later, Refused
from export_app.sending.calls import MOST_PAGES, Calls
from lytics_cm.addresses import folded
from lytics_cm.errors import NotFound

if TYPE_CHECKING:
    from lytics_cm.campaign_monitor.preferences import Listing, Preference
    from lytics_cm.campaign_monitor.records import Page

STATES = ("active", "unsubscribed", "bounced", "deleted", "unconfirmed")
FEW = 10
"""So many are asked about alone, whatever the lists are."""
CALLS_EACH = 2
"""What asking about one person alone costs, about."""

type Answers = dict[str, Found | Later | Refused]


@dataclass(slots=True)
class Series:
    """Pages in the order of addresses: the first and last address of those that were read."""

    bounds: dict[int, tuple[str, str]] = field(default_factory=dict)
    pages: int = 1
    total: int = 0
    is_ordered: bool = True

    def adds(self, number: int, page: Page[Preference]) -> bool:
        """Take a page; False when people have gone since the one before, which makes others change pages."""
        total = page.total or 0
        if total < self.total:
            return False
        self.pages, self.total = page.pages, total
        emails = [folded(person.email) for person in page.records]
        self.is_ordered &= bool(emails) and emails == sorted(emails)
        self.bounds[number] = (emails[0], emails[-1]) if emails else ("", "")
        return True


@dataclass(slots=True)
class Looking:
    """One round's looking: `found` fills up, `missing` are those of whom nothing is known yet.

    So many are `asked` about, so many `pages` were read.
    """

    calls: Calls
    found: Answers = field(default_factory=dict, init=False)
    missing: set[str] = field(default_factory=set, init=False)
    asked: int = field(default=0, init=False)
    pages: int = field(default=0, init=False)

    def of(self, asked: Mapping[str, bool]) -> Answers:
        """What Campaign Monitor has of everybody; of those who are true, other lists of the client count."""
        self.missing, self.asked = set(asked), len(asked)
        are_absent = len(asked) > FEW and self._reads_through(self.calls.job.list_id, is_own=True)
        if are_absent:
            self._end([email for email in self.missing if not asked[email]])
            if len(self.missing) > FEW and self._reads_through_others():
                self._end(list(self.missing))
        for email in sorted(self.missing):
            self.found[email] = self._alone(email, is_absent=are_absent, beyond=asked[email])
        return self.found

    def _end(self, emails: Iterable[str]) -> None:
        """Know that nobody has anything of these people."""
        self.found |= {email: self._nothing() for email in emails}
        self.missing -= self.found.keys()

    def _reads_through_others(self) -> bool:
        """Whether the client's other lists were read, because that costs less than asking about everybody."""
        client = self.calls.job.client_id
        if not client:
            return True
        answer = self.calls.of_list(lambda _: self.calls.vendor.lists_of(client))
        if isinstance(answer, Later | Refused):
            return False
        lists = [one.id for one in answer if one.id != self.calls.job.list_id]
        if len(lists) * len(STATES) > CALLS_EACH * len(self.missing):
            return False
        return all(self._reads_through(list_id, is_own=False) for list_id in lists)

    def _reads_through(self, list_id: str, *, is_own: bool) -> bool:
        """Whether a list was read so far that who is missing yet is not on it."""
        return all(self._reads_state(list_id, state, is_own=is_own) for state in STATES)

    def _reads_state(self, list_id: str, state: str, *, is_own: bool) -> bool:
        """The same for people in one state: the pages are read between whose addresses somebody is missing.

        Where Campaign Monitor orders addresses in another way than we do, all pages are.
        """
        series = Series()
        low, high = min(self.missing, default=""), max(self.missing, default="")

        def has(number: int) -> bool:
            return number in series.bounds or self._reads_page(series, list_id, state, number, is_own=is_own)

        if self.missing and not has(1):
            return False
        first, last = 1, series.pages
        while first < last and series.is_ordered:
            middle = (first + last) // 2
            if not has(middle):
                return False
            first, last = (middle + 1, last) if series.bounds[middle][1] < low else (first, middle)
        for number in range(first, series.pages + 1):
            if not has(number):
                return False
            if series.is_ordered and series.bounds[number][0] > high:
                return True
        return series.is_ordered or all(map(has, range(1, series.pages + 1)))

    def _reads_page(self, series: Series, list_id: str, state: str, number: int, *, is_own: bool) -> bool:
        """Whether a page could be read, which is so only if that costs less than asking about everybody."""
        if not self._is_worth(series.pages - len(series.bounds)):
            return False
        self.pages += 1
        answer = self.calls.of_list(lambda _: self.calls.vendor.preferences(list_id, state, number))
        if isinstance(answer, Later | Refused) or not series.adds(number, answer):
            return False
        for person in answer.records:
            email = folded(person.email)
            if email in self.missing:
                self.found[email] = self._known(person, is_listed=is_own)
                self.missing.discard(email)
        return True

    def _is_worth(self, pages: int) -> bool:
        people = len(self.missing) if len(self.missing) <= FEW else self.asked
        return self.pages < MOST_PAGES and pages <= CALLS_EACH * people

    def _alone(self, email: str, *, is_absent: bool, beyond: bool) -> Found | Later | Refused:
        """Ask about one person: on the list, unless they are known not to be, then on the other lists."""
        if not is_absent:
            answer = self._preference(self.calls.job.list_id, email)
            if answer is not None:
                return self._told(answer, is_listed=True)
        return self._elsewhere(email) if beyond else self._nothing()

    def _elsewhere(self, email: str) -> Found | Later | Refused:
        """What another list of the client has of a person: all have the same consent."""
        listings = self._listings(email)
        if isinstance(listings, Later | Refused):
            return listings
        for one in listings:
            if one.list_id != self.calls.job.list_id:
                answer = self._preference(one.list_id, email)
                if answer is not None:
                    return self._told(answer, is_listed=False)
        return self._nothing()

    def _listings(self, email: str) -> Iterable[Listing] | Later | Refused:
        client = self.calls.job.client_id
        try:
            return (
                self.calls.single(lambda _: self.calls.vendor.lists_for_email(client, email))
                if client
                else ()
            )
        except NotFound:
            return ()

    def _preference(self, list_id: str, email: str) -> Preference | Later | Refused | None:
        try:
            return self.calls.single(lambda _: self.calls.vendor.preference(list_id, email))
        except NotFound:
            return None

    def _told(self, answer: Preference | Later | Refused, *, is_listed: bool) -> Found | Later | Refused:
        return answer if isinstance(answer, Later | Refused) else self._known(answer, is_listed=is_listed)

    def _known(self, person: Preference, *, is_listed: bool) -> Found:
        sms = _decision(person.consent_to_send_sms) if person.mobile_number else ""
        return Found(is_listed, _decision(person.consent_to_track), sms, self.calls.dependencies.clock())

    def _nothing(self) -> Found:
        return Found(at=self.calls.dependencies.clock())


def _decision(told: str) -> str:
    """Yes or No, empty for anything else."""
    return told.capitalize() if told.capitalize() in (YES, NO) else ""
