"""Refreshing and losing tokens, as many workers at a time do it."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lytics_cm import connect
from lytics_cm.errors import AuthorizationRevoked, LyticsCmError, Unavailable
from lytics_cm.store.authorizations import TokenPair
from lytics_cm.store.tokens import LEASE_MS, REFRESH_WAIT_MS, StoredTokens, Timing
from simulators.browser import consent
from tests.flows.connect_stack import ConnectStack, cold_start

TOKEN = "/oauth/token"
HOUR = 3_600_000


@pytest.fixture
def stack():
    with ConnectStack() as stack:
        stack.vendor.account.add_client("Client One")
        stack.id = stack.connected("Main account")
        stack.vendor.calls.clear()
        yield stack


def now():
    return int(time.time() * 1000)


def refreshes(stack):
    return len(stack.vendor.calls_to(TOKEN))


def worker(authorization_id):
    """A worker of its own, as another instance of the function would have."""
    return connect.build(authorization_id)[1]


def test_an_expired_token_is_refreshed_and_the_request_repeated(stack):
    stack.vendor.account.grants.expire()

    answer = stack.clients(stack.id)

    assert answer.status == 200
    assert [(call.path, call.status) for call in stack.vendor.calls] == [
        ("/api/v3.3/clients.json", 401),
        (TOKEN, 200),
        ("/api/v3.3/clients.json", 200),
    ]


def test_ten_workers_make_one_refresh(stack):
    workers = [worker(stack.id) for _ in range(10)]
    stack.vendor.account.grants.expire()

    with ThreadPoolExecutor(10) as pool:
        seen = list(pool.map(lambda one: [client.name for client in one.clients()], workers))

    assert seen == [["Client One"]] * 10
    assert refreshes(stack) == 1


def test_the_threads_of_one_worker_make_one_refresh(stack):
    shared = worker(stack.id)
    stack.vendor.account.grants.expire()

    with ThreadPoolExecutor(10) as pool:
        seen = list(pool.map(lambda _: len(shared.clients()), range(10)))

    assert (seen, refreshes(stack)) == ([1] * 10, 1)


def test_the_returned_refresh_token_replaces_the_old_one(stack):
    statuses = []
    for _ in range(3):
        stack.vendor.account.grants.expire()
        cold_start()
        statuses.append(stack.clients(stack.id).status)

    assert (statuses, refreshes(stack)) == ([200] * 3, 3)


def test_a_vendor_that_keeps_the_refresh_token_is_served_too(stack):
    stack.vendor.switches.refresh_tokens_change = False

    test_the_returned_refresh_token_replaces_the_old_one(stack)


def test_a_token_is_refreshed_before_it_ends(stack):
    stack.put(stack.id, due_at=now() - 1, expires_at=now() + HOUR)
    cold_start()

    answers = [stack.clients(stack.id).status for _ in range(3)]

    assert (answers, refreshes(stack)) == ([200] * 3, 1)
    assert len(stack.vendor.calls_to("/clients.json")) == 3


def test_a_token_that_lives_for_a_minute_is_not_refreshed_all_the_time(stack):
    stack.vendor.switches.token_seconds = 60
    stack.vendor.account.grants.expire()

    answers = [stack.clients(stack.id).status for _ in range(5)]

    assert (answers, refreshes(stack)) == ([200] * 5, 1)


def test_a_refresh_ahead_of_time_that_fails_costs_nothing(stack):
    stack.put(stack.id, due_at=now() - 1, expires_at=now() + HOUR)
    stack.vendor.faults.script("503", TOKEN, times=9)
    cold_start()

    answers = [stack.clients(stack.id).status for _ in range(3)]

    assert (answers, refreshes(stack)) == ([200] * 3, 1)


def test_a_refresh_that_fails_for_now_is_tried_again_while_a_person_waits(stack):
    stack.vendor.account.grants.expire()
    stack.vendor.faults.script("503", TOKEN)

    answer = stack.clients(stack.id)

    assert (answer.status, refreshes(stack)) == (200, 2)
    assert stack.show(stack.id)["status"] == "active"


@pytest.mark.parametrize("status", [200, 400, 401])
def test_a_refused_refresh_token_revokes_the_authorization(stack, status):
    stack.vendor.switches.oauth_error_status = status
    stack.vendor.account.grants.refresh.clear()
    stack.vendor.account.grants.expire()

    answer = stack.clients(stack.id)

    shown = stack.show(stack.id)
    assert (answer.status, "Main account" in answer.json["message"]) == (409, True)
    assert "connect it again" in answer.json["message"]
    assert (shown["status"], "invalid_grant" in shown["message"]) == ("revoked", True)
    assert "sealed" not in stack.item(stack.id)


def test_a_revoked_token_is_tried_once_by_all_workers_together(stack):
    warm = worker(stack.id)
    warm.clients()
    stack.vendor.account.grants.revoke()
    stack.vendor.calls.clear()

    first = stack.clients(stack.id)
    cold = [_error_of(worker(stack.id)) for _ in range(20)]
    late = [_error_of(warm) for _ in range(5)]

    assert (first.status, "Code 122" in first.json["message"]) == (409, True)
    assert {type(error) for error in cold + late} == {AuthorizationRevoked}
    assert all("Main account" in str(error) for error in cold + late)
    assert len(stack.vendor.calls) == 2  # the first worker's, and the one whose token was in its memory


def test_workers_that_find_out_together_make_no_storm(stack):
    workers = [worker(stack.id) for _ in range(10)]
    stack.vendor.account.grants.expire()
    stack.vendor.account.grants.refresh.clear()

    with ThreadPoolExecutor(10) as pool:
        errors = list(pool.map(_error_of, workers))

    assert {type(error) for error in errors} == {AuthorizationRevoked}
    assert refreshes(stack) == 1


def _error_of(vendor):
    try:
        vendor.clients()
    except LyticsCmError as error:
        return error
    return None


def test_a_revoked_authorization_comes_back_under_its_id(stack):
    stack.vendor.account.grants.revoke()
    stack.clients(stack.id)
    revoked = stack.show(stack.id)["status"]

    again = stack.begin("Main account, again", reconnect=stack.id)
    before = stack.show(stack.id)["status"]
    status, _ = consent(again["authorize_url"])

    shown = stack.show(stack.id)
    assert (revoked, again["id"], again["status"], before) == ("revoked", stack.id, "revoked", "revoked")
    assert (status, shown["status"], shown["description"]) == (200, "active", "Main account, again")
    assert stack.clients(stack.id).status == 200


def test_reconnecting_an_active_one_leaves_it_working_until_the_consent(stack):
    again = stack.begin("Main account", reconnect=stack.id)

    before = stack.clients(stack.id).status
    consent(again["authorize_url"], allow=False)
    after = stack.clients(stack.id).status

    assert (before, after, stack.show(stack.id)["status"]) == (200, 200, "active")


def test_a_lease_whose_holder_died_runs_out(stack):
    stack.vendor.account.grants.expire()
    stack.put(stack.id, lease_until=now() + 600)

    started = time.time()
    answer = stack.clients(stack.id)

    assert (answer.status, refreshes(stack)) == (200, 1)
    assert time.time() - started >= 0.5


def test_an_answer_lost_after_a_rotation_needs_a_new_consent(stack):
    stack.vendor.account.grants.expire()
    stack.vendor.faults.script("drop-after", TOKEN)

    first, second = stack.clients(stack.id), stack.clients(stack.id)

    assert (first.status, second.status) == (409, 409)
    assert stack.show(stack.id)["status"] == "revoked"


def test_a_token_that_anothers_refresh_ended_is_replaced_by_the_newer_one(stack):
    warm = worker(stack.id)
    warm.clients()
    connect.build(stack.id)[0].refreshed(_stored(stack).access)
    stack.vendor.faults.script("code", "/clients.json", status=401, code=120)

    seen = warm.clients()

    assert ([client.name for client in seen], stack.show(stack.id)["status"]) == (["Client One"], "active")
    assert refreshes(stack) == 1


def _stored(stack):
    store = connect.authorizations()
    return store.tokens(store.get(stack.id))


class Hours:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.at = now()
        self.timing = Timing(lambda: self.at, self.sleep)

    def sleep(self, seconds):
        self.at += int(seconds * 1000)


def test_waiting_for_a_lease_has_an_end(stack):
    hours = Hours()
    stack.put(stack.id, lease_until=hours.at + LEASE_MS)
    tokens = StoredTokens(connect.authorizations(), stack.id, lambda _: None, hours.timing)
    started = hours.at

    with pytest.raises(Unavailable, match="another worker is refreshing"):
        tokens.refreshed(_stored(stack).access)

    assert REFRESH_WAIT_MS <= hours.at - started < REFRESH_WAIT_MS + 1000


def test_a_holder_slower_than_its_lease_does_not_undo_a_new_consent(stack):
    store = connect.authorizations()
    newer = TokenPair.issued("newer", "newer-refresh", HOUR, now())

    def slow(_):
        store.activate(stack.id, newer, now())
        return TokenPair.issued("late", "late-refresh", HOUR, now())

    access = StoredTokens(store, stack.id, slow).refreshed(_stored(stack).access)

    assert (access, _stored(stack)) == ("newer", newer)


def test_a_late_refusal_does_not_revoke_newer_tokens(stack):
    store = connect.authorizations()
    newer = TokenPair.issued("newer", "newer-refresh", HOUR, now())

    def refused(_):
        store.activate(stack.id, newer, now())
        raise AuthorizationRevoked("no")

    access = StoredTokens(store, stack.id, refused).refreshed(_stored(stack).access)

    assert (access, store.get(stack.id).status) == ("newer", "active")


def test_a_slow_holders_tokens_count_although_its_lease_ran_out_and_the_next_was_refused(stack):
    store = connect.authorizations()
    version = store.get(stack.id).version
    made = TokenPair.issued("made", "made-refresh", HOUR, now())

    def slow(_):
        store.revoke(stack.id, "the refresh token was used already", version)
        return made

    access = StoredTokens(store, stack.id, slow).refreshed(_stored(stack).access)

    assert (access, _stored(stack), store.get(stack.id).status) == ("made", made, "active")
