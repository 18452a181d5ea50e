"""A person waits seconds: what fails for a passing reason is asked again, within 15 and never beyond 29."""

import pytest

from lytics_cm.errors import NotFound, RateLimited, Unavailable
from lytics_cm.retry import ANSWERED_WITHIN_SECONDS, BEGUN_WITHIN_SECONDS, Retry

GATEWAY = 29
CONNECT = 5


class Clock:
    def __init__(self):
        self.now, self.slept = 100.0, []

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def answering(clock, *answers, takes=0.0):
    """A call that takes so long and gives these answers in turn, the last one for ever."""
    told = list(answers)

    def make():
        clock.now += takes
        answer = told.pop(0) if len(told) > 1 else told[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return make


def retrying(*answers, is_read=True, takes=0.0):
    clock = Clock()
    retry = Retry(lambda: clock.now, clock.sleep)
    try:
        return retry.call(answering(clock, *answers, takes=takes), is_read=is_read), clock
    except (NotFound, RateLimited, Unavailable) as error:
        return error, clock


def test_a_call_that_is_throttled_waits_as_long_as_the_vendor_asks():
    found, clock = retrying(RateLimited("wait", 2), RateLimited("wait", 3), "good")

    assert (found, clock.slept) == ("good", [2, 3])


def test_without_a_wish_the_pauses_double():
    found, clock = retrying(*[Unavailable("away")] * 5, "good")

    assert (found, clock.slept) == ("good", [0.5, 1, 2, 4, 4])


@pytest.mark.parametrize("error", [Unavailable("away"), RateLimited("wait"), RateLimited("wait", 1)])
@pytest.mark.parametrize("takes", [0, 0.3, 5])
def test_no_call_is_begun_after_fifteen_seconds(error, takes):
    found, clock = retrying(error, takes=takes)

    assert found is error
    assert clock.now - 100 <= BEGUN_WITHIN_SECONDS + takes


def test_a_wish_that_is_too_long_is_told_at_once():
    found, clock = retrying(RateLimited("wait", 60))

    assert (found.retry_after, clock.slept) == (60, [])


def test_what_may_have_changed_something_is_not_repeated_unless_it_was_turned_away():
    away, turned = Unavailable("away"), RateLimited("wait", 1)

    assert retrying(away, "good", is_read=False)[0] is away
    assert retrying(turned, "good", is_read=False)[0] == "good"


def test_a_refusal_for_good_is_not_repeated():
    gone = NotFound("gone")

    assert retrying(gone, "good")[0] is gone


@pytest.mark.parametrize("elapsed", [0, 10, BEGUN_WITHIN_SECONDS])
def test_a_call_that_hangs_ends_before_the_gateway_gives_up(elapsed):
    clock = Clock()
    retry = Retry(lambda: clock.now, clock.sleep)
    clock.now += elapsed

    assert elapsed + retry.left() == ANSWERED_WITHIN_SECONDS < GATEWAY
