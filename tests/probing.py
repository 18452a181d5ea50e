"""Plays schemathesis against the API, wherever it is served: requests made from the description, and answers held against it.

Seeded, so that a run can be repeated. Names of what there is take the place of ids that were made up, mostly.
"""

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field

import schemathesis
from schemathesis.engine import StopReason, from_schema
from schemathesis.engine.events import EngineFinished, FatalError, NonFatalError, ScenarioFinished

from tests.aws.described import RECEIVERS, description

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "ignored_auth",
)
METHODS = ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"]
"""What API Gateway passes on to functions."""


@dataclass
class Probe:
    """What came of it: how many requests there were, by status, and what was wrong."""

    sent: Counter = field(default_factory=Counter)
    problems: dict = field(default_factory=dict)

    def __str__(self):
        return "\n\n".join(f"{' '.join(place)}: {told}" for place, told in self.problems.items())

    def add(self, scenario):
        for name, interaction in scenario.recorder.interactions.items():
            self.sent[getattr(interaction.response, "status_code", None)] += 1
            for check in scenario.recorder.checks.get(name, ()):
                if check.failure_info:
                    told = f"{check.failure_info.failure}\n{check.failure_info.code_sample}"
                    self.problems.setdefault((scenario.label, check.name), told)


def probe(url, token, examples, *, phases=("coverage", "fuzzing"), prepare=None, note=None):
    """Send so many requests to each operation and phase.

    `prepare` may change a case before it is sent; `note` is told of each method, path and status. Receivers take
    any JSON: what they cannot use is listed in the failures of a job.
    """
    checks = {"enabled": False, **{name: {"enabled": True} for name in CHECKS}}
    checks["negative_data_rejection"]["expected-statuses"] = [*range(400, 430), 502, 503]
    schema = schemathesis.openapi.from_dict(
        description(),
        config=schemathesis.Config.from_dict(
            {
                "base-url": url,
                "seed": 1,
                "headers": {"Authorization": f"Bearer {token}"},
                "checks": checks,
                "continue-on-failure": True,
                "generation": {
                    "max-examples": examples,
                    "deterministic": True,
                    "no-shrink": True,
                    "database": "none",
                },
                "operations": [
                    {
                        "include-path-regex": RECEIVERS,
                        "checks": {"negative_data_rejection": {"enabled": False}},
                    }
                ],
                "phases": {
                    "examples": {"enabled": False},
                    "stateful": {"enabled": False},
                    "coverage": {"enabled": "coverage" in phases, "unexpected-methods": METHODS},
                    "fuzzing": {"enabled": "fuzzing" in phases},
                },
            }
        ),
    )

    found = Probe()
    with _hooked(prepare, note):
        for event in from_schema(schema).execute():
            if isinstance(event, ScenarioFinished):
                found.add(event)
            elif isinstance(event, (NonFatalError, FatalError)):
                found.problems[getattr(event, "label", ""), "error"] = str(getattr(event, "value", event))
            elif isinstance(event, EngineFinished):
                assert event.stop_reason is StopReason.COMPLETED
    return found


@contextmanager
def _hooked(prepare, note):
    """Be told of every request that schemathesis makes; its hooks are for all of the process."""

    def before_call(context, case, kwargs):
        prepare(case)

    def after_call(context, case, response):
        note(case.method, case.formatted_path, response.status_code)

    hooks = [hook for hook, wanted in ((before_call, prepare), (after_call, note)) if wanted]
    for hook in hooks:
        schemathesis.hook(hook)
    try:
        yield
    finally:
        for hook in hooks:
            schemathesis.hooks.unregister(hook)
