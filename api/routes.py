"""What the functions' code knows of their routes: method, path, role, query parameters, words."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from auth_app import entry, history
from auth_app.routes import build
from console_app import handlers as console
from export_app.handlers import app as exports
from import_app.handlers import app as imports
from lytics_cm import web
from profile_app.routes import app as profiles
from system_app.handlers import app as system
from webhook_app.receive import Receiver

UNREGISTERED: dict[str, Callable[..., Any]] = {
    "GET /console": console.page,
    "GET /console/{file}": console.file,
    "POST /webhooks/campaign-monitor/{key}": Receiver.delivery,
    "POST /webhooks/lytics/{key}": Receiver.trigger,
}
"""Lean functions have no registry: that of the vendors' webhooks, and the console's."""
PARAMETER = re.compile(r"<(\w+)>")


@dataclass(frozen=True, slots=True)
class Route:
    """A route as the code has it; its path has parameters in braces, and `{id}` for the first id.

    `parameters` are None where callers choose them, `role` is where everybody is served.
    """

    method: str
    path: str
    role: str | None
    parameters: tuple[str, ...] | None
    summary: str
    description: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def resolvers() -> list[Any]:
    """The registries of the functions. A new function adds its own here."""
    nobody: Any = None
    access = build(nobody, nobody, nobody, nobody, "")
    entry.add(access, nobody)
    history.add(access, nobody)
    return [access, imports, exports, profiles, system]


def routes() -> dict[str, Route]:
    """Every route of the code, by name, such as `GET /imports/{id}`."""
    found = [route for app in resolvers() for route in _of(app)]
    for name, handler in UNREGISTERED.items():
        method, _, path = name.partition(" ")
        found.append(_route(method, path, handler))
    return {route.name: route for route in sorted(found, key=lambda one: (one.path, one.method))}


def _of(app: Any) -> Iterator[Route]:
    registered: Iterable[Any] = [*app._static_routes, *app._dynamic_routes]  # noqa: SLF001 - it has no other list
    for one in registered:
        yield _route(one.method, path_of(one.path), one.func)


def path_of(rule: str) -> str:
    """A path as the template has it: the first id of a rule is `{id}`, all else keeps its name."""
    names = PARAMETER.findall(rule)
    first = next((name for name in names if name.endswith("_id")), None)
    return PARAMETER.sub(lambda found: "{id}" if found[1] == first else f"{{{found[1]}}}", rule)


def _route(method: str, path: str, handler: Callable[..., Any]) -> Route:
    notes = vars(handler)
    parameters = notes.get(web.PARAMETERS, None)
    summary, _, rest = (inspect.getdoc(handler) or "").partition("\n")
    role = notes.get(web.ROLE, web.VIEWER)
    return Route(method, path, role, parameters, summary.removesuffix("."), _plain(rest))


def _plain(text: str) -> str:
    """Paragraphs of a docstring, each as one line."""
    blocks = (" ".join(block.split()) for block in text.strip().split("\n\n"))
    return "\n\n".join(block for block in blocks if block)
