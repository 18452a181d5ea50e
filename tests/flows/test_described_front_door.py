"""Requests that schemathesis makes from the description, to every operation: no 5xx, and no answer beside it."""

import pytest
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import TestPhase

from tests.aws.stack import ADMIN_TOKEN
from tests.flows.door import EMAILS, KNOWN, OF_A_ROUTE, opened
from tests.probing import probe

MADE_UP = 5
"""Every so manieth request keeps what was made up for it."""
PLAUSIBLE = {
    "authorization_id": "@authorization",
    "reconnect": "@authorization",
    "client_id": "@client",
    "list_id": "@list",
    "list_ids": ["@list"],
    "audiences": [{"slug": "vip"}],
    "email_field": "email",
    "name_field": "name",
    "field_mappings": {"city": "City"},
    "email": EMAILS[0],
}
"""Members of bodies for which nothing that is made up means anything."""


class Guest:
    """Puts what there is into a request, but for what is meant to be wrong in it."""

    def __init__(self, door):
        self.door, self.seen = door, 0

    def prepare(self, case):
        self.seen += 1
        if self.seen % MADE_UP == 0:
            return
        if self._is_as_described(case, ParameterLocation.PATH):
            case.path_parameters = {
                name: self._known(case.path, name, value) for name, value in case.path_parameters.items()
            }
        is_drawn = case.meta.phase.name is TestPhase.FUZZING
        if is_drawn and isinstance(case.body, dict) and self._is_as_described(case, ParameterLocation.BODY):
            case.body = case.body | {
                name: self._real(PLAUSIBLE[name]) for name in case.body.keys() & PLAUSIBLE.keys()
            }

    def _is_as_described(self, case, location):
        component = case.meta.components.get(location)
        return component is None or component.mode.is_positive

    def _known(self, path, name, value):
        route = next((start for start in OF_A_ROUTE if path.startswith(start)), None)
        values = OF_A_ROUTE[route] if route and name in ("id", "key") else KNOWN.get(name, (value,))
        return self._real(values[self.seen % len(values)])

    def _real(self, value):
        if isinstance(value, list):
            return [self._real(one) for one in value]
        return self.door.real(value) if isinstance(value, str) else value


@pytest.mark.parametrize("phase", ["coverage", "fuzzing"])
def test_no_request_is_answered_otherwise_than_the_description_says(phase, sized):
    with opened() as door:
        guest = Guest(door)
        found = probe(
            door.product.url,
            ADMIN_TOKEN,
            sized(3, 420),
            phases=(phase,),
            prepare=guest.prepare,
            note=door.note,
        )
        door.settle()

    assert not found.problems, str(found)
    assert found.sent.total() >= {"coverage": 1500, "fuzzing": sized(150, 8500)}[phase], found.sent
    assert {200, 201, 202, 204, 400, 404, 409, 422} <= found.sent.keys()
