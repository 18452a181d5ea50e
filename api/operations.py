"""The table of operations: what the code of a route does not say about it. A new route is a new row here.

A row has the operation's id (short, stable: command lines and logs use it), its tag, the answers by status, the
body, and the statuses by which it can refuse beside those that follow from the route itself:

- 401 and 403 unless it is public, 422 where query parameters are checked,
- 404 for a path with a parameter, 400 and 413 for a body,
- `ALWAYS`, which API Gateway or any function may answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from api import requests
from api.answers import access, accounts, exports, failures, imports, mappings, profiles, receivers, system
from api.members import page_of
from auth_app.history import MOST_PER_PAGE, PER_PAGE
from export_app import history
from import_app.handlers import MOST_RUNS_ON_A_PAGE, RUNS_ON_A_PAGE
from lytics_cm import csv_answers, failure_lists
from profile_app import views

TAGS = {
    "Accounts": "Accounts of Campaign Monitor: connect them, and choose what lies in them.",
    "Imports": "Campaign Monitor to Lytics: jobs, their runs, and what could not be used.",
    "Exports": "Audiences of Lytics to a list of Campaign Monitor: jobs, plans, and what could not be sent.",
    "Profiles": "People: what is known of them, why, and how it is forgotten.",
    "Mappings": "Which rows make which field of a profile.",
    "Console": "The page for people who never see a terminal.",
    "System": "How the system is, what needs a person, and this description.",
    "Sessions": "Who may come in, and who did what.",
    "Receivers": "What the vendors call.",
}
"""In the order of a reader's way through the product."""
ALWAYS = (429, 500, 502, 503, 504)

type Shape = type[BaseModel] | str | None
"""A model, a media type, or None for an empty answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What the description adds to a route.

    Members of `body` that say nothing of themselves mean what `like`, an answer, says of them. Of
    `several` an array will do, too; an `optional` one may be missing. `limit` has how many items of a page are
    usual, and most; `asks` names query parameters where the code takes any.

    `says` has words and an example for query parameters that mean something of their own here. A success may
    come in other types `beside` JSON, each with an example, and have headers of its own: `tells`, with words and
    an example. `reads` names request headers by which the answer is another one.
    """

    id: str
    tag: str
    answers: Mapping[int, Shape]
    body: type[BaseModel] | None = None
    like: type[BaseModel] | None = None
    several: bool = False
    optional: bool = False
    refuses: tuple[int, ...] = ()
    limit: tuple[int, int] | None = None
    public: bool = False
    asks: tuple[str, ...] = ()
    says: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)
    tells: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    reads: tuple[str, ...] = ()


def of(tag: str) -> Callable[..., Operation]:
    """What makes the operations of a tag, of which each has one answer that is a success."""

    def made(name: str, status: int, answer: Shape, **more: Any) -> Operation:
        return Operation(id=name, tag=tag, answers={status: answer}, **more)

    return made


_accounts, _imports, _exports = of("Accounts"), of("Imports"), of("Exports")
_profiles, _mappings, _receivers = of("Profiles"), of("Mappings"), of("Receivers")
_sessions, _system = of("Sessions"), of("System")
CUSTOM_FIELDS = page_of(accounts.CustomField)
FAILURES: dict[str, Any] = {
    "limit": (failure_lists.MOST_ON_A_PAGE, failure_lists.MOST_IN_CSV),
    "says": {
        "code": ("Only failures with this code.", "204"),
        "email": ("Only failures of this person, in any case.", "jane@example.com"),
        "limit": ("How many failures the page has at most: 500 in JSON, in CSV 10,000, as without it.", 10),
    },
    "beside": {csv_answers.CSV: failures.CSV},
    "reads": ("Accept",),
    "tells": {
        csv_answers.CURSOR: ("Of CSV: the cursor of the next page; absent after the last.", "cGVvcGxlOmE="),
    },
}
"""What lists of failures have in common."""

