import importlib.util
import marshal
import os
import subprocess
import sys

import pytest

from local.compiling import OURS, compile_packages
from local.programs import ROOT, own_environment

TEMPLATE = """
Globals: {{Function: {{Runtime: {runtime}}}}}
Resources:
  Layer: {{Type: AWS::Serverless::LayerVersion}}
  Function: {{Type: AWS::Serverless::Function}}
  Table: {{Type: AWS::DynamoDB::Table}}
"""


@pytest.fixture
def make(tmp_path):
    """A build folder with a layer, a function and no package of the table."""

    def make(name="built", runtime=OURS, answer=42):
        built = tmp_path / name
        for source in ("Layer/python/shared/deep/module.py", "Function/app/handlers.py"):
            path = built / source
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"def answer():\n    return {answer}\n\nNAMES = {{'a', 'b', 'c'}}\n")
        (built / "template.yaml").write_text(TEMPLATE.format(runtime=runtime))
        return built

    return make


def compile_(built):
    command = [sys.executable, "-m", "local.compiling", str(built)]
    return subprocess.run(
        command, cwd=ROOT, env=own_environment(), capture_output=True, text=True, check=False
    )


def compiled(built):
    return {str(path.relative_to(built)): path.read_bytes() for path in built.rglob("*.pyc")}


def test_every_source_of_functions_and_layers_is_compiled_for_the_place_that_it_has_on_lambda(make):
    built = make()

    assert compile_(built).returncode == 0

    places = {
        path.split("/__pycache__")[0]: marshal.loads(code[16:]).co_filename
        for path, code in compiled(built).items()
    }
    assert places == {
        "Layer/python/shared/deep": "/opt/python/shared/deep/module.py",
        "Function/app": "/var/task/app/handlers.py",
    }


def test_the_same_sources_give_the_same_bytes_wherever_they_were_built(make):
    first, second = make("first"), make("other/place")
    os.utime(second / "Function/app/handlers.py", (1, 1))

    compile_(first)
    compile_(second)

    assert compiled(first) == compiled(second) != {}


def test_what_was_compiled_before_does_not_survive_its_source(make):
    compile_(make(answer=41))
    stale = make()
    (stale / "Function/app/handlers.py").rename(stale / "Function/app/renamed.py")

    compile_(stale)

    fresh = {path: code[8:16] for path, code in compiled(stale).items()}
    sources = {importlib.util.cache_from_source(str(path)): path for path in stale.rglob("*.py")}
    assert fresh == {
        os.path.relpath(cache, stale): importlib.util.source_hash(path.read_bytes())
        for cache, path in sources.items()
    }


def test_a_source_that_cannot_be_compiled_fails_the_build(make):
    built = make()
    (built / "Function/app/handlers.py").write_text("def answer(:\n")

    done = compile_(built)

    assert (done.returncode, "NotCompiled: Function" in done.stderr) == (1, True)


def test_an_interpreter_of_another_version_than_the_functions_compiles_nothing(make):
    built = make(runtime="python3.99")

    done = compile_(built)

    assert (done.returncode, "python3.99" in done.stderr, compiled(built)) == (1, True, {})


def test_permissions_are_those_of_every_build(make):
    for name, mode in (("one", 0o600), ("other", 0o775)):
        module = make(name) / "Function/app/handlers.py"
        module.chmod(mode)
        (module.parent / "data.txt").write_text("text")
        (module.parent / "data.txt").chmod(0o664 if name == "one" else 0o600)
        compile_packages(module.parents[2])

        assert (module.parent / "data.txt").stat().st_mode & 0o777 == 0o644
        assert module.stat().st_mode & 0o777 == (0o644 if name == "one" else 0o755)
        assert {path.stat().st_mode & 0o777 for path in module.parents[1].rglob("*.pyc")} == {0o644}
