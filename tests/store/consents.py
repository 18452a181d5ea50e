"""Histories of consent: rows and consents told in any order, twice, by workers that meet and die."""

from types import SimpleNamespace

from hypothesis import strategies as st

from lytics_cm.store.policies import Policy
from lytics_cm.streams import CM_USER, Row
from profile_app.mappings import InForce
from profile_app.profiles import Profiles
from profile_app.profiles.consents import Observation, value_of
from profile_app.profiles.leaves import OWN, Leaf, place_of
from profile_app.profiles.withholding import LAST_OPEN_DAY
from tests.store.histories import ALL, AT_ONCE, FATES, SMALL, STEPS, World
from tests.store.people import JANE, MINUTE, NOON, RULES, counted
from tests.store.plain import item_of
from tests.store.stage import GO, Died, Worker

MINUTES = 9
TRACKED = ("open", "click")
HOURS = 60 * MINUTE


def make_activity(event, minute, client, nth, campaign):
    fields = {
        "email": JANE,
        "event": event,
        "list_id": f"l{client}",
        "campaign_id": campaign,
        "client_id": client,
    }
    return Row("cm_activity", JANE, NOON + minute * MINUTE, fields, nth=nth)


SPOKEN = "spoken"


def make_spoken(consent, minute, client):
    """What somebody else than a page told, such as an export that wrote it: no snapshot keeps it."""
    fields = {"email": JANE, "client_id": client, "consent_to_track": consent}
    return Row(SPOKEN, JANE, NOON, fields, seen=NOON + minute * MINUTE)


def make_told(consent, minute, client, number):
    """A page of a list, as it was read at a minute."""
    fields = {"email": JANE, "status": "active", "list_id": f"l{client}{number}", "client_id": client}
    fields |= {"consent_to_track": consent, "reads_email_with": f"iPhone {minute}"}
    return Row(CM_USER, JANE, NOON, fields, seen=NOON + minute * MINUTE)


clients = st.sampled_from(["c1", "c1", "c2"])
activity = st.builds(
    make_activity,
    event=st.sampled_from(["open", "open", "click", "sent"]),
    minute=st.integers(0, MINUTES),
    client=clients,
    nth=st.integers(0, 1),
    campaign=st.sampled_from(["a", "b"]),
)
told = st.builds(
    make_told,
    consent=st.sampled_from(["Yes", "No", "No", "Unknown"]),
    minute=st.integers(0, MINUTES),
    client=clients,
    number=st.integers(0, 1),
)
spoken = st.builds(
    make_spoken, consent=st.sampled_from(["Yes", "No"]), minute=st.integers(0, MINUTES), client=clients
)
rows = st.one_of(activity, activity, activity, activity, activity, activity, told, told, spoken)
deliveries = st.lists(st.lists(rows, min_size=1, max_size=6), min_size=2, max_size=7)
policies = st.fixed_dictionaries(
    {
        client: st.builds(
            Policy,
            tracking_consent=st.sampled_from(["ignore", "respect", "respect", "strict"]),
            keep_last_open_day=st.booleans(),
        )
        for client in ("c1", "c2")
    }
)


def random_history(rng):
    """What `play` takes beside a DynamoDB: quicker to make than by hypothesis, for very many."""

    def row():
        client = rng.choice(["c1", "c1", "c2"])
        if rng.random() < 1 / 20:
            return make_spoken(rng.choice(["Yes", "No"]), rng.randint(0, MINUTES), client)
        if rng.random() < 1 / 4:
            return make_told(
                rng.choice(["Yes", "No", "No", "Unknown"]), rng.randint(0, MINUTES), client, rng.randint(0, 1)
            )
        event = rng.choice(["open", "open", "click", "sent"])
        return make_activity(event, rng.randint(0, MINUTES), client, rng.randint(0, 1), rng.choice("ab"))

    def policy():
        mode = rng.choice(["ignore", "respect", "respect", "strict"])
        return Policy(tracking_consent=mode, keep_last_open_day=rng.random() < 1 / 2)

    batches = [[row() for _ in range(rng.randint(1, 6))] for _ in range(rng.randint(2, 7))]
    order = [rng.randint(0, 6) for _ in range(rng.randint(4, 12))]
    return batches, order, rng.randbytes(STEPS), {"c1": policy(), "c2": policy()}


def allowed(row, tellings, policy):
    """Whether a row may be known, given all that was ever told: the rule in words, as in the issue of the law."""
    if row.fields["event"] not in TRACKED or policy.tracking_consent == "ignore":
        return True
    mine = [
        (one.seen, one.fields["consent_to_track"]) for one in tellings if client_of(one) == client_of(row)
    ]
    forbidding = ("No", "Unknown") if policy.tracking_consent == "strict" else ("No",)
    refused = max((at for at, value in mine if value in forbidding), default=None)
    granted = [at for at, value in mine if value == "Yes" and (refused is None or at > refused)]
    if refused is None:
        return bool(granted) or policy.tracking_consent != "strict"
    return bool(granted) and row.ts >= min(granted)


