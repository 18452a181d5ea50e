import json
import re

from local.programs import ROOT
from supply.locks import CONSOLE

WORKFLOWS = ROOT / ".github/workflows"


def test_every_action_of_ci_is_a_commit_with_its_version_beside_it():
    used = [line for path in WORKFLOWS.iterdir() for line in path.read_text().splitlines() if "uses:" in line]

    assert used
    assert [
        line for line in used if not re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)
    ] == []


def test_every_locked_package_has_a_hash_and_no_lock_has_an_address():
    for lock in [*(ROOT / "requirements").glob("*.txt"), ROOT / "layers/common/requirements.txt"]:
        text = lock.read_text()
        pinned = re.findall(r"^[\w.-]+(?:\[.*?\])?==.*(?:\n .*)*", text, re.MULTILINE)

        assert pinned
        assert [entry for entry in pinned if "--hash=sha256:" not in entry] == []
        assert "://" not in text


def test_the_lock_of_the_console_has_a_hash_for_every_package_and_no_address():
    lock = json.loads(CONSOLE.read_text())["packages"]

    assert {"node_modules/preact", "node_modules/vite"} <= lock.keys()
    assert [
        name for name, entry in lock.items() if name and not entry["integrity"].startswith("sha512-")
    ] == []
    assert [name for name, entry in lock.items() if "resolved" in entry] == []
