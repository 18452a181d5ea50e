"""Every label has its zone, every local time its moment, and no filter loses anything."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lytics_cm.campaign_monitor.zone_labels import LISTED, NEWER
from lytics_cm.campaign_monitor.zones import filter_day, filter_from, is_shown, to_local, to_utc, zone_of
from lytics_cm.errors import InvalidInput, UnreadableMessage

DATA = Path(__file__).parents[2] / "data"
LABELS = json.loads((DATA / "campaign-monitor-fixtures/timezones.json").read_text("utf-8"))
ZONES = json.loads((DATA / "time_zones.json").read_text("utf-8"))
"""Every label that Campaign Monitor is known to use, in its older and its newer list, and the zone that it means."""

BERLIN = "(GMT+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"
SYDNEY = "(GMT+10:00) Canberra, Melbourne, Sydney"
ADELAIDE = "(GMT+09:30) Adelaide"
ST_JOHNS = "(GMT-03:30) Newfoundland"
LORD_HOWE = "(UTC+10:30) Lord Howe Island"
AZORES = "(GMT-01:00) Azores"
CAIRO = "(GMT+02:00) Cairo"

MINUTE = 60_000
HOUR = 60 * MINUTE


def utc(text):
    return int(datetime.fromisoformat(f"{text}Z").timestamp() * 1000)


@pytest.mark.parametrize("label", LABELS)
def test_every_recorded_label_has_a_zone(label):
    assert LISTED[label.split(") ", 1)[1]] == zone_of(label).key


@pytest.mark.parametrize(("label", "zone"), ZONES.items())
def test_every_known_label_has_the_zone_that_it_means(label, zone):
    assert zone_of(f"(GMT) {label}").key == zone


def test_every_listed_label_is_among_the_known_ones():
    assert len(set(ZONES) & set(LISTED)) == len(LISTED) == 97


@pytest.mark.parametrize("label", LISTED | NEWER)
def test_every_zone_is_in_the_package_that_we_ship(label):
    zone = zone_of(label).key

    assert resources.files("tzdata.zoneinfo").joinpath(*zone.split("/")).is_file()


@pytest.mark.parametrize(
    ("label", "zone"),
    [
        ("(GMT+00:00) Dublin, Edinburgh, Lisbon, London", "Europe/London"),
        ("(GMT-01:00) Cabo Verde Is.", "Atlantic/Cape_Verde"),
        ("(GMT+13:00) Samoa", "Pacific/Apia"),
        ("(GMT+03:00) Istanbul", "Europe/Istanbul"),
        ("(GMT-04:00) Caracas", "America/Caracas"),
        ("(GMT-03:00) City of Buenos Aires", "America/Argentina/Buenos_Aires"),
        ("(GMT+14:00) Kiritimati Island", "Pacific/Kiritimati"),
        ("(GMT+11:00) Bougainville Island", "Pacific/Bougainville"),
        ("(UTC+07:00) Novosibirsk", "Asia/Novosibirsk"),
        ("(GMT-05:00)  Eastern time (US  & Canada) ", "America/New_York"),
        ("Eastern Time (US & Canada)", "America/New_York"),
    ],
)
def test_a_label_is_known_by_what_follows_the_offset(label, zone):
    assert zone_of(label).key == zone


@pytest.mark.parametrize(
    "label", ["(GMT+01:00) Atlantis", "(GMT+01:00)", "", "Europe/Berlin", "(GMT) Berlin" * 50]
)
def test_an_unknown_label_is_named_loudly(label):
    with pytest.raises(InvalidInput) as caught:
        zone_of(label)

    assert repr(label[:100]) in str(caught.value)
    assert caught.value.details[0]["message"] == str(caught.value)


@pytest.mark.parametrize(
    ("label", "moment"),
    [
        ("(GMT+12:00) Coordinated Universal Time+12", "2026-07-01T00:00:00"),
        ("(GMT-02:00) Coordinated Universal Time-02", "2026-07-01T14:00:00"),
        ("(GMT-02:00) Mid-Atlantic", "2026-07-01T14:00:00"),
        ("(GMT-11:00) Coordinated Universal Time-11", "2026-07-01T23:00:00"),
        ("(GMT-12:00) International Date Line West", "2026-07-02T00:00:00"),
    ],
)
def test_fixed_offsets_count_in_their_own_direction(label, moment):
    assert to_utc("2026-07-01 12:00:00", zone_of(label)) == utc(moment)


@pytest.mark.parametrize(
    "label", ["Athens, Bucharest, Istanbul(GMT+02:00) Beirut", "Azores(GMT-01:00) Cape Verde Is."]
)
def test_no_two_labels_are_merged(label):
    with pytest.raises(InvalidInput):
        zone_of(label)


@pytest.mark.parametrize(
    ("label", "local", "moment"),
    [
        (BERLIN, "2026-01-15 12:00:00", "2026-01-15T11:00:00"),
        (BERLIN, "2026-07-15 12:00", "2026-07-15T10:00:00"),
        (BERLIN, "2026-03-29 01:59:59", "2026-03-29T00:59:59"),
        (BERLIN, "2026-03-29 02:00:00", "2026-03-29T01:00:00"),  # gap, read as 03:00
        (BERLIN, "2026-03-29 02:30:00", "2026-03-29T01:30:00"),  # gap, read as 03:30
        (BERLIN, "2026-03-29 03:00:00", "2026-03-29T01:00:00"),
        (BERLIN, "2026-10-25 01:59:00", "2026-10-24T23:59:00"),
        (BERLIN, "2026-10-25 02:30:00", "2026-10-25T00:30:00"),  # overlap, the first coming
        (BERLIN, "2026-10-25 03:00:00", "2026-10-25T02:00:00"),
        (SYDNEY, "2026-10-04 01:59:00", "2026-10-03T15:59:00"),
        (SYDNEY, "2026-10-04 02:30:00", "2026-10-03T16:30:00"),  # gap
        (SYDNEY, "2026-10-04 03:00:00", "2026-10-03T16:00:00"),
        (SYDNEY, "2026-04-05 01:59:00", "2026-04-04T14:59:00"),
        (SYDNEY, "2026-04-05 02:30:00", "2026-04-04T15:30:00"),  # overlap
        (SYDNEY, "2026-04-05 03:00:00", "2026-04-04T17:00:00"),
        (ADELAIDE, "2026-10-04 02:30:00", "2026-10-03T17:00:00"),  # gap
        (ADELAIDE, "2026-04-05 02:30:00", "2026-04-04T16:00:00"),  # overlap
        (ST_JOHNS, "2026-03-08 02:30:00", "2026-03-08T06:00:00"),  # gap
        (ST_JOHNS, "2026-11-01 01:30:00", "2026-11-01T04:00:00"),  # overlap
        (LORD_HOWE, "2026-10-04 02:15:00", "2026-10-03T15:45:00"),  # gap of half an hour
        (LORD_HOWE, "2026-04-05 01:45:00", "2026-04-04T14:45:00"),  # overlap of half an hour
        (LORD_HOWE, "2026-04-05 02:00:00", "2026-04-04T15:30:00"),
        ("(GMT-11:00) Samoa", "2010-10-12 12:00:00", "2010-10-12T22:00:00"),  # before it changed sides
        ("(GMT+13:00) Samoa", "2026-07-12 12:00:00", "2026-07-11T23:00:00"),
        ("(GMT-04:30) Caracas", "2010-10-12 12:00:00", "2010-10-12T16:30:00"),
        ("(GMT-04:00) Caracas", "2026-10-12 12:00:00", "2026-10-12T16:00:00"),
        (
            "(GMT+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius",
            "2026-07-01 12:00:00",
            "2026-07-01T09:00:00",
        ),
        ("(GMT) Coordinated Universal Time", "0001-01-01 00:00:00", "0001-01-01T00:00:00"),
        ("(GMT) Coordinated Universal Time", "9999-12-31 23:59:59", "9999-12-31T23:59:59"),
    ],
)
def test_a_local_time_is_a_moment(label, local, moment):
    assert to_utc(local, zone_of(label)) == utc(moment)


@pytest.mark.parametrize(
    ("label", "local", "shown"),
    [
        (BERLIN, "2026-03-29 01:59:59", True),
        (BERLIN, "2026-03-29 02:00:00", False),
        (BERLIN, "2026-03-29 02:59:59", False),
        (BERLIN, "2026-03-29 03:00:00", True),
        (BERLIN, "2026-10-25 02:30", True),  # twice
        (LORD_HOWE, "2026-10-04 02:15:00", False),
    ],
)
def test_clocks_never_show_an_hour_that_they_skip(label, local, shown):
    assert is_shown(local, zone_of(label)) is shown


@pytest.mark.parametrize(
    "local",
    [
        "",
        "0000-00-00 00:00:00",
        "2026-02-30 10:00:00",
        "2026-01-01 24:00:00",
        "2026-01-01 10:60",
        "2026-01-01",
        "2026-01-01T10:00:00",
        "2026-01-01 10:00:00Z",
        "2026-01-01 10:00:00+02:00",
        " 2026-01-01 10:00:00",
        "2026-1-1 10:00:00",
        "10000-01-01 10:00:00",
        "\uff12\uff10\uff12\uff16-01-01 10:00:00",
        "0001-01-01 00:00:00",
    ],
)
def test_what_is_no_time_is_unreadable(local):
    with pytest.raises(UnreadableMessage):
        to_utc(local, zone_of(SYDNEY))


@pytest.mark.parametrize("ms", [10**15, -(10**15), utc("9999-12-31T23:59:59"), 10**30])
def test_a_moment_beyond_the_calendar_is_unreadable(ms):
    with pytest.raises(UnreadableMessage):
        filter_from(ms, zone_of(SYDNEY))


@pytest.mark.parametrize(
    ("label", "moment", "local"),
    [
        (BERLIN, "2026-10-25T00:30:59", "2026-10-25 02:30"),
        (BERLIN, "2026-10-25T01:30:59", "2026-10-25 02:30"),
        (ST_JOHNS, "2026-07-01T00:00:00", "2026-06-30 21:30"),
    ],
)
def test_a_moment_is_shown_as_the_minute_on_the_clocks(label, moment, local):
    assert to_local(utc(moment), zone_of(label)) == local


@pytest.mark.parametrize(
    ("label", "moment", "expected"),
    [
        (BERLIN, "2026-10-24T23:59:00", "2026-10-25 01:59"),
        (BERLIN, "2026-10-25T00:00:00", "2026-10-25 01:00"),  # first coming begins
        (BERLIN, "2026-10-25T00:59:00", "2026-10-25 01:59"),
        (BERLIN, "2026-10-25T01:59:00", "2026-10-25 01:59"),  # second coming ends
        (BERLIN, "2026-10-25T02:00:00", "2026-10-25 03:00"),
        (BERLIN, "2026-03-29T01:00:00", "2026-03-29 03:00"),  # a gap is nothing to a filter
        (LORD_HOWE, "2026-04-04T15:10:00", "2026-04-05 01:10"),
        (AZORES, "2026-10-25T00:30:00", "2026-10-24 23:30"),  # back over midnight
    ],
)
def test_a_filter_goes_back_before_an_overlap(label, moment, expected):
    assert filter_from(utc(moment), zone_of(label)) == expected


def test_a_filter_by_days_goes_back_with_it():
    assert filter_day(utc("2026-10-25T00:30:00"), zone_of(AZORES)) == "2026-10-24"
    assert filter_day(utc("2026-10-25T22:30:00"), zone_of(BERLIN)) == "2026-10-25"


def is_first_coming(ms, zone):
    return datetime.fromtimestamp(ms / 1000, zone).fold == 0


zones = st.sampled_from(sorted({*LABELS, LORD_HOWE})).map(zone_of)
minutes = st.integers(utc("1995-01-01T00:00:00") // MINUTE, utc("2040-01-01T00:00:00") // MINUTE)
moments = minutes.map(lambda minute: minute * MINUTE)


def edges(zone):
    """The moments at which the zone changes its offset, 2000 to 2030, to the hour."""
    hours = range(utc("2000-01-01T00:00:00"), utc("2030-01-01T00:00:00"), 24 * HOUR)
    return [ms for ms in hours if offset(ms, zone) != offset(ms + 24 * HOUR, zone)]


def offset(ms, zone):
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone).utcoffset()


@given(moments, zones)
def test_a_minute_comes_back_from_the_clocks_and_a_second_coming_as_the_first(ms, zone):
    again = to_utc(to_local(ms, zone), zone)

    assert again == ms if is_first_coming(ms, zone) else ms - 24 * HOUR <= again < ms


@given(moments, st.integers(0, 300), zones)
def test_a_filter_loses_nothing_that_is_not_before(ms, minutes_later, zone):
    assert_nothing_lost(ms, ms + minutes_later * MINUTE, zone)


@pytest.mark.parametrize("label", [BERLIN, SYDNEY, ADELAIDE, ST_JOHNS, LORD_HOWE, AZORES, CAIRO])
def test_a_filter_loses_nothing_around_any_change_of_the_clocks(label):
    zone = zone_of(label)
    for day in edges(zone)[-6:]:
        for ms in range(day, day + 27 * HOUR, 20 * MINUTE):
            for later in range(ms, ms + 4 * HOUR, 20 * MINUTE):
                assert_nothing_lost(ms, later, zone)


def assert_nothing_lost(since, event, zone):
    """Whether the vendor compares texts, or moments that it reads with either offset."""
    bound = filter_from(since, zone)
    wall = datetime.fromisoformat(bound)
    assert to_local(event, zone) >= bound
    for fold in (0, 1):
        assert wall.replace(tzinfo=zone, fold=fold).timestamp() * 1000 <= event


def test_reading_times_does_not_cost_an_http_library():
    code = "import sys, lytics_cm.campaign_monitor.zones; sys.exit('requests' in sys.modules)"

    ran = subprocess.run(
        [sys.executable, "-c", code], check=False, env={"PYTHONPATH": os.pathsep.join(sys.path)}
    )

    assert ran.returncode == 0