OPERATIONS: dict[str, Operation] = {
    "GET /authorizations": _accounts("listAuthorizations", 200, page_of(accounts.Authorization)),
    "POST /authorizations": _accounts(
        "createAuthorization",
        201,
        accounts.BegunAuthorization,
        body=requests.NewAuthorization,
        like=accounts.Authorization,
        refuses=(404, 409),
    ),
    "GET /authorizations/{id}": _accounts("getAuthorization", 200, accounts.Authorization),
    "DELETE /authorizations/{id}": _accounts("deleteAuthorization", 204, None, refuses=(409,)),
    "POST /authorizations/{id}/reconnect": _accounts(
        "reconnectAuthorization", 200, accounts.AuthorizeUrl, refuses=(409,)
    ),
    "GET /authorizations/{id}/clients": _accounts(
        "listClients", 200, page_of(accounts.Client), refuses=(409, 502)
    ),
    "GET /authorizations/{id}/clients/{client_id}/lists": _accounts(
        "listLists", 200, page_of(accounts.MailingList), refuses=(409, 502)
    ),
    "GET /authorizations/{id}/clients/{client_id}/lists/{list_id}/custom-fields": _accounts(
        "listCustomFieldsOfClient", 200, CUSTOM_FIELDS, refuses=(409, 502)
    ),
    "GET /authorizations/{id}/lists/{list_id}/custom-fields": _accounts(
        "listCustomFields", 200, CUSTOM_FIELDS, refuses=(409, 502)
    ),
    "POST /authorizations/{id}/lists/{list_id}/custom-fields": _accounts(
        "createCustomField",
        201,
        accounts.CustomField,
        body=requests.NewCustomField,
        like=accounts.CustomField,
        refuses=(409, 502),
    ),
    "GET /oauth/callback": Operation(
        id="finishAuthorization",
        tag="Accounts",
        answers=dict.fromkeys((200, 400, 409, 500, 502), "text/html"),
        public=True,
        asks=("state", "code", "error"),
    ),
    "GET /imports": _imports("listImports", 200, page_of(imports.ListedImport)),
    "POST /imports": _imports(
        "createImport", 201, imports.Import, body=requests.NewImport, like=imports.Import, refuses=(409, 502)
    ),
    "GET /imports/estimate": _imports("estimateImport", 200, imports.Estimate, refuses=(502,)),
    "GET /imports/{id}": _imports("getImport", 200, imports.Import),
    "PATCH /imports/{id}": _imports(
        "changeImport", 200, imports.Import, body=requests.ImportChanges, like=imports.Import
    ),
    "DELETE /imports/{id}": _imports("deleteImport", 204, None),
    "POST /imports/{id}/run": _imports("runImport", 202, imports.Import, refuses=(409,)),
    "POST /imports/{id}/stop": _imports("stopImport", 200, imports.Import),
    "POST /imports/{id}/start": _imports("startImport", 200, imports.Import, refuses=(409,)),
    "POST /imports/{id}/rotate-webhooks": _imports(
        "rotateImportWebhooks", 202, imports.Import, refuses=(409,)
    ),
    "GET /imports/{id}/runs": _imports(
        "listImportRuns", 200, page_of(imports.PastRun), limit=(RUNS_ON_A_PAGE, MOST_RUNS_ON_A_PAGE)
    ),
    "GET /imports/{id}/failures": _imports(
        "listImportFailures", 200, page_of(imports.ImportFailure, failures.OfFailures), **FAILURES
    ),
    "GET /audiences": _exports("listAudiences", 200, page_of(exports.Audience), refuses=(409, 502)),
    "GET /lytics/fields": _exports("listLyticsFields", 200, page_of(exports.LyticsField), refuses=(409, 502)),
    "GET /exports": _exports("listExports", 200, page_of(exports.ListedExport)),
    "POST /exports": _exports(
        "createExport", 201, exports.Export, body=requests.NewExport, like=exports.Export, refuses=(409, 502)
    ),
    "GET /exports/{id}": _exports("getExport", 200, exports.Export),
    "PATCH /exports/{id}": _exports(
        "changeExport",
        200,
        exports.Export,
        body=requests.ExportChanges,
        like=exports.Export,
        refuses=(409, 502),
    ),
    "DELETE /exports/{id}": _exports("deleteExport", 204, None),
    "POST /exports/{id}/rotate-webhook": _exports("rotateExportWebhook", 200, exports.Export),
    "POST /exports/{id}/stop": _exports("stopExport", 200, exports.Export),
    "POST /exports/{id}/start": _exports("startExport", 200, exports.Export, refuses=(409,)),
    "GET /exports/{id}/failures": _exports(
        "listExportFailures", 200, page_of(exports.ExportFailure, failures.OfFailures), **FAILURES
    ),
    "POST /exports/{id}/retry-failures": _exports(
        "retryExportFailures", 202, exports.RetriedExport, refuses=(409,)
    ),
    "GET /exports/{id}/ledger": _exports(
        "listExportLedger",
        200,
        page_of(exports.LedgerEntry),
        limit=(history.ENTRIES, history.MOST_ENTRIES),
        says={
            "email": (
                "Only entries of this person, in any case; then a page has 100 at most.",
                "jane@example.com",
            ),
            "code": ("Only entries with this code.", "204"),
        },
    ),
    "GET /exports/{id}/activity": _exports(
        "listExportActivity",
        200,
        page_of(exports.HourOfExport),
        limit=(history.HOURS, history.MOST_HOURS),
    ),
    "POST /exports/{id}/try": _exports(
        "tryExport", 200, exports.Tried, body=requests.PersonToTry, like=exports.Tried, refuses=(409,)
    ),
    "GET /exports/{id}/plan": _exports(
        "getExportPlan", 200, page_of(exports.Planned, exports.OfPlan), refuses=(409,)
    ),
    "GET /profiles": _profiles(
        "listProfiles", 200, page_of(profiles.Person), limit=(views.PEOPLE, views.MAX_PEOPLE)
    ),
    "GET /profiles/{email}": _profiles("getProfile", 200, profiles.Profile),
    "GET /profiles/{email}/rows": _profiles(
        "listProfileRows", 200, page_of(profiles.Row), limit=(views.ROWS, views.MAX_ROWS)
    ),
    "GET /profiles/{email}/explain": _profiles(
        "explainProfile", 200, profiles.Explanation, limit=(views.MAX_EXPLAINED, views.MAX_EXPLAINED)
    ),
    "GET /profiles/{email}/consent": _profiles("getProfileConsent", 200, profiles.ProfileConsent),
    "GET /profiles/{email}/export": _profiles("exportProfile", 200, profiles.Everything),
    "GET /profiles/{email}/exports": _profiles("listProfileExports", 200, page_of(profiles.ProfileExport)),
    "DELETE /profiles/{email}": _profiles(
        "eraseProfile", 200, profiles.Receipt, body=requests.HowToErase, optional=True
    ),
    "GET /blocks": _profiles("listBlocks", 200, page_of(profiles.Block)),
    "DELETE /blocks/{email}": _profiles("liftBlock", 204, None),
    "GET /streams/{stream}/mapping": _mappings("getMapping", 200, mappings.Mapping),
    "PUT /streams/{stream}/mapping": _mappings(
        "putMapping", 200, mappings.Mapping, body=requests.NewMapping, like=mappings.Mapping, refuses=(409,)
    ),
    "DELETE /streams/{stream}/mapping": _mappings("resetMapping", 200, mappings.Mapping, refuses=(409,)),
    "POST /streams/{stream}/mapping/check": _mappings(
        "checkMapping", 200, mappings.Trial, body=requests.MappingAttempt
    ),
    "GET /streams/reproject": _mappings("getReprojection", 200, mappings.Reprojection),
    "POST /streams/reproject": _mappings("startReprojection", 202, mappings.Reprojection, refuses=(409,)),
    "GET /system": _system("getSystem", 200, system.System),
    "GET /dead-letters": _system("listDeadLetters", 200, page_of(system.DeadLetters)),
    "POST /dead-letters/{queue}/redrive": _system("redriveDeadLetters", 202, system.Redriven, refuses=(409,)),
    "GET /openapi.json": Operation(
        id="getOpenApi",
        tag="System",
        answers={200: system.ApiDescription, 304: None},
        public=True,
        reads=("If-None-Match",),
        tells={
            "Cache-Control": ("Caches may keep it for five minutes.", "public, max-age=300"),
            "ETag": ("Its tag, for a request's `If-None-Match`.", '"9f86d081884c7d659a2feaa0c55ad015"'),
        },
    ),
    "GET /console": Operation(
        id="getConsole", tag="Console", answers={200: "text/html"}, public=True, refuses=(404,)
    ),
    "GET /console/{file}": Operation(
        id="getConsoleFile",
        tag="Console",
        answers={200: "text/javascript"},
        public=True,
        beside={"text/css": ":root{...}", "image/svg+xml": "<svg...", "text/plain": "Licences..."},
    ),
    "GET /sessions": _sessions("listSessions", 200, page_of(access.Session)),
    "POST /sessions": _sessions(
        "createSession", 201, access.BegunSession, body=requests.NewSession, like=access.BegunSession
    ),
    "POST /sessions/exchange": _sessions(
        "exchangeCode", 200, access.ExchangedSession, body=requests.SessionCode, refuses=(403,), public=True
    ),
    "GET /sessions/current": _sessions("getCurrentSession", 200, access.CurrentSession),
    "DELETE /sessions/{id}": _sessions("revokeSession", 204, None),
    "GET /events": _sessions(
        "listEvents",
        200,
        page_of(access.Event),
        limit=(PER_PAGE, MOST_PER_PAGE),
    ),
    "POST /webhooks/campaign-monitor/{key}": _receivers(
        "receiveDelivery", 200, receivers.Accepted, body=requests.Delivery, public=True
    ),
    "POST /webhooks/lytics/{key}": _receivers(
        "receiveTrigger", 200, receivers.Accepted, body=requests.AudienceTrigger, several=True, public=True
    ),
}
"""Every operation, by its route."""
