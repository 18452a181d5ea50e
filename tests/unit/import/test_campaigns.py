"""Young campaigns are looked at often, old ones ever more rarely, none never."""

from types import SimpleNamespace

import pytest

from import_app import campaigns
from import_app.scope import Scope
from lytics_cm.campaign_monitor import zones

DAY = 86_400_000
NOW = 1_790_000_000_000
SCOPE = Scope({"id": "c", "name": "C"}, "(GMT) Coordinated Universal Time", {"l": "L"})


def sent(days_ago):
    return zones.to_local(NOW - int(days_ago * DAY), SCOPE.timezone) + ":00"


def is_due(age_days, visited_days_ago, lists=("l",), name="x", now=NOW):
    campaign = SimpleNamespace(id=name, sent_date=sent(age_days))
    known = {f"campaign/{name}": {"lists": list(lists), "visited": now - int(visited_days_ago * DAY)}}
    return campaigns.is_due(campaign, known, SimpleNamespace(now=now, scope=SCOPE))


@pytest.mark.parametrize(
    ("age", "interval"), [(1, 1 / 16), (16, 1), (160, 10), (365, 365 / 16), (479, 479 / 16)]
)
def test_the_interval_is_a_sixteenth_of_the_age(age, interval):
    assert is_due(age, interval + 0.01)
    assert not is_due(age, interval - 0.01)


@pytest.mark.parametrize("age", [481, 4000])
def test_the_interval_is_thirty_days_at_most(age):
    assert all(is_due(age, 30.01, name=f"{number}") for number in range(100))


def test_old_campaigns_that_were_looked_at_together_are_not_all_due_together():
    dues = [
        next(day for day in range(1, 31) if is_due(4000, day, name=f"{one}", now=NOW + day * DAY))
        for one in range(120)
    ]

    assert max(dues.count(day) for day in range(1, 31)) <= 12


def test_a_campaign_that_never_went_to_the_chosen_lists_is_not_looked_at_again():
    assert not is_due(1, 300, lists=())


def test_a_new_campaign_is_due():
    campaign = SimpleNamespace(id="new", sent_date=sent(0))

    assert campaigns.is_due(campaign, {}, SimpleNamespace(now=NOW, scope=SCOPE))
