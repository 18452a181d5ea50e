import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from local.building import TEMPLATE

BARE = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"


@pytest.fixture(scope="session")
def handlers(built):
    """The handler of each built function, by the function's folder."""
    resources = yaml.load(TEMPLATE.read_text(), Loader=yaml.BaseLoader)["Resources"]
    return {
        built / name: resource["Properties"]["Handler"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def test_each_built_function_finds_its_handler_with_nothing_but_its_folder_and_the_layer(built, handlers):
    layer = built / "CommonLayer" / "python"
    failures = {}
    for folder, handler in handlers.items():
        module, _, name = handler.rpartition(".")
        code = f"import sys; sys.path[:0] = [{str(folder)!r}, {str(layer)!r}]; import {module} as module; module.{name}"
        variables = {"AWS_DEFAULT_REGION": "eu-west-1"}
        done = subprocess.run(
            [BARE, "-I", "-S", "-B", "-c", code], env=variables, capture_output=True, text=True, check=False
        )
        if done.returncode:
            failures[folder.name] = done.stderr

    assert failures == {}


def test_nothing_but_code_and_mappings_is_shipped_of_ours(built):
    shipped = {path.suffix for path in (built / "CommonLayer/python/lytics_cm").rglob("*") if path.is_file()}

    assert shipped <= {".py", ".lql", ".json", ".typed"}
