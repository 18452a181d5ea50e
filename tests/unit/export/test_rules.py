from zoneinfo import ZoneInfo

import pytest

from export_app.brake import Limits
from export_app.people.outcomes import Delivered, Later, Refused, explained, of_row
from export_app.people.resubscription import latest, objection
from lytics_cm.campaign_monitor.records import Subscriber
from lytics_cm.errors import RateLimited, Unavailable
from lytics_cm.retry_window import pause

SYDNEY = ZoneInfo("Australia/Sydney")
NOON = 1_704_070_800_000  # 2024-01-01 12:00 in Sydney
MINUTE = 60_000


def person(state, date="2024-01-01 12:00:00"):
    return Subscriber("jane@example.com", "Jane", state, date, "", {}, "", "", "")


@pytest.mark.parametrize("state", ["Unsubscribed", "Deleted"])
def test_only_an_entry_after_the_whole_minute_of_leaving_counts(state):
    assert objection(person(state), NOON + MINUTE, SYDNEY) is None
    assert "after entering" in objection(person(state), NOON + MINUTE - 1, SYDNEY)


@pytest.mark.parametrize("state", ["Bounced", "Unconfirmed", "Active", "Whatever"])
def test_others_are_never_subscribed_again(state):
    assert objection(person(state), NOON * 2, SYDNEY) is not None


def test_an_unreadable_date_is_an_objection():
    assert "cannot be read" in objection(person("Unsubscribed", "lately"), NOON * 2, SYDNEY)


def test_an_hour_that_comes_twice_is_read_as_the_later_one():
    once, twice = latest("2024-04-07 01:30:00", SYDNEY), latest("2024-04-07 02:30:00", SYDNEY)

    assert twice - once == 2 * 60 * MINUTE


def test_an_unknown_zone_is_taken_for_the_westernmost():
    assert latest("2024-01-01 12:00", None) >= latest("2024-01-01 12:00", ZoneInfo("Pacific/Pago_Pago"))


@pytest.mark.parametrize(
    ("total", "population", "stops"),
    [
        (1000, 1000, False),
        (1001, 3000, False),
        (1001, 2000, True),
        (6000, 100_000, True),
        (5000, 100_000, False),
    ],
)
def test_the_brake_knows_a_number_and_a_share_and_lets_a_few_pass(total, population, stops):
    assert bool(Limits(5000, 0.5).reason("clear", total, population)) == stops


def test_rows_that_another_time_may_help_come_again_and_others_are_refused():
    assert of_row(1, "Invalid Email Address") == Refused(1, "Invalid Email Address")
    assert isinstance(of_row(500, "Sorry"), Later)
    assert of_row(9999, "New") == Refused(9999, "New")
    assert Delivered() == Delivered()


@pytest.mark.parametrize("code", [1, 204, 205, 206, 207, 208, 220, 9999, None])
def test_a_failure_has_the_vendors_words_and_a_remedy(code):
    words, remedy = explained(Refused(code, "The vendor's words.")).split("; ", 1)

    assert words == "The vendor's words"
    assert remedy


def test_pauses_grow_and_respect_the_vendors_wish():
    assert pause(1, RateLimited("wait", 7.5)) == 8
    assert pause(1, RateLimited("wait", 10_000)) == 900
    assert 2 <= pause(1, Unavailable("down")) <= 5
    assert 450 <= pause(40, Unavailable("down")) <= 900
