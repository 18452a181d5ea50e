import pytest

from tests.flows.exporting import FIELD, exporting


@pytest.fixture
def stage():
    with exporting() as made:
        yield made


def test_who_enters_gets_the_audience_and_who_leaves_loses_it(stage):
    export = stage.start()
    stage.lytics.person("jane@example.com", name="Jane Doe")

    stage.lytics.enter("jane@example.com", "vip")
    stage.run()
    entered = stage.people()
    stage.lytics.exit("jane@example.com", "vip")
    stage.run()

    assert entered == {"jane@example.com": ("Active", {FIELD: ["VIP"]})}
    assert stage.people() == {"jane@example.com": ("Active", {})}
    assert stage.list.people["jane@example.com"].name == "Jane Doe"
    assert stage.counts(export) == {"added": 1, "updated": 0, "removed": 1, "skipped": 0, "failed": 0}
