"""Which one is meant: by id, name or the beginning of an id; asked for where somebody can be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from lytics_cm_cli.drawing.words import plain, table
from lytics_cm_cli.session import Session, Usage

SHORTEST = 4
"""Characters of an id that stand for it, if no other id begins so."""
MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be chosen: the names it answers to, the first of them shown."""

    id: str
    names: tuple[str, ...] = ()
    note: str = ""

    @property
    def name(self) -> str:
        return self.names[0] if self.names else self.id


def choices(items: Iterable[Mapping[str, Any]], note: str = "") -> list[Choice]:
    """The API's things as choices; `note` is the member that is shown beside the name."""
    return [
        Choice(
            str(item["id"]),
            tuple(str(item[name]) for name in ("description", "name", "slug") if item.get(name)),
            str(item.get(note) or "") if note else "",
        )
        for item in items
    ]


def matches(found: Sequence[Choice], wanted: str) -> list[Choice]:
    """Those that are meant: the one of that id, else of that name, else whose id begins so."""
    said = wanted.strip()
    by_id = [one for one in found if one.id == said]
    by_name = [one for one in found if said in one.names]
    by_any_case = [one for one in found if said.casefold() in [name.casefold() for name in one.names]]
    by_beginning = [one for one in found if len(said) >= SHORTEST and one.id.startswith(said)]
    return by_id or by_name or by_any_case or by_beginning


def named(found: Sequence[Choice], what: str, wanted: str) -> Choice:
    """The one that is meant. Raises `Usage` if there is none, or several."""
    meant = matches(found, wanted)
    if len(meant) == 1:
        return meant[0]
    if meant:
        listed = ", ".join(f"{one.name} ({one.id} {one.note})" for one in meant[:MOST_NAMED])
        longer = meant[0].names[-1] if meant[0].names else wanted
        other = f", or for example {longer!r}" if matches(found, longer) == [meant[0]] else ""
        raise Usage(f"{wanted!r} is more than one {what}: {listed}; name its id{other}")
    known = ", ".join(one.name for one in found[:MOST_NAMED]) + (" ..." if len(found) > MOST_NAMED else "")
    raise Usage(f"there is no {what} {wanted!r}; there is {known}" if known else f"there is no {what} yet")


def one_of(session: Session, found: Sequence[Choice], what: str, option: str, wanted: str | None) -> Choice:
    """The one that is wanted; asked for if nothing is said. Raises `Usage`, also if nobody can be asked."""
    if wanted is not None:
        return named(found, what, wanted)
    required(session, option, what)
    if not found:
        raise Usage(f"there is no {what} yet")
    _offer(session, found, what)
    while True:
        told = session.ask(f"{what.capitalize()} (number or name):")
        try:
            return _told(found, what, told)
        except Usage as error:
            session.questions.print(Text.assemble(("✗ ", "red"), plain(str(error))))


def some_of(
    session: Session, found: Sequence[Choice], what: str, otherwise: str | None = None
) -> list[Choice]:
    """Several, asked for; an empty answer is none, if `otherwise` says what that means."""
    _offer(session, found, what)
    hint = f"; empty: {otherwise}" if otherwise else ""
    while True:
        told = session.ask(f"{what.capitalize()}s (numbers or names, with commas{hint}):")
        words = [word.strip() for word in told.split(",") if word.strip()]
        try:
            if words or otherwise:
                return list(dict.fromkeys(_told(found, what, word) for word in words))
        except Usage as error:
            session.questions.print(Text.assemble(("✗ ", "red"), plain(str(error))))


def yes_or_no(session: Session, question: str, *, otherwise: bool = False) -> bool:
    """Asked for; an empty answer is `otherwise`."""
    while True:
        told = session.ask(f"{question} [{'Y/n' if otherwise else 'y/N'}]").lower()
        if told in ("", "y", "yes", "n", "no"):
            return told.startswith("y") if told else otherwise


def text(session: Session, what: str, option: str, given: str | None) -> str:
    """A text that is needed; asked for if it was not given."""
    if given is not None:
        return given
    required(session, option, what)
    while not (told := session.ask(f"{what.capitalize()}:")):
        pass
    return told


def required(session: Session, option: str, what: str) -> None:
    """Raises `Usage` if nobody can be asked."""
    if not session.screen.is_interactive:
        raise Usage(f"{option} is missing: which {what}?")


def _offer(session: Session, found: Sequence[Choice], what: str) -> None:
    drawn = table(">", what.capitalize(), "", "#id")
    for number, one in enumerate(found, 1):
        drawn.add_row(str(number), plain(one.name), plain(one.note) if one.note else "", plain(one.id))
    session.questions.print(drawn)


def _told(found: Sequence[Choice], what: str, told: str) -> Choice:
    if told.isascii() and told.isdigit() and 1 <= int(told) <= len(found) and not matches(found, told):
        return found[int(told) - 1]
    return named(found, what, told)