def client_of(row):
    return row.fields["client_id"]


class Play:
    """One history: two writers at once, who may die; what they store is projected as ingest has it."""

    def __init__(self, dynamodb, held):
        self.world = World(dynamodb)
        self.world.time = NOON + 24 * HOURS
        self.world.mapping = InForce(RULES, 0, held)
        self.policies = held
        self.queue = []
        self.workers = []

    def profiles(self, client=None):
        return Profiles(
            client or self.world.client,
            self.world.rows,
            self.world.plain,
            lambda: self.world.mapping,
            clock=self.world.now,
            tuning=SMALL,
            folder=self.world.folder,
        )

    def store(self, batch):
        self.workers.append((self.worker(batch.rows, is_again=batch.is_again), batch))

    def worker(self, rows, *, is_again=False):
        def task(edge):
            profiles = self.profiles(edge)
            stored = [row for row in rows if row.stream != SPOKEN]
            written = profiles.write(stored, told=_told(rows), again=[JANE] if is_again else [])
            if written.changed or written.withdrawn or is_again:
                written.failed |= profiles.project([JANE]).failed
            return written

        return Worker(task, self.world.client)

    def perform(self, turns, deliveries=()):
        self.queue += [SimpleNamespace(rows=rows, is_again=False) for rows in deliveries]
        while self.queue or self.workers:
            while self.queue and len(self.workers) < 2:
                self.store(self.queue.pop(0))
            self.turn(next(turns, None))

    def turn(self, turn):
        index = turn % len(self.workers) if turn is not None else 0
        worker, batch = self.workers[index]
        if not worker.finished:
            worker.step(FATES.get(turn, GO), AT_ONCE[turn % len(AT_ONCE)] if turn is not None else ALL)
        if worker.finished:
            del self.workers[index]
            if isinstance(worker.error, Died) or worker.outcome.failed:
                self.queue.append(SimpleNamespace(rows=batch.rows, is_again=True))


def _told(rows):
    """Consents beside rows, as ingest hands them over."""
    found = {}
    for row in rows:
        if row.stream == SPOKEN:
            one = Observation(row.seen, value_of(row.fields["consent_to_track"]), "export e1")
            found.setdefault(client_of(row), []).append(one)
    return {JANE: found} if found else {}


def play(dynamodb, batches, order, plays, held):
    """Play a history, then check that nothing is left anywhere that may not be known.

    When all has been read again, and once more with all consents known, everything else is there.
    """
    it = Play(dynamodb, held)
    rows = [row for some in batches for row in some]
    numbers = [*(number % len(batches) for number in order), *range(len(batches))]
    it.perform(iter(plays), [batches[number] for number in numbers])
    check(it, rows, is_exact=False)
    for is_exact in (False, True):
        it.perform(iter(()), batches)
        check(it, rows, is_exact=is_exact)


def check(it, rows, *, is_exact):
    assert not it.profiles().project([JANE]).failed  # the one that follows a moment later
    tellings = [row for row in rows if row.stream in (CM_USER, SPOKEN)]
    facts = [row for row in counted(row for row in rows if row.stream != SPOKEN) if row.stream != CM_USER]
    good = {row.key for row in facts if allowed(row, tellings, it.policies[client_of(row)])}
    stored = _stored(it, {row.key for row in facts} - good)
    shown, _ = it.profiles().rows(JANE)
    seen = {row.key for row in shown if row.stream != CM_USER}
    assert seen == stored <= good
    assert {row.key for row in facts if row.fields["event"] == "sent"} <= seen
    if is_exact:
        assert seen == good
    _check_fields(it, shown)


def _stored(it, bad):
    """The keys of all facts in the items of the table; neither they nor the keys of leaves tell of bad ones."""
    found = set()
    pages = it.world.client.scan(TableName=it.world.rows, ConsistentRead=True)["Items"]
    for leaf in map(Leaf.of, pages):
        found |= {row.key for row in leaf.facts}
        if leaf.start and not leaf.start.startswith(OWN):
            assert leaf.start == place_of(leaf.facts[0])
    assert not found & bad
    return found


def _check_fields(it, shown):
    """The profile and its plain item are of the rows that are shown."""
    found = it.profiles().read(JANE)
    plain = item_of(it.world.client, it.world.plain, JANE)
    fields = dict(found.fields) if found else {}
    assert (plain["fields"] if plain else {}) == fields
    day = fields.pop(LAST_OPEN_DAY, None)
    assert fields == RULES.render(RULES.fold(shown))
    assert day is None or any(one.keep_last_open_day for one in it.policies.values())
