"""Entry points: `authorize` checks tokens, `http` serves the routes of authorizations, sessions and events.

They are two functions made from one package. What `http` imports is imported when Lambda asks for it, still
in the cold start: the authorizer, which stands before every route of the API, pays for none of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3

from auth_app.authorizer import AdminToken, caller, policy
from lytics_cm.aws import patient, table
from lytics_cm.settings import optional, setting

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from auth_app.sessions import Session, Sessions

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def authorize(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return policy(event, caller(event.get("authorizationToken", ""), admin_token(), _session, time.time()))


def _session(session_id: str) -> Session | None:
    """Read a session; the client for it is made for the first token of one."""
    return sessions().get(session_id)


def __getattr__(name: str) -> Handler:
    if name != "http":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from auth_app import routes  # noqa: F401, PLC0415 - see above

    return _http


def _http(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return routes()(event, context)


@cache
def secrets_manager() -> SecretsManagerClient:
    return patient(boto3.client("secretsmanager"))


@cache
def admin_token() -> AdminToken:
    return AdminToken(lambda: secret("ADMIN_TOKEN_SECRET_ARN"))


@cache
def sessions() -> Sessions:
    from auth_app.sessions import Sessions  # noqa: PLC0415 - the admin token needs none

    return Sessions(patient(boto3.client("dynamodb")), setting("JOBS_TABLE"))


@cache
def routes() -> Handler:
    """Build the collaborators of `http` once per cold start."""
    from auth_app import application, consent, entry, history, routes, waiting  # noqa: PLC0415 - see above
    from lytics_cm import connect  # noqa: PLC0415 - see above
    from lytics_cm.queues import Queue  # noqa: PLC0415 - see above
    from lytics_cm.store.jobs import Jobs  # noqa: PLC0415 - see above

    known = application.Application(
        setting("CAMPAIGN_MONITOR_API_URL"),
        setting("CAMPAIGN_MONITOR_CLIENT_ID"),
        lambda: secret("APPLICATION_SECRET_ARN"),
    )
    authorizations = connect.authorizations()
    jobs, sqs = table(setting("JOBS_TABLE")), patient(boto3.client("sqs"))
    imports, exports = Jobs(jobs, "import"), Jobs(jobs, "export")
    pages, changes = Queue(sqs, setting("PAGES_QUEUE_URL")), Queue(sqs, setting("CHANGES_QUEUE_URL"))
    told = waiting.Waiting(imports, pages, exports, changes)
    app = routes.build(
        consent.Consent(authorizations, known, time.time, told.go_on),
        authorizations,
        connect.for_person,
        lambda one: [*imports.using(one), *exports.using(one)],
        optional("PUBLIC_API_URL"),
    )
    history.add(app, jobs)
    entry.add(app, entry.Entry(sessions(), lambda: secret("ADMIN_TOKEN_SECRET_ARN"), time.time))
    return app.resolve


def secret(name: str) -> str:
    """Read the string of the secret whose ARN is in the environment."""
    return secrets_manager().get_secret_value(SecretId=setting(name))["SecretString"]
