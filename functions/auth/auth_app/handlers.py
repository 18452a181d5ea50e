"""Entry points: `authorize` checks tokens, `http` serves the routes of authorizations, sessions and events.

They are two functions made from one package. What `http` imports is imported when Lambda asks for it, still
in the cold start: the authorizer, which stands before every route of the API, pays for none of it. It does
without boto3 too (docs/decisions/0032-lean-aws-client.md).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from auth_app.authorizer import AdminToken, caller, policy
from lytics_cm import lean_aws
from lytics_cm.settings import optional, setting

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from auth_app.sessions import Session, Sessions

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]

PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0)
"""Seconds between tries: whoever calls the API waits for this answer, and gets 500 without it."""


def authorize(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return policy(event, caller(event.get("authorizationToken", ""), admin_token(), _session, time.time()))


def _session(session_id: str) -> Session | None:
    """Read a session; what that needs is loaded for the first token of one."""
    return known_sessions().get(session_id)


def __getattr__(name: str) -> Handler:
    if name != "http":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from auth_app import routes  # noqa: F401, PLC0415 - see above

    return _http


def _http(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return routes()(event, context)


@cache
def secrets_manager() -> lean_aws.Secrets:
    return lean_aws.Secrets(lean_aws.endpoint("secretsmanager", PAUSES))


@cache
def admin_token() -> AdminToken:
    return AdminToken(lambda: secret("ADMIN_TOKEN_SECRET_ARN"))


@cache
def known_sessions() -> Sessions:
    """The sessions for the authorizer, which only looks them up."""
    from auth_app.sessions import Sessions  # noqa: PLC0415 - the admin token needs none

    dynamodb = lean_aws.DynamoDb(lean_aws.endpoint("dynamodb", PAUSES))
    return Sessions(cast("DynamoDBClient", dynamodb), setting("JOBS_TABLE"))


@cache
def sessions() -> Sessions:
    """The sessions for the routes."""
    import boto3  # noqa: PLC0415 - see above

    from auth_app.sessions import Sessions  # noqa: PLC0415 - see above
    from lytics_cm.aws import patient  # noqa: PLC0415 - see above

    return Sessions(patient(boto3.client("dynamodb")), setting("JOBS_TABLE"))


@cache
def routes() -> Handler:
    """Build the collaborators of `http` once per cold start."""
    import boto3  # noqa: PLC0415 - see above

    from auth_app import application, consent, entry, history, routes, waiting  # noqa: PLC0415 - see above
    from lytics_cm import connect  # noqa: PLC0415 - see above
    from lytics_cm.aws import patient, table  # noqa: PLC0415 - see above
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
    return str(secrets_manager().get_secret_value(SecretId=setting(name))["SecretString"])
