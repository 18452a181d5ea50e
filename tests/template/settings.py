"""Which settings a handler can come to read, found in the code without running it.

From the handler on, every name that its code mentions is followed: functions, classes and values of our own modules,
and whatever is registered on such a value by decoration (the routes of an app).
"""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
READERS = ("setting", "optional")


def read_by(handler, known):
    """The names of the settings; `known` are also recognised when handed on to a function that reads them."""
    module, _, name = handler.rpartition(".")
    found = set()
    for node in _reachable(module, name):
        for call in (each for each in ast.walk(node) if isinstance(each, ast.Call)):
            texts = {each.value for each in call.args[:1] if isinstance(each, ast.Constant)}
            direct = isinstance(call.func, ast.Name) and call.func.id in READERS
            found |= texts if direct else texts & known
    return found


def _reachable(module, name):
    entry = name if _definitions(module, name) else "__getattr__"
    waiting, seen = [(module, entry)], set()
    while waiting:
        place = waiting.pop()
        if place in seen or not _source(place[0]):
            continue
        seen.add(place)
        nodes = _definitions(*place)
        yield from nodes
        waiting += [to for node in nodes for to in _mentioned(place[0], node)]


@cache
def _source(module):
    for folder in (ROOT / "layers/common", *ROOT.glob("functions/*")):
        path = folder.joinpath(*module.split("."))
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.exists():
                return ast.parse(file.read_text())
    return None


def _definitions(module, name):
    """The statements that define a name of a module, and those that register something on it."""
    return [each for each in _source(module).body if name in _defined(each) | _decorated_with(each)]


def _defined(node):
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()


def _decorated_with(node):
    decorators = getattr(node, "decorator_list", [])
    return {each.id for one in decorators for each in ast.walk(one) if isinstance(each, ast.Name)}


def _mentioned(module, node):
    """Places that a statement mentions: names of this module, names imported, members of modules imported."""
    imported = _imports(_source(module).body) | _imports(ast.walk(node))
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            yield imported.get(each.id, (module, each.id))
        elif (
            isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id in imported
        ):
            parent, member = imported[each.value.id]
            yield f"{parent}.{member}", each.attr


def _imports(nodes):
    return {
        alias.asname or alias.name: (each.module, alias.name)
        for each in nodes
        if isinstance(each, ast.ImportFrom) and each.module
        for alias in each.names
    }
