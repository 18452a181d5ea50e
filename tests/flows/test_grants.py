"""What roles grant is what functions use: every flow fails on what is missing, this one on what is too much."""

import json
import time
import uuid

import pytest

from simulators.browser import consent
from simulators.campaign_monitor.generator import World
from tests.aws.functions import cold_start
from tests.deliveries import make_body, make_event
from tests.flows.exporting import exporting

SMALL = World(clients=1, lists=2, subscribers=30, campaigns=2, activity=20, journeys=0)
ANN = "ann@example.com"
EVENTS = 130
"""So many facts make a profile that is folded."""
DAYS = {"days": 20}
"""After so long the access token has to be refreshed."""
TOLD = {"AlarmEmail": "ops@example.com", "AlarmWebhookUrl": "http://127.0.0.1:9/hooks"}


@pytest.fixture(scope="module")
def ledger():
    """What the functions asked for in the lives of an import, an export and a person."""
    with exporting(scenario=SMALL, parameters=TOLD) as stage:
        life = Life(stage)
        owner = life.accounts()
        life.imports(*owner)
        life.exports()
        life.reconnecting(*owner)
        life.person()
        life.sessions()
        life.system()
        return stage.product.ledger


class Life:
    """What people and vendors do to the whole product; whoever answers has just started, and knows nothing yet."""

    def __init__(self, stage):
        self.stage, self.product = stage, stage.product

    def ask(self, method, path, body=None, **more):
        cold_start()
        answer = self.product.gateway.call(method, path, body=body and json.dumps(body), **more)
        assert answer.status < 300, (path, answer.body)
        return json.loads(answer.body) if answer.body else None

    def pump(self, most=None):
        """Run the queues dry, or deliver so many batches, each to a function that just started."""
        left = iter(range(most or 100_000))

        def is_enough():
            cold_start()
            return next(left, None) is None

        self.product.pump(until=is_enough)

    def later(self):
        self.product.later(**DAYS)

    def tick(self, job):
        self.send("PagesQueue", {"job": job, "task": "scheduled"})

    def send(self, queue, message):
        """Put a message on a queue, and let it be done."""
        self.product.sqs.send_message(QueueUrl=self.product.names[queue], MessageBody=json.dumps(message))
        self.pump()

    def accounts(self):
        begun = self.ask("POST", "/authorizations", {"description": "Second"})
        path = f"/authorizations/{begun['id']}"
        assert consent(begun["authorize_url"])[0] == 200
        (client, *_) = self.ask("GET", f"{path}/clients")["items"]
        (first, *_) = self.ask("GET", f"{path}/clients/{client['id']}/lists")["items"]
        self.later()
        self.ask("GET", f"{path}/lists/{first['id']}/custom-fields")
        self.ask("GET", "/authorizations")
        gone = self.ask("POST", "/authorizations", {"description": "Third"})
        self.ask("DELETE", f"/authorizations/{gone['id']}")
        return begun["id"], client["id"]

    def sessions(self):
        wanted = {"name": "Ann", "role": "viewer", "hours": 1, "code": True}
        made = self.ask("POST", "/sessions", wanted)
        token = self.ask("POST", "/sessions/exchange", {"code": made["code"]})["token"]
        self.ask("GET", "/imports", headers={"Authorization": f"Bearer {token}"})
        self.ask("GET", "/sessions")
        self.ask("GET", "/events")
        self.ask("DELETE", f"/sessions/{made['id']}")

    def imports(self, authorization, client):
        wanted = {"authorization_id": authorization, "client_id": client, "keep_updated": True}
        self.later()
        job = self.ask("POST", "/imports", wanted)["id"]
        path = f"/imports/{job}"
        self.pump(most=4)
        self.ask("POST", f"{path}/stop")
        self.pump()
        self.ask("POST", f"{path}/start")
        self.pump()
        self.deliver([make_event(email=ANN), {"Type": "Subscribe", "EmailAddress": ANN}])
        often = [
            make_event("Update", ANN, Date=f"2026-03-05 {at // 60:02}:{at % 60:02}:00") for at in range(200)
        ]
        for _ in range(2):  # a person with several leaves
            self.deliver(often[:-1])
            often = often[-1:] * 2
        now = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(self.product.clock.now()))
        self.deliver([make_event(email="lately@example.com", Date=now)])
        self.send("RowsQueue", {"job": job, "rows": [{"stream": "none", "fields": {"email": ANN}}]})
        self.deliver(
            [
                make_event(email=ANN, type="Update", Date=f"2026-03-02 10:{n % 60:02}:{n // 60:02}")
                for n in range(EVENTS)
            ]
        )
        self.ask("PATCH", path, {"every_minutes": 30, "tracking_consent": "strict", "hash_columns": ["name"]})
        self.ask("GET", f"/profiles/{ANN}/rows")
        self.deliver([make_event(email=ANN, Name="Ann", Date="2026-03-06 10:00:00")])
        self.withdraw(client)
        self.ask("POST", f"{path}/rotate-webhooks")
        self.pump()
        self.later()
        self.ask("POST", f"{path}/run")
        self.pump()
        self.later()
        self.tick(job)
        self.ask("GET", "/imports")
        self.ask("GET", f"{path}/failures")
        self.ask("GET", f"{path}/runs")
        self.ask("GET", "/system")
        queue = self.product.names["RowsDeadLetterQueue"]
        self.product.sqs.send_message(QueueUrl=queue, MessageBody='{"rows": []}')
        cold_start()
        self.product.fire("AlertsSchedule")
        self.ask("PATCH", path, {"keep_updated": False})
        self.tick(job)

    def withdraw(self, client):
        """Somebody with several leaves of opens says No."""
        who = {"email": "opens@example.com", "client_id": client, "list_id": "l1"}
        now = int(self.product.clock.now() * 1000)
        facts = [{**who, "event": "open", "campaign_id": uuid.uuid4().hex} for _ in range(150)]
        opens = [
            {"stream": "cm_activity", "ts": now - number * 60_000, "fields": fact}
            for number, fact in enumerate(facts)
        ]
        person = {"stream": "cm_user", "ts": now, "seen": now}
        for decision in ("Yes", "No"):
            told = {**person, "fields": {**who, "status": "active", "consent_to_track": decision}}
            person["seen"] = now + 1
            self.send("BulkQueue", {"rows": [told], "received_at": now})
            self.send("BulkQueue", {"rows": opens, "received_at": now})

    def deliver(self, events):
        cold_start()
        hook = next(iter(self.stage.list.webhooks.values())).url.removeprefix(self.product.url)
        answer = self.product.gateway.call("POST", hook, body=make_body(self.stage.list.id, events))
        assert answer.status == 200, answer.body
        self.pump()

    def exports(self):
        self.stage.lytics.place("old@example.com", "vip")
        export = self.stage.start("vip", existing_users=True, consent_field="agrees")
        path = f"/exports/{export}"
        self.stage.lytics.enter(ANN, "vip")
        self.stage.lytics.post_all_triggers()
        at = int(self.product.clock.now() * 1000)
        change = {"slug": "vip", "event": "enter", "at": at, "fields": {"name": "N", "agrees": "yes"}}
        self.stage.tell(export, {"email": "c@example.com", **change}, {"email": "no address", **change})
        self.stage.tell(export, {"email": "c@example.com", **change, "slug": "ghost"})
        self.pump()
        self.ask("GET", "/audiences")
        self.ask("GET", f"{path}/failures")
        self.ask("POST", f"{path}/retry-failures")
        self.pump()
        self.ask("PATCH", path, {"audiences": [{"slug": "vip"}, {"slug": "new"}]})
        self.pump()
        self.ask("PATCH", path, {"audiences": [{"slug": "vip"}]})
        self.pump()
        self.ask("POST", f"{path}/rotate-webhook")
        self.pump()
        dry = self.ask("POST", "/exports", {**self.wanted("vip"), "existing_users": True, "dry_run": True})[
            "id"
        ]
        self.pump()
        self.ask("GET", f"/exports/{dry}/plan")
        self.ask("GET", "/exports")
        self.ask("GET", f"{path}/ledger")
        self.ask("GET", f"{path}/activity")
        self.trying(path)
        self.later()
        self.ask("POST", f"{path}/stop")
        self.ask("POST", f"{path}/start")
        self.pump()
        self.ask("DELETE", f"/exports/{dry}")
        self.pump()
        self.export = export

    def trying(self, path):
        """Two people fail; when that is mended, one is tried and one retried. A third one is new."""
        failing = [self.stage.vendor.subscribe(self.stage.list, f"left{n}@example.com") for n in range(2)]
        for one in failing:
            self.stage.vendor.unsubscribe(self.stage.list, one.email)
            self.stage.lytics.enter(one.email, "vip")
        self.stage.lytics.post_all_triggers()
        self.pump()
        for one in failing:
            self.stage.vendor.subscribe(self.stage.list, one.email)
        self.stage.lytics.place("tried@example.com", "vip")
        self.stage.lytics.person("tried@example.com", agrees="yes")
        for email in (failing[0].email, "tried@example.com"):
            self.ask("POST", f"{path}/try", {"email": email})
        self.ask("POST", f"{path}/retry-failures")
        self.pump()

    def enter(self, *emails):
        """People enter the export's audience."""
        at = int(self.product.clock.now() * 1000)
        told = [{"email": email, "slug": "vip", "event": "enter", "at": at, "fields": {}} for email in emails]
        self.stage.tell(self.export, *told)

    def wanted(self, *slugs):
        named = [{"slug": slug} for slug in slugs]
        return {
            "authorization_id": self.stage.authorization,
            "list_id": self.stage.list.id,
            "audiences": named,
        }

    def reconnecting(self, authorization, client):
        """A job of each kind fails for want of access, and goes on."""
        wanted = {"authorization_id": authorization, "client_id": client, "keep_updated": True}
        refusal = {"match": "GET .*suppressionlist", "status": 400, "code": 1, "message": "No"}
        self.stage.vendor.faults.script("code", times=1, **refusal)
        job = self.ask("POST", "/imports", wanted)["id"]
        self.pump(most=3)
        self.stage.vendor.account.grants.revoke()
        self.enter("jane@example.com")
        self.pump()
        for one in (authorization, self.stage.authorization):
            url = self.ask("POST", f"/authorizations/{one}/reconnect")["authorize_url"]
            assert consent(url)[0] == 200
        self.pump()
        self.later()
        self.ask("DELETE", f"/imports/{job}")
        self.pump()

    def person(self):
        path = f"/profiles/{ANN}"
        for part in ("", "/rows", "/explain", "/export", "/exports"):
            self.ask("GET", f"{path}{part}")
        self.ask("GET", "/profiles", query={"prefix": ANN})
        text = self.ask("GET", "/streams/cm_user/mapping")["mapping"]
        changed = text.replace("SHORTDESC", "  SHORTDESC")
        self.ask("POST", "/streams/cm_user/mapping/check", {"mapping": changed, "email": ANN})
        self.ask("PUT", "/streams/cm_user/mapping", {"mapping": changed})
        self.ask("POST", "/streams/reproject")
        self.pump()
        self.ask("GET", "/streams/reproject")
        self.ask("DELETE", "/streams/cm_user/mapping")
        self.ask("DELETE", path)
        self.deliver([make_event(email=ANN), make_event(email="lately@example.com")])
        self.enter(ANN, "lately@example.com")
        self.pump()
        self.ask("DELETE", path, query={"block": "true"})
        self.ask("GET", "/blocks")
        self.ask("DELETE", f"/blocks/{ANN}")
        self.pump()

    def system(self):
        self.ask("GET", "/dead-letters")
        for queue in ("rows", "bulk", "pages", "changes"):
            self.ask("POST", f"/dead-letters/{queue}/redrive")
        self.ask("GET", "/openapi.json")


