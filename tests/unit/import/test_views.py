"""How a run looks from outside: how long it still takes, and what it counts."""

from collections import Counter

import pytest

from import_app import views
from lytics_cm.store.run import Run


@pytest.mark.parametrize(
    ("seconds", "done", "total", "left"),
    [(10, 10, 20, 10), (10, 20, 20, 0), (3, 2, 3, 2), (10, 0, 20, None), (10, 5, 0, None), (0, 5, 20, None)],
)
def test_what_is_left_takes_as_long_per_page_as_what_is_done(seconds, done, total, left):
    assert views.seconds_left(1_000, 1_000 + seconds * 1000, done, total) == left


def test_a_run_that_was_resumed_is_judged_from_then_on():
    run = {"id": "r", "status": "running", "started_at": 0, "resumed_at": 86_400_000, "done_before": 90}
    run |= {"pages_done": 100, "pages_total": 120}

    assert views.run_view(Run.parse(run), 86_410_000)["seconds_left"] == 20


def test_a_run_that_is_over_has_nothing_left():
    run = {
        "id": "r",
        "status": "succeeded",
        "started_at": 0,
        "finished_at": 5000,
        "pages_done": 3,
        "pages_total": 3,
    }

    assert views.run_view(Run.parse(run), 9000)["seconds_left"] is None


def test_rows_that_were_withheld_are_told_beside_those_that_were_rejected():
    run = Run(id="r", status="running", started_at=0, counts=Counter(rejected=2, withheld=3))

    shown = views.run_view(run, 1)

    assert (shown["rejected"], shown["withheld"]) == (2, 3)
    assert views.run_view(Run(id="r", status="running", started_at=0), 1)["withheld"] == 0
