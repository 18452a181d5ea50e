"""Which consents a person's profile tells, and which of them are written to Campaign Monitor. Pure.

Two consents are alike: to be tracked, and to get short messages, which needs a mobile number. Our *No* is
written whenever it is news. Our *Yes* may be older than a *No* at Campaign Monitor, which does not tell when
somebody said it. So what it has is looked at before the first *Yes*, and only a *No* that we wrote ourselves,
and nobody else since, becomes one (docs/decisions/0078-consents-that-exports-write.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, Self

from export_app.people.values import is_empty
from lytics_cm.campaign_monitor.writes import Consent

type Json = dict[str, Any]
type Decision = Literal["Yes", "No"]
type ForNew = Literal["unchanged", "no", "refuse"]

YES: Decision = "Yes"
NO: Decision = "No"
WORDS: Mapping[str, Decision] = {
    **dict.fromkeys(("yes", "true", "1"), YES),
    **dict.fromkeys(("no", "false", "0"), NO),
}
NUMBER = re.compile(r"\+[1-9][0-9]{7,14}", re.ASCII)
FILLINGS = re.compile(r"[\s()\-\u2010-\u2015\u2212]")
TRUNK = re.compile(r"\(\s*0\s*\)")
"""What is dialled at home alone, and not to be told from the number without its brackets."""

UNREADABLE, UNDECIDABLE = "consent_unreadable", "consent_undecidable"
NO_CONSENT, BAD_NUMBER = "no_consent", "mobile_number_unusable"
"""Our own codes of failures."""


class Problem(NamedTuple):
    """Something that keeps a consent or a number from being written: a code, and words with a remedy."""

    code: str | int
    message: str


@dataclass(frozen=True, slots=True)
class ConsentFields:
    """The Lytics fields that an export reads consents and the mobile number from, where it does.

    `for_new` says what is done with people who are new to the list and have not decided.
    """

    track: str | None = None
    for_new: ForNew = "unchanged"
    number: str | None = None
    sms: str | None = None

    @property
    def names(self) -> list[str]:
        """The fields, each once."""
        return list(filter(None, dict.fromkeys((self.track, self.number, self.sms))))


NO_FIELDS = ConsentFields()


@dataclass(frozen=True, slots=True)
class Wants:
    """What a profile says: decisions, and the number; None for what it does not say."""

    track: Decision | None = None
    sms: Decision | None = None
    number: str | None = None

    @property
    def withdrawn(self) -> Wants:
        """What is said even of somebody who leaves: that a consent is withdrawn."""
        is_sms = self.sms == NO and self.number
        return Wants(
            NO if self.track == NO else None, NO if is_sms else None, self.number if is_sms else None
        )

    def to_json(self) -> list[str | None]:
        return [self.track, self.sms, self.number]


NO_WISH = Wants()


@dataclass(frozen=True, slots=True)
class Note:
    """What we know of one consent of a person at Campaign Monitor.

    `value` is what we certainly wrote last, at `at` (epoch ms); `doubt` what a call may have written whose
    answer nobody has. `found` is what was there when we last looked, at `found_at`. `is_presumed` says that
    a `value` like ours there may be somebody else's: it was there when we wrote it, or another one was since.
    `is_left` says that our Yes was left alone.
    """

    value: str = ""
    at: int = 0
    doubt: str = ""
    found: str = ""
    found_at: int = 0
    is_presumed: bool = False
    is_left: bool = False

    def is_news(self, wanted: Decision) -> bool:
        """Whether Campaign Monitor may not have heard of a decision from us."""
        return self.value != wanted or self.doubt not in ("", wanted)

    def doubting(self, wanted: Decision | None) -> Note:
        """While a decision is being written that may have to be written again, or not.

        The first doubt stays: what was written after it may have been written over somebody's own word.
        """
        is_risky = wanted == NO or (wanted == YES and self.value == NO)
        if wanted and is_risky and not self.doubt and self.is_news(wanted):
            return replace(self, doubt=wanted)
        return self

    @property
    def is_own_no(self) -> bool:
        """Whether a No at Campaign Monitor is the one that we wrote, as far as can be known."""
        return self.value == NO and not self.is_presumed and self.doubt != YES

    def to_json(self) -> Json:
        names = ("value", "at", "doubt", "found", "found_at", "is_presumed", "is_left")
        return {name: value for name in names if (value := getattr(self, name))}


@dataclass(frozen=True, slots=True)
class ExportConsents:
    """What we know of both consents of a person."""

    track: Note = field(default_factory=Note)
    sms: Note = field(default_factory=Note)

    def doubting(self, wants: Wants) -> ExportConsents:
        """While what somebody wants is being written."""
        if wants == NO_WISH:
            return self
        return ExportConsents(self.track.doubting(wants.track), self.sms.doubting(wants.sms))

    @property
    def is_left(self) -> bool:
        return self.track.is_left or self.sms.is_left

    def to_json(self) -> Json:
        shown = {"track": self.track.to_json(), "sms": self.sms.to_json()}
        return {name: note for name, note in shown.items() if note}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        return cls(Note(**stored.get("track", {})), Note(**stored.get("sms", {})))


@dataclass(frozen=True, slots=True)
class Found:
    """What Campaign Monitor has of a person: consents, on whichever list of the client, empty if unknown.

    `is_listed` says whether they are on the export's list, in whatever state.
    """

    is_listed: bool = False
    track: str = ""
    sms: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True)
class Say:
    """What an entry says of a person's consents, what they had been before, and what is not said and why.

    `is_reversal` says that it turns a No of ours into a Yes.
    """

    track: Consent = "Unchanged"
    sms: Consent = "Unchanged"
    found: Found | None = None
    problems: tuple[Problem, ...] = ()
    left: frozenset[str] = frozenset()
    is_presumed: bool = False
    is_reversal: bool = False

    def noted(self, before: ExportConsents, at: int) -> ExportConsents:
        """What is known once an entry is written that says it, at `at` (epoch ms)."""
        return ExportConsents(
            self._noted("track", self.track, before.track, at), self._noted("sms", self.sms, before.sms, at)
        )

    def seen(self, before: ExportConsents) -> ExportConsents:
        """What is known when nothing was written."""
        return ExportConsents(self._seen("track", before.track), self._seen("sms", before.sms))

    def _noted(self, name: str, value: Consent, before: Note, at: int) -> Note:
        seen = replace(self._seen(name, before), is_left=name in self.left)
        if value == "Unchanged":
            return seen
        is_presumed = self.is_presumed and name == "track"
        return replace(seen, value=value, at=at, doubt="", is_presumed=is_presumed)

    def _seen(self, name: str, before: Note) -> Note:
        there = getattr(self.found, name) if self.found else ""
        if not there or not self.found:
            return before
        is_over = before.value == NO and there == YES  # the next No is somebody else's
        is_presumed = before.is_presumed or is_over
        return replace(before, found=there, found_at=self.found.at, is_presumed=is_presumed)


def wants_of(fields: Mapping[str, Any], names: ConsentFields) -> tuple[Wants, list[Problem]]:
    """What a profile says, and what of it cannot be used."""
    problems: list[Problem] = []
    track = _decision(fields, names.track, problems)
    number = _number(fields, names.number, problems)
    sms = _decision(fields, names.sms, problems) if names.number else None
    return Wants(track, sms, number), problems


def decision_of(value: Any) -> Decision | None:
    """What a value says; None when it says nothing. Raises `ValueError` for what is neither yes nor no."""
    if isinstance(value, list):
        filled = [one for one in value if not is_empty(one)]
        value = filled[0] if len(filled) == 1 else (filled or None)
    if is_empty(value):
        return None
    match value:
        case bool():
            return YES if value else NO
        case int() | float() if value in (0, 1):
            return YES if value else NO
        case str() if word := WORDS.get(value.strip().lower()):
            return word
    raise ValueError("neither yes nor no")


def number_of(value: Any) -> str | None:
    """A mobile number as E.164 has it; None when there is none. Raises `ValueError` for what is not one."""
    if isinstance(value, list):
        filled = [one for one in value if not is_empty(one)]
        value = filled[0] if len(filled) == 1 else (filled or None)
    if is_empty(value):
        return None
    if isinstance(value, str) and not TRUNK.search(value):
        number = FILLINGS.sub("", value)
        if NUMBER.fullmatch(number):
            return number
    raise ValueError("not a number of E.164")


def _decision(fields: Mapping[str, Any], name: str | None, problems: list[Problem]) -> Decision | None:
    try:
        return decision_of(fields.get(name)) if name else None
    except ValueError:
        words = "is neither yes nor no, so the consent stays as it is; correct it in Lytics"
        problems.append(Problem(UNREADABLE, f"the field {name!r} {words}"))
        return None


def _number(fields: Mapping[str, Any], name: str | None, problems: list[Problem]) -> str | None:
    try:
        return number_of(fields.get(name)) if name else None
    except ValueError:
        words = "is no mobile number with + and country code (E.164) and was left out; correct it in Lytics"
        problems.append(Problem(BAD_NUMBER, f"the field {name!r} {words}"))
        return None


@dataclass(frozen=True, slots=True)
class Case:
    """All that decides what is said of a person's consents.

    `is_known` says that an export has written them to the list, `is_tried` that it may have; with `is_leaving`
    they are in no audience any more.
    """

    wants: Wants
    consents: ExportConsents = field(default_factory=ExportConsents)
    for_new: ForNew = "unchanged"
    is_known: bool = False
    is_tried: bool = False
    is_leaving: bool = False

    @property
    def is_for_new(self) -> bool:
        """Whether it matters if the person is new to the list."""
        is_undecided = self.wants.track is None and not self.is_known and not self.is_leaving
        return is_undecided and self.for_new != "unchanged"

    @property
    def asks_of_client(self) -> bool:
        """Whether what any list of the client has matters, for a consent may be written over it."""
        track, sms = self.wants.track, self.wants.sms if self.wants.number else None
        is_new_yes = track == YES and self.consents.track.is_news(YES)
        is_new_sms = sms == YES and self.consents.sms.is_news(YES)
        return is_new_yes or is_new_sms or (self.is_for_new and self.for_new == "no")

    @property
    def asks(self) -> bool:
        """Whether Campaign Monitor has to be asked before anything is written."""
        return self.asks_of_client or self.is_for_new

    def say(self, found: Found | None) -> Say | None:
        """What is said, given what Campaign Monitor has if it was asked; None for who is not to be added."""
        if self.is_for_new and self.for_new == "refuse" and not (found and found.is_listed):
            return None
        problems: list[Problem] = []
        there = (found.track, found.sms) if found else (None, None)
        track = self._said(self.wants.track, self.consents.track, there[0], TRACKED, problems)
        sms: Consent = "Unchanged"
        if self.wants.number:
            sms = self._said(self.wants.sms, self.consents.sms, there[1], TEXTED, problems)
        left = frozenset(what for what in (TRACKED, TEXTED) if LEFT[what] in problems)
        is_no_again = self.is_for_new and self._is_no_again(found)
        if self.is_for_new and found and (is_no_again or self._is_no_for_new(found)):
            track = NO
        is_reversal = track == YES and found is not None and found.track == NO
        return Say(track, sms, found, tuple(problems), left, is_no_again, is_reversal)

    def _said(
        self, wanted: Decision | None, note: Note, there: str | None, what: str, problems: list[Problem]
    ) -> Consent:
        if wanted is None or not note.is_news(wanted):
            return "Unchanged"
        if wanted == YES and (there is None or (there == NO and not note.is_own_no)):
            problems.append(LEFT[what])
            return "Unchanged"
        return wanted

    def _is_no_for_new(self, found: Found) -> bool:
        """Whether a new person is written as No: unless another list of the client knows better."""
        return self.for_new == "no" and not found.is_listed and found.track not in (YES, NO)

    def _is_no_again(self, found: Found | None) -> bool:
        """Whether we may have added the person as No ourselves, in a call whose answer nobody has."""
        return bool(
            self.for_new == "no" and self.is_tried and found and found.is_listed and found.track == NO
        )


TRACKED, TEXTED = "track", "sms"
LEFT = {
    what: Problem(
        UNDECIDABLE,
        f"Lytics has Yes {to} and Campaign Monitor has No, which may be newer, so it stays; ask the person, set"
        " it at Campaign Monitor, then retry the failures",
    )
    for what, to in ((TRACKED, "to being tracked"), (TEXTED, "to short messages"))
}
