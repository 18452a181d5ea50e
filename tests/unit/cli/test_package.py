"""What is installed, and whether the page about it is true."""

import subprocess
import sys
import zipfile

from local.commands_page import PAGE, page
from local.programs import ROOT


def test_the_page_of_the_command_line_says_what_its_help_says():
    assert PAGE.read_text() == page(), "run: python -m local.commands_page"


def test_only_the_command_line_is_packed_and_it_asks_for_what_it_imports(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        (about,) = (name for name in names if name.endswith("/METADATA"))
        (entries,) = (name for name in names if name.endswith("/entry_points.txt"))
        asked = {
            line.split(": ")[1]
            for line in packed.read(about).decode().splitlines()
            if line.startswith("Requires-Dist")
        }
        script = packed.read(entries).decode()
    folders = {name.partition("/")[0] for name in names}
    ours = {f"lytics_cm_cli/{path.name}" for path in (ROOT / "cli/lytics_cm_cli").glob("*.py")}
    assert folders == {"lytics_cm_cli", about.partition("/")[0]}
    assert ours <= set(names)
    assert "lytics-cm = lytics_cm_cli.app:main" in script
    assert {one.partition(">")[0] for one in asked} == {"boto3", "requests", "rich", "typer"}
