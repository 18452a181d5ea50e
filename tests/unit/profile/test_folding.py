"""What is remembered of a fold never shows: while leaves grow and are cut, a reading is that of all rows, each once."""

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lytics_cm.errors import UnreadableMessage
from profile_app.profiles.consents import NONE_TOLD, Observation
from profile_app.profiles.folding import MOST_PEOPLE, Folder
from profile_app.profiles.leaves import Leaf, joined, place_of
from profile_app.profiles.reading import Leaves
from profile_app.profiles.snapshots import Snapshot, effective
from profile_app.profiles.withholding import Withholding
from tests.store.people import JANE, MINUTE, NOON, OTHER_RULES, RULES, make_fact, make_snapshot

MINUTES = 30
NOTHING = Withholding({}, NONE_TOLD, NOON)
"""Nothing is withheld."""
steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "cut", "cut", "shrink", "state", "consent", "rebirth", "mapping"]),
        st.integers(0, 99),
    ),
    max_size=25,
)


class Person:
    """Leaves as the writer leaves them: each step is one write that another may read behind."""

    def __init__(self):
        self.leaves = [Leaf(JANE, b"1", facts=[make_fact(minute=2 * one) for one in range(12)], rev=1)]
        self.lives = count(2)
        self.cuts = []
        """Leaves that were cut and still hold what the next one took."""

    def add(self, number):
        """A row goes where it belongs."""
        row = make_fact(minute=number % MINUTES, city=f"city {number}")
        at = max(n for n, leaf in enumerate(self.leaves) if leaf.start <= place_of(row))
        held = {place_of(one): one for one in (*self.leaves[at].facts, row)}
        self.write(at, facts=[held[place] for place in sorted(held)])

    def cut(self, number):
        """The new leaf is written before the old one is made smaller."""
        at = number % len(self.leaves)
        facts = self.leaves[at].facts
        if len(facts) < 2 or any(at in (one, one + 1) for one in self.cuts):
            return
        half = 1 + number % (len(facts) - 1)
        new = Leaf(JANE, self.leaves[at].life, place_of(facts[half]), facts[half:], rev=1)
        self.leaves.insert(at + 1, new)
        self.cuts = [one + (one > at) for one in self.cuts] + [at]

    def shrink(self, number):
        if self.cuts:
            at = self.cuts.pop(number % len(self.cuts))
            start = self.leaves[at + 1].start
            self.write(at, facts=[row for row in self.leaves[at].facts if place_of(row) < start])

    def state(self, number):
        told = Snapshot.of(make_snapshot(seen=number, minute=number, list_id=f"l{number % 2}"))
        self.write(number % len(self.leaves), states={f"user#l{number % 2}": told})

    def consent(self, number):
        told = Observation(NOON + number % MINUTES * MINUTE, "yes" if number % 2 else "no")
        self.write(0, consents=self.leaves[0].consents.with_all({"": [told]}))

    @property
    def withholding(self):
        return Withholding({}, self.leaves[0].consents, NOON)

    def rebirth(self, number):
        """Erased, and told of again: the same keys and revisions, another life."""
        if number < 20:
            life = str(next(self.lives)).encode()
            self.leaves = [replace(leaf, life=life, facts=leaf.facts[:1]) for leaf in self.leaves]
            self.cuts = []

    def write(self, at, **changes):
        self.leaves[at] = replace(self.leaves[at], rev=self.leaves[at].rev + 1, data=b"", **changes)

    def stored(self):
        # `item` writes the next revision; that is another one for each write, which is all that counts.
        return Leaves([leaf.item() for leaf in self.leaves])


def expected(person, rules):
    facts, states = joined(person.leaves)
    rows = person.withholding.all_shown([*facts, *map(effective, states.values())])
    return rules.render(rules.fold(rows)), len(rows), person.withholding.hides(facts, ())


@settings(max_examples=300)
@given(steps)
def test_a_fold_that_remembers_shows_what_one_that_does_not_shows(play):
    person, folder, rules = Person(), Folder(least=1, open_=1), RULES
    for step, number in play:
        if step == "mapping":
            rules = OTHER_RULES if number % 2 else RULES
        else:
            getattr(person, step)(number)
        folded = folder.fold(person.stored(), rules, person.withholding)
        assert (rules.render(folded.state), folded.rows, folded.hides) == expected(person, rules)


def test_the_older_leaves_of_a_large_person_are_not_even_unpacked_again():
    leaves = [
        Leaf(JANE, b"1", place_of(row) if number else "", [row], rev=1)
        for number, row in enumerate(make_fact(minute=minute) for minute in range(40))
    ]
    items = [leaf.item() for leaf in leaves]
    folder = Folder()
    before = folder.fold(Leaves(items), RULES, NOTHING)

    broken = [{**item, "d": {"B": b"not to be read"}} for item in items[:30]]

    assert folder.fold(Leaves([*broken, *items[30:]]), RULES, NOTHING) == before
    with pytest.raises(UnreadableMessage):
        Folder().fold(Leaves([*broken, *items[30:]]), RULES, NOTHING)


def test_only_the_people_who_were_read_last_are_remembered():
    folder = Folder(least=1, open_=1)
    for number in range(3 * MOST_PEOPLE):
        email = f"p{number}@example.com"
        leaves = [Leaf(email, b"1", start, [make_fact(email, minute=1)], rev=1) for start in ("", "1", "2")]
        folder.fold(Leaves([leaf.item() for leaf in leaves]), RULES, NOTHING)

    assert len(folder._known) == MOST_PEOPLE
