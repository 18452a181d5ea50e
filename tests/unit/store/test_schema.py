"""Nobody but the schema spells the keys of the jobs table, and every kind of item is in the drawing of the tables."""

import ast
from pathlib import Path

from lytics_cm import store
from lytics_cm.store import schema

ROOT = Path(__file__).parents[3]
KINDS = {one.word: one for one in vars(schema).values() if isinstance(one, schema.Kind)}


def texts(path):
    """The texts of a module that are not its documentation."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for child in ast.iter_child_nodes(node):
            if (
                isinstance(child, ast.Constant)
                and isinstance(child.value, str)
                and not isinstance(node, ast.Expr)
            ):
                yield child.lineno, child.value


def test_item_keys_are_spelled_in_the_schema_alone():
    spelled = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for folder in ("functions", "layers")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line, text in texts(path)
        if text.startswith(tuple(f"{word}#" for word in KINDS))
    ]

    assert spelled == []


def test_every_kind_of_item_is_drawn():
    assert [word for word in KINDS if f"{word}#" not in store.__doc__] == []


def test_a_key_is_taken_apart_as_it_was_put_together():
    assert schema.UNIT.at("j1", "r1", "a/b") == {"job": "j1", "item": "unit#r1#a/b"}
    assert schema.UNIT.of("r1", "a").startswith(schema.UNIT.within("r1"))
    assert schema.UNIT.rest(schema.UNIT.of("r1", "a"), "r1") == "a"
    assert schema.ECHO.of("l1") == "echo#l1"
