"""Young campaigns are looked at by every run, old ones ever more rarely, none never."""

import pytest

from import_app.reading import campaigns

HOUR = 3_600_000
DAY = 86_400_000
NOW = 1_790_000_000_000


def is_due(age_days, visited_days_ago, lists=("l",), name="x", now=NOW, **more):
    known = {"lists": list(lists), "visited": now - int(visited_days_ago * DAY)}
    return campaigns.is_due(name, now - int(age_days * DAY), known, now, **more)


@pytest.mark.parametrize("age", [-0.5, 0, 2, 5, 6.99])
def test_a_campaign_younger_than_seven_days_is_always_due(age):
    assert is_due(age, 0)


@pytest.mark.parametrize(
    ("age", "interval"), [(7, 7 / 48), (48, 1), (96, 2), (365, 365 / 48), (1439, 1439 / 48)]
)
def test_from_then_on_the_interval_is_a_forty_eighth_of_the_age(age, interval):
    assert is_due(age, interval + 0.01)
    assert not is_due(age, interval - 0.01)


@pytest.mark.parametrize("age", [1441, 4000])
def test_the_interval_is_thirty_days_at_most(age):
    assert all(is_due(age, 30.01, name=f"{number}") for number in range(100))


@pytest.mark.parametrize(("age", "asked_for"), [(8, True), (89, True), (91, False)])
def test_who_asks_for_a_run_has_every_campaign_of_ninety_days_looked_at(age, asked_for):
    assert is_due(age, 0, is_asked_for=True) is asked_for
    assert not is_due(age, 0)


@pytest.mark.parametrize(("age", "interval"), [(91, 91 / 48), (365, 365 / 48)])
def test_who_asks_for_a_run_has_older_ones_looked_at_that_are_due(age, interval):
    assert is_due(age, interval + 0.01, is_asked_for=True)
    assert not is_due(age, interval - 0.01, is_asked_for=True)


def test_old_campaigns_that_were_looked_at_together_are_not_all_due_together():
    dues = [
        next(day for day in range(1, 31) if is_due(4000, day, name=f"{one}", now=NOW + day * DAY))
        for one in range(120)
    ]

    assert max(dues.count(day) for day in range(1, 31)) <= 12


def test_a_campaign_that_never_went_to_the_chosen_lists_is_not_looked_at_again():
    assert not is_due(1, 300, lists=())


def test_a_new_campaign_is_due():
    assert campaigns.is_due("new", NOW - 4000 * DAY, None, NOW)


def hourly(sent, visited, hours):
    """The campaigns that each of so many hourly runs looks at, until then; changes `visited`."""
    for now in range(NOW, NOW + hours * HOUR, HOUR):
        known = {one: {"lists": ["*"], "visited": at} for one, at in visited.items()}
        due = campaigns.due_among(sent, known, now)
        yield now, due
        visited |= dict.fromkeys(due, now)


def test_no_hourly_run_looks_at_many_aged_campaigns_and_none_waits_long():
    sent = {f"{number}": NOW - int((number + 0.5) * 730 / 500 * DAY) for number in range(500)}
    visited = dict.fromkeys(sent, NOW - HOUR)
    most, longest = 0, 0.0

    for now, due in hourly(sent, visited, 24 * 45):
        aged = [one for one in due if now - sent[one] >= 7 * DAY]
        most = max(most, len(aged))
        waited = [(now - visited[one]) / ((now - sent[one]) / 48) for one in aged]
        longest = max([longest, *waited])

    assert most <= 9
    assert longest < 1.5


def test_a_run_after_a_pause_looks_at_all_that_came_due_in_it():
    sent = {f"{number}": NOW - (30 + number) * DAY for number in range(60)}
    known = {one: {"lists": ["*"], "visited": NOW - 5 * DAY} for one in sent}

    assert campaigns.due_among(sent, known, NOW) == set(sent)


def test_who_asks_for_a_run_has_all_looked_at_that_are_due():
    sent = {f"{number}": NOW - 365 * DAY for number in range(60)}
    known = {one: {"lists": ["*"], "visited": NOW - 8 * DAY} for one in sent}
    known["0"]["visited"] = NOW - HOUR

    assert len(campaigns.due_among(sent, known, NOW)) < 59
    assert campaigns.due_among(sent, known, NOW, is_asked_for=True) == set(sent) - {"0"}
