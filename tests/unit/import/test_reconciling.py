"""Where a report is read from next time, and whether its counts agree with Campaign Monitor's own."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from import_app.reading import reconciling

START = datetime(2026, 3, 1, 9, 0)


def summary(dates):
    return {
        "records": len(dates),
        "first": dates[0] if dates else "",
        "last": dates[-1] if dates else "",
        "of_last": sum(date == dates[-1] for date in dates),
    }


def as_pages(dates, size):
    return [summary(dates[start : start + size]) for start in range(0, len(dates), size)] or [summary([])]


def minutes(offsets):
    return [(START + timedelta(minutes=offset)).strftime("%Y-%m-%d %H:%M") for offset in sorted(offsets)]


@given(
    st.lists(st.integers(0, 2000), max_size=60),
    st.lists(st.integers(2000, 4000), max_size=30),
    st.integers(1, 20),
)
def test_what_is_older_than_the_cursor_and_what_is_read_from_it_make_the_total(first, later, size):
    source = {"kind": "campaign", "report": "opens"}
    known = reconciling.state_after(source, as_pages(minutes(first), size))
    everything = minutes([*first, *later])
    seen = [date for date in everything if date >= known.get("from", "")]

    found = reconciling.state_after(
        {**source, "known": known, "from": known.get("from")}, as_pages(seen, size)
    )

    assert found["total"] == len(everything)


def test_what_was_told_late_and_lies_before_the_cursor_shows_as_a_gap():
    known = {"total": 100, "summary": 100, "from": "2026-03-02 10:00", "before": 90}
    source = {"kind": "campaign", "report": "opens", "known": known, "from": known["from"], "expected": 103}

    found = reconciling.state_after(source, [summary(["2026-03-02 10:00"] * 10 + ["2026-03-02 11:00"] * 2)])

    assert reconciling.gap(source, found) == 1


def test_a_report_is_read_only_when_its_number_has_moved():
    known = {"total": 12, "summary": 10}

    assert not reconciling.has_changed(known, 10)
    assert not reconciling.has_changed(known, 12)
    assert reconciling.has_changed(known, 13)
    assert not reconciling.has_changed({}, 0)
    assert reconciling.has_changed({}, 1)


def test_the_cursor_stays_three_hours_behind_so_that_a_repeated_hour_is_read_again():
    dates = ["2026-10-25 00:10"] * 5 + ["2026-10-25 02:50"] * 5

    state = reconciling.state_after({"report": "opens"}, as_pages(dates, 5))

    assert "from" not in state


def test_a_report_that_lags_behind_its_summary_is_read_again_and_given_up_in_the_end():
    source, visits = {"report": "opens", "expected": 103}, 0
    known = {"total": 0, "summary": 0}

    while reconciling.has_changed(known, 103):
        known = reconciling.state_after({**source, "known": known}, as_pages(["2026-03-02 10:00"] * 100, 100))
        visits += 1

    assert visits == 3
    assert reconciling.has_changed(known, 104)


SINCE = "2026-03-01 19:00"


@given(
    st.lists(st.integers(0, 2000), max_size=60),
    st.lists(st.integers(2000, 4000), max_size=30),
    st.integers(1, 20),
)
def test_what_is_older_than_wanted_is_no_gap_and_no_reason_to_read_again(first, later, size):
    def read(known, everything):
        start = known.get("from") or SINCE
        source = {"known": known, "from": start, "since": SINCE, "expected": len(everything)}
        seen = [date for date in everything if date >= start]
        return source, reconciling.state_after(source, as_pages(seen, size))

    source, known = read({}, minutes(first))
    again, found = read(known, minutes([*first, *later]))

    assert (reconciling.gap(source, known), reconciling.gap(again, found)) == (0, 0)
    assert not reconciling.has_changed(known, len(first))
    assert not reconciling.has_changed(found, len(first) + len(later))
    assert known["since"] == found["since"] == SINCE
    assert known.get("from", SINCE) >= SINCE


def test_what_was_told_late_of_a_report_that_is_read_from_a_minute_on_shows_as_a_gap():
    known = {"total": 100, "summary": 100, "from": "2026-03-02 10:00", "before": 90, "since": SINCE}
    source = {"known": known, "from": known["from"], "since": SINCE, "expected": 103}

    found = reconciling.state_after(source, [summary(["2026-03-02 10:00"] * 10 + ["2026-03-02 11:00"] * 2)])

    assert reconciling.gap(source, found) == 1


def test_of_a_report_that_was_read_from_a_later_minute_on_nothing_is_known():
    known = {"total": 3, "summary": 3, "since": SINCE, "from": "2026-03-02 10:00", "before": 1}

    assert reconciling.known_since(known, "") == {}
    assert reconciling.known_since(known, "2026-02-01 23:59") == {}
    assert reconciling.known_since(known, SINCE) == known


def test_what_is_not_wanted_any_more_is_not_where_a_report_goes_on():
    known = {"total": 3, "summary": 3, "from": "2026-03-01 10:00", "before": 1}

    assert reconciling.known_since(known, SINCE) == {"total": 3, "summary": 3}
    assert reconciling.known_since(known, "2026-03-01 09:59") == known
