import json

import pytest

from local.programs import ROOT
from supply.licences import objections, objections_to_npm
from supply.locks import DEPLOYED, Policy, pins

POLICY = Policy(deployed={"MIT": "permissive"}, needed={"LGPL": "not passed on"}, words={}, packages={})


@pytest.fixture
def environment(tmp_path):
    """One with the packages that are given, as pip would leave them."""

    def make(*packages):
        for name, version, *said in packages:
            folder = tmp_path / f"lib/python3.13/site-packages/{name}-{version}.dist-info"
            folder.mkdir(parents=True)
            lines = ["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *said]
            (folder / "METADATA").write_text("\n".join(lines) + "\n")
        return tmp_path

    return make


@pytest.fixture
def lock(tmp_path):
    path = tmp_path / "lock.txt"
    path.write_text("Some_Thing==1.0 \\\n    --hash=sha256:00\n    # via -r lock.in\n")
    return path


def test_an_accepted_licence_is_no_objection(environment, lock):
    there = environment(("some-thing", "1.0", "License-Expression: MIT"))

    assert list(objections(POLICY, {lock: there})) == []


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("License-Expression: SSPL-1.0", "SSPL-1.0"),
        ("License-Expression: MIT AND SSPL-1.0", "SSPL-1.0"),
        ("Classifier: License :: OSI Approved :: Some Public License", "Some Public License"),
        ("License: Ours alone", "Ours alone"),
        ("Summary: says nothing", "none told"),
    ],
)
def test_a_licence_that_nobody_accepted_is_named(environment, lock, said, named):
    there = environment(("some-thing", "1.0", said))

    [line] = objections(POLICY, {lock: there})

    assert "Some_Thing 1.0" in line
    assert f"is under {named}:" in line


def test_what_is_deployed_is_held_to_the_stricter_list():
    policy = Policy(deployed={}, needed={"MIT": "a tool"}, words={}, packages={})

    lines = list(objections(policy, {DEPLOYED: ROOT / ".venv"}))

    assert len(lines) == len(pins(DEPLOYED))
    assert all("not accepted where deployed" in line for line in lines)


def test_what_the_console_ships_is_held_to_the_stricter_list(tmp_path):
    lock = tmp_path / "package-lock.json"
    shipped, tool = (
        {"version": "1.0.0", "license": "LGPL"},
        {"version": "2.0.0", "license": "LGPL", "dev": True},
    )
    entries = {
        "": {"dependencies": {"some": "1"}},
        "node_modules/some": shipped,
        "node_modules/@a/tool": tool,
    }
    lock.write_text(json.dumps({"packages": entries}))

    [line] = objections_to_npm(POLICY, lock)

    assert line == "package-lock.json: some 1.0.0 is under LGPL: not accepted where deployed"


def test_an_environment_of_another_lock_is_told(environment, lock):
    there = environment(("some-thing", "2.0", "License-Expression: MIT"))

    [line] = objections(POLICY, {lock: there})

    assert "make it anew" in line


def test_every_licence_and_exception_of_the_policy_has_its_reason():
    policy = Policy.read()

    assert all(policy.deployed.values())
    assert all(policy.needed.values())
    assert not policy.deployed.keys() & policy.needed.keys()
