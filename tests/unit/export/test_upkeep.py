from export_app.people.desired import ListSchema
from export_app.people.values import Target
from export_app.setting_up.targets import located
from export_app.setting_up.upkeep import Findings, count_lost, first, latest
from lytics_cm.campaign_monitor.records import CustomField

SCHEMA = ListSchema(
    "[LA]", {"a": "Aaa", "b": "Bbb"}, "name", (Target("city", "[City]", "City", "Text", mapped="City"),)
)


def test_what_is_lost_is_counted_by_name_and_only_what_the_plan_has():
    assert count_lost(SCHEMA, ["Aaa", "[City]", "Somebody's"]) == {"Aaa": 1, "[City]": 1}


def test_the_field_of_the_audiences_is_known_by_its_own_name():
    assert count_lost(SCHEMA, ["Lytics Audiences"]) == {"[LA]": 1}


def test_too_many_losses_are_one_of_everything_that_differs_from_all_before():
    options = {f"s{number}": f"Option {number}" for number in range(100)}
    schema = ListSchema("[LA]", options, "name", lost={"[LA]": 7, "Option 1": 3})

    assert count_lost(schema, list(options.values())) == {"[LA]": 8}


def test_what_a_job_keeps_of_repairs_and_troubles_is_bounded():
    texts = [f"{number}{'é' * 5000}" for number in range(300)]

    assert [text[:3] for text in latest(texts)] == [str(number) for number in range(280, 300)]
    assert first(texts)[10:] == ["and 290 more; see the failures"]
    assert max(len(text) for text in (*latest(texts), *first(texts))) == 1000


def test_a_field_that_was_never_seen_is_of_no_type_that_could_have_changed():
    findings = Findings()
    (gone,) = located({"city": "City"}, [], (), findings)
    (back,) = located(
        {"city": "City"}, [CustomField("City", "[City]", "Number", ())], (gone,), again := Findings()
    )

    assert gone.is_gone
    assert list(findings.troubles) == ["city"]
    assert back == Target("city", "[City]", "City", "Number", mapped="City")
    assert (again.troubles, again.lost) == ({}, ["[City]"])


def test_two_mappings_never_end_in_one_field():
    field = CustomField("City", "[City]", "Text", ())
    findings = Findings()

    targets = located({"city": "City", "town": "[city]"}, [field], (), findings)

    assert [target.is_gone for target in targets] == [False, True]
