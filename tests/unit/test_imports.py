"""How simulators, benches, the local stack and the emulator import each other: in no circle, and no test."""

import ast
from graphlib import TopologicalSorter

from local.programs import ROOT

TOPS = ("simulators", "local", "bench", "tests/aws")


def modules():
    """Each module's name and file."""
    paths = [path for top in TOPS for path in (ROOT / top).rglob("*.py")]
    names = (".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths)
    return {name.removesuffix(".__init__"): path for name, path in zip(names, paths, strict=True)}


def imported(path, known):
    """The modules that a file imports, anywhere in it, also for its types alone."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    from_imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    names = [f"{node.module}.{each.name}" for node in from_imports for each in node.names]
    names += [each.name for node in nodes if isinstance(node, ast.Import) for each in node.names]
    return {name if name in known else name.rpartition(".")[0] for name in names}


def test_no_module_imports_itself_by_a_detour():
    known = modules()
    graph = {name: imported(path, known) & (set(known) - {name}) for name, path in known.items()}

    order = list(TopologicalSorter(graph).static_order())  # raises a CycleError that names the circle

    assert set(order) == set(known)


def test_nothing_of_the_tests_is_imported_but_the_emulator():
    asked = {name for path in modules().values() for name in imported(path, ())}

    assert {name for name in asked if name.startswith("tests") and not name.startswith("tests.aws")} == set()
