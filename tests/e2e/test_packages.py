import subprocess
import sys
from importlib.util import cache_from_source, source_hash
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from local.building import TEMPLATE
from local.deployment import BUCKET
from local.programs import ROOT

BARE = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
UNCHECKED = (0b01).to_bytes(4, "little")
COLD_START = """
import sys
compiled = []
sys.addaudithook(lambda event, about: event == "compile" and compiled.append(str(about[1])))
sys.path[:0] = {paths!r}
import {module} as module
module.{name}
print(*(path for path in compiled if path.endswith(".py")), sep="\\n")
"""


@pytest.fixture(scope="session")
def handlers(built):
    """The handler of each built function, by the function's folder."""
    resources = yaml.load(TEMPLATE.read_text(), Loader=yaml.BaseLoader)["Resources"]
    return {
        built / name: resource["Properties"]["Handler"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


@pytest.fixture(scope="session")
def cold_starts(built, handlers):
    """How each function's import ends that has nothing but its folder and the layer, and may write nowhere (`-B`).

    It prints the sources that it had to compile.
    """
    return {
        folder.name: cold_start(folder, built / "CommonLayer/python", handlers[folder]) for folder in handlers
    }


def cold_start(folder, layer, handler):
    module, _, name = handler.rpartition(".")
    code = COLD_START.format(paths=[str(folder), str(layer)], module=module, name=name)
    return subprocess.run(
        [BARE, "-I", "-S", "-B", "-c", code],
        env={"AWS_DEFAULT_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_built_function_finds_its_handler_with_nothing_but_its_folder_and_the_layer(cold_starts):
    failures = {name: done.stderr for name, done in cold_starts.items() if done.returncode}

    assert failures == {}


def test_no_cold_start_compiles_a_source(cold_starts):
    compiled = {name: found for name, done in cold_starts.items() if (found := done.stdout.split())}

    assert compiled == {}


def test_every_source_is_shipped_with_what_it_compiles_to(built):
    sources = {path.relative_to(built): path for path in built.rglob("*.py")}
    compiled = {path.relative_to(built): path.read_bytes()[4:16] for path in built.rglob("*.pyc")}

    assert compiled == {
        Path(cache_from_source(place)): UNCHECKED + source_hash(path.read_bytes())
        for place, path in sources.items()
    }


def test_what_is_deployed_holds_all_that_was_compiled(up, built):
    s3 = up.client("s3")
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    bodies = [s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys if "template" not in key]
    deployed = {name for body in bodies for name in ZipFile(BytesIO(body)).namelist()}

    compiled = [path.relative_to(built) for path in built.rglob("*.pyc")]
    assert {path.as_posix().partition("/")[2] for path in compiled} - deployed == set()


def test_no_package_tells_where_it_was_built(built):
    files = (path for path in built.rglob("*") if path.is_file())

    assert [path for path in files if bytes(ROOT) in path.read_bytes()] == []


def test_nothing_but_code_and_mappings_is_shipped_of_ours(built):
    shipped = {path.suffix for path in (built / "CommonLayer/python/lytics_cm").rglob("*") if path.is_file()}

    assert shipped <= {".py", ".pyc", ".lql", ".json", ".typed"}