RARE = {
    ("RowsFunction", "dynamodb:DeleteItem", "RowsTable"): "erases whom somebody erased while it stored",
    ("RowsFunction", "dynamodb:ConditionCheckItem", "RowsTable"): "learns of a No, and takes leaves away",
    ("RowsFunction", "dynamodb:GetItem", "RowsTable"): "so, and takes the place of a leaf of an erased life",
    ("RowsFunction", "dynamodb:DeleteItem", "ProfilesTable"): "forgets whom somebody erased while it stored",
    (
        "RowsFunction",
        "dynamodb:UpdateItem",
        "JobsTable",
    ): "counts rows of a run that were redriven into its queue",
    ("RowsFunction", "sqs:SendMessage", "PagesQueue"): "so, and they were the last ones of their run",
    ("RowsFunction", "sqs:SendMessage", "BulkQueue"): "hands on errands that were redriven into its queue",
    (
        "BulkFunction",
        "dynamodb:BatchGetItem",
        "JobsTable",
    ): "asks who was erased when somebody was erased lately",
    (
        "ExportFunction",
        "dynamodb:BatchGetItem",
        "JobsTable",
    ): "asks who was erased when somebody was erased lately",
    ("BulkFunction", "dynamodb:BatchWriteItem", "JobsTable"): "removes failures told during an erasure",
    ("BulkFunction", "dynamodb:DeleteItem", "MembershipsTable"): "removes memberships told during one",
    ("BulkFunction", "sqs:SendMessage", "BulkQueue"): "goes on with more than a message's work",
}
"""What is used only when workers get into each other's way or there is much to do, and what for."""


def test_no_role_grants_what_its_function_does_not_use(ledger):
    assert sorted(ledger.unused() - RARE.keys()) == []


def test_no_function_asks_for_what_its_role_does_not_grant(ledger):
    assert ledger.asked
    assert ledger.denied() == []
