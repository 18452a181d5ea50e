"""Screens what arrived: takes out what may not be known, by the consents that the root and arrivals tell of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from profile_app.profiles.arrivals import Arrivals, Told
from profile_app.profiles.consents import ALWAYS, Consents, observed
from profile_app.profiles.leaves import Leaf, place_of
from profile_app.profiles.reading import read_life

if TYPE_CHECKING:
    from profile_app.profiles.table import PeopleTable
    from profile_app.profiles.withholding import Withholding
    from profile_app.profiles.written import Written


def screen(
    table: PeopleTable,
    root: Leaf,
    arrived: Arrivals,
    withholding: Callable[[Consents], Withholding],
    written: Written,
) -> Arrivals:
    """Take out what may not be known, by what is known of consents now; return the change of the root."""
    every = {**arrived.repeated, **arrived.told}
    news = _news(root, arrived, every)
    arrived.told = {client: some for client, some in every.items() if client in news}
    arrived.repeated = {client: some for client, some in every.items() if client not in news}
    told = _all_told(table, root, arrived.told)
    known = root.consents.with_all(told)
    before, after = withholding(root.consents), withholding(known)
    out = [row for row in arrived.facts.values() if after.withholds(row)]
    written.withhold(root.email, out)
    if after.is_limiting:
        written.limited.add(root.email)
    for row in out:
        del arrived.facts[place_of(row)]
    for key, one in arrived.states.items():
        if after.limit(one.client) != ALWAYS:
            arrived.states[key] = one.mapped(after.shown)
    arrived.days |= {client: max(day, arrived.days.get(client, 0)) for client, day in after.days(out).items()}
    known = known.with_days(arrived.days)
    if known == root.consents:
        arrived.told, arrived.days = {}, {}
        return Arrivals()
    after = withholding(known)
    if root.rev and any(after.limit(client) > before.limit(client) for client in news):
        written.withdrawn.add(root.email)
    is_seen = bool(root.rev) and (before.key, before.fields()) != (after.key, after.fields())
    return Arrivals(told=dict(told), days=dict(arrived.days), is_seen=is_seen)


def _news(root: Leaf, arrived: Arrivals, told: Told) -> set[str]:
    """The clients of whom something was told that may change the root, or that nobody else keeps."""
    if arrived.looks:
        return set(told)
    unkept = {
        client
        for client in arrived.spoken & told.keys()
        if any(map(root.consents.of(client).is_later, told[client]))
    }
    return root.consents.news(told) | unkept


def _all_told(table: PeopleTable, root: Leaf, told: Told) -> Told:
    """Consents of these clients that were observed, also those that merely repeated what was known."""
    if not any(root.consents.of(client).observations for client in told):
        return told
    leaves = read_life(table, root) if root.more else [root]
    found = {client: list(some) for client, some in told.items()}
    for leaf in leaves:
        for snapshot in leaf.states.values():
            if (row := snapshot.told) and (one := observed(row)) and one[0] in found:
                found[one[0]].append(one[1])
    return found
