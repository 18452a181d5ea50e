import pytest

from export_app.people.desired import Desired, ListSchema
from export_app.people.values import Target
from export_app.setting_up.dry_run import is_same
from lytics_cm.campaign_monitor.records import Subscriber

KEY = "[LA]"


def same(kind, there, wanted):
    schema = ListSchema(KEY, {}, "name", (Target("x", "[x]", "X", kind, ("Red", "Blue")),))
    person = Subscriber("e", "Jane", "Active", "", "", {KEY: "VIP", "[x]": there}, "", "", "")
    return is_same(person, Desired(("VIP",), "Jane", {"[x]": wanted}), schema)


@pytest.mark.parametrize(
    ("kind", "there", "wanted", "expected"),
    [
        ("Text", "+491511234567", ("+491511239999",), False),
        ("Text", "+491511234567", ("+491511234567",), True),
        ("Text", "007", ("7",), False),
        ("Text", "1e3", ("1000",), False),
        ("Text", "nan", ("NaN",), False),
        ("Text", "2024/03/05", ("2024-03-05",), False),
        ("Number", "491511234567", ("491511239999",), False),
        ("Number", "12345678901234567890", ("12345678901234567891",), False),
        ("Number", "12.50", ("12.5",), True),
        ("Number", "1000", ("1000.0",), True),
        ("Number", "", ("0",), False),
        ("Date", "2024-03-05 00:00:00", ("2024/03/05",), True),
        ("Date", "2024-03-05", ("2024/03/06",), False),
        ("MultiSelectMany", ["Blue", "Red"], ("Red", "Blue"), True),
        ("MultiSelectMany", "Blue", ("Red", "Blue"), False),
        ("MultiSelectOne", "1", ("1.0",), False),
    ],
)
def test_what_the_list_has_is_compared_as_its_field_means_it(kind, there, wanted, expected):
    assert same(kind, there, wanted) == expected
