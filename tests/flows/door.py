"""A door that is open to strangers: a stage with jobs of both kinds, people, and names for all that there is.

Whoever knocks many times finds something behind the names at every time: what was deleted is made again.
"""

from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote

from simulators.campaign_monitor import fields
from simulators.campaign_monitor.generator import World
from tests import contract
from tests.aws.api_gateway import Answer
from tests.flows.exporting import exporting

WORLD = World(clients=1, lists=2, subscribers=6, campaigns=1, activity=6, journeys=0, unusable=1)
ROUND = 500
"""Requests after which the queues run dry and everything is looked at."""
EMAILS = ("jane@example.com", "JOE@example.com", "ann+news@example.com", "zoë@example.com")
KNOWN = {
    "client_id": ("@client",),
    "list_id": ("@list",),
    "email": EMAILS,
    "stream": ("cm_user", "cm_activity"),
    "queue": ("rows", "bulk", "pages", "changes"),
}
OF_A_ROUTE = {
    "/imports/{id}": ("@import",),
    "/exports/{id}": ("@export", "@dry"),
    "/authorizations/{id}": ("@authorization",),
    "/webhooks/campaign-monitor/{key}": ("@hook",),
    "/webhooks/lytics/{key}": ("@trigger",),
}


class Door:
    """A stage with jobs of both kinds, to which requests are sent; names such as `@import` stand for what there is."""

    def __init__(self, stage):
        self.stage, self.api, self.product = stage, stage.api, stage.product
        self.known = {"@cursor": ["x"]}
        self.sent = 0
        self.settle()

    def send(self, method, path, query, headers, body, is_base64):
        path, query = self.real(path), [(name, self.real(value)) for name, value in query]
        answer = self.api.call(
            method,
            path,
            query=query,
            headers=headers,
            body=self.real(body) if body else body,
            is_base64=is_base64,
        )
        self._check(answer)
        self.note(method, path, answer.status)

    def note(self, method, path, status):
        """Somebody has made a request; from time to time, let everything settle."""
        if method == "DELETE" and status == HTTPStatus.NO_CONTENT:
            self._forget(path)
        self.sent += 1
        if self.sent % ROUND == 0:
            self.settle()

    def settle(self):
        """Run the queues dry, look at everything there is, and make what is missing."""
        self.product.pump()
        assert self.product.dead_letters() == {}
        self._check_jobs()
        self._check_people()
        self._restock()

    def real(self, text):
        """What the names in a text stand for; where they can mean several things, these take turns."""
        for name, values in self.known.items():
            text = text.replace(name, values[self.sent % len(values)])
        return text

    def _forget(self, path):
        for values in self.known.values():
            if len(values) > 1:
                values[:] = [value for value in values if value not in path]

    def _check(self, answer: Answer):
        assert answer.status < 500, answer
        if answer.status != 200 or answer.headers["Content-Type"].startswith("text/html"):
            return
        told = answer.json
        if isinstance(told, dict) and told.get("cursor"):
            self.known["@cursor"] = [told["cursor"]]

    def _items(self, path, **query):
        answer = self.api.get(path, **query)
        assert answer.status == 200, answer
        told = answer.json
        more = self._items(path, cursor=told["cursor"]) if told["cursor"] else []
        return [*told["items"], *more]

    def _check_jobs(self):
        for kind in ("imports", "exports"):
            for job in self._items(f"/{kind}"):
                assert job["status"] != "starting", job
                self._items(f"/{kind}/{job['id']}/failures")
                if kind == "imports":
                    for run in self._items(f"/imports/{job['id']}/runs"):
                        contract.check_run(run)
                if kind == "exports":
                    for one in self._items(f"/exports/{job['id']}/ledger"):
                        contract.check_entry(one)
                    for one in self._items(f"/exports/{job['id']}/activity"):
                        contract.check_deeds(one)
                if job.get("dry_run"):
                    for one in self._items(f"/exports/{job['id']}/plan"):
                        contract.check_plan(one)

    def _check_people(self):
        texts = {name: self.api.get(f"/streams/{name}/mapping").json["mapping"] for name in KNOWN["stream"]}
        now = datetime.fromtimestamp(self.product.clock.now(), UTC)
        stored = {item["email"] for item in self.product.items("RowsTable") if "email" in item}
        for email in sorted(stored | {email.lower() for email in EMAILS}):
            path = f"/profiles/{quote(email, safe='')}"
            answer = self.api.get(path)
            if answer.status != 404:
                contract.check_profile(answer.json, texts)
                for row in self._items(f"{path}/rows"):
                    contract.check_row(row, now)

    def _restock(self):
        """An account, the mappings as they were, and new jobs: the first of each kind, which the receivers serve, has no name."""
        for stream in KNOWN["stream"]:
            self.api.delete(f"/streams/{stream}/mapping")
        authorizations = [one["id"] for one in self._items("/authorizations") if one["status"] == "active"]
        authorization = authorizations[0] if authorizations else self.product.connect()
        for one in self._items("/authorizations"):
            if one["status"] == "pending":
                self.api.delete(f"/authorizations/{one['id']}")
        self.stage.authorization = authorization
        for kind in ("imports", "exports"):
            for job in self._items(f"/{kind}"):
                assert self.api.delete(f"/{kind}/{job['id']}").status == 204
        client, listing = self.stage.vendor.clients[0], self._hooked_list()
        kept, *imports = [self.product.start_import(authorization, client.id) for _ in range(3)]
        told, *exports = [self._exported() for _ in range(3)]
        dry = [self._exported(dry_run=True)]
        self.product.pump()
        url = self.api.get(f"/exports/{told}").json["audience_webhook_url"]
        mine = {one["webhook_id"] for one in self.api.get(f"/imports/{kept}").json["webhooks"]}
        self.known |= {
            "@authorization": [authorization],
            "@client": [client.id],
            "@list": [listing.id],
            "@import": imports,
            "@export": exports,
            "@dry": dry,
            "@hook": [hook.url.rpartition("/")[2] for hook in listing.webhooks.values() if hook.id in mine],
            "@trigger": [url.rpartition("/")[2]],
        }

    def _hooked_list(self):
        return next(iter(self.stage.vendor.clients[0].lists.values()))

    def _exported(self, **more):
        answer = self.stage.create("vip", "buyers", existing_users=True, **more)
        assert answer.status == 201, answer
        return answer.json["id"]


@contextmanager
def opened():
    with exporting(scenario=WORLD) as stage:
        fields.add(next(iter(stage.vendor.clients[0].lists.values())), "City", "Text")
        fields.add(stage.list, "City", "Text")
        for email in EMAILS:
            stage.lytics.place(stage.lytics.person(email, name="Jane", city="Ulm"), "vip")
        yield Door(stage)
