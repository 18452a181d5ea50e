import json

from supply.bill import BILL, bill
from supply.locks import CONSOLE, DEPLOYED, npm_packages, pins


def test_the_bill_is_that_of_the_lock():
    assert BILL.read_text() == bill()


def test_every_deployed_package_is_in_it_and_hangs_together():
    document = json.loads(bill())
    known = {each["bom-ref"] for each in document["components"]}
    reached, ahead = set(), ["lytics-cm"]
    needs = {each["ref"]: each["dependsOn"] for each in document["dependencies"]}
    while ahead:
        reached.update(found := set(needs[ahead.pop()]) - reached)
        ahead.extend(found)

    shipped = {(one.name, one.version) for one in npm_packages(CONSOLE) if one.is_shipped}
    assert {(each["name"], each["version"]) for each in document["components"]} == shipped | {
        (pin.name, pin.version) for pin in pins(DEPLOYED)
    }
    assert {"preact", "openapi-fetch"} <= {name for name, _ in shipped}
    assert reached == known


def test_nothing_in_it_changes_by_itself():
    assert not {"serialNumber", "timestamp"} & (
        json.loads(bill()).keys() | json.loads(bill())["metadata"].keys()
    )
