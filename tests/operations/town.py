"""A stack at work, with vendors that go on calling it, and what must be in it whatever is done to it."""

import subprocess
import threading
import time
from contextlib import contextmanager
from itertools import count
from uuid import uuid4

import requests
import yaml
from boto3.dynamodb.types import TypeDeserializer

from local.connecting import choose, connect
from local.programs import ROOT, own_environment
from local.rollout import rolled_out
from local.stack import Api, answered
from lytics_cm.web import rfc3339
from simulators.campaign_monitor.clock import zone_of
from tests import lives, vendor_truth
from tests.deliveries import make_body, make_event
from tests.e2e.runs import start, until
from tests.e2e.world import client_of

SLOW_SECONDS, SLOWER_SECONDS = 0.5, 6
"""What each call to Campaign Monitor takes until something is seen half way, and while a deployment lasts."""
VISIBLE_AGAIN_SECONDS = 8
"""Longer than a batch takes."""
DATE = "2026-03-05 14:30"
AUDIENCES = {"spring_buyers": "Spring Buyers", "vip": "VIP", "at_risk": "At Risk"}
KEY = "[LyticsAudiences]"
ATTEMPTS, ENDED = 3, "Worker process died"
"""A call whose function is replaced is ended by MiniStack, or never answered; not by AWS. Both vendors make it again."""
PATIENCE_SECONDS = 240
"""For which a step is waited for: on a quiet machine each takes some seconds."""
NEW_PEOPLE = 20
NEWCOMERS = "@subscribed.example"
"""Who subscribes at the vendor each time."""


class Town:
    """One client: an import reads its first list, an export writes to its second."""

    def __init__(self, site, versions):
        self.site, self.versions = site, versions
        self.hooked, self.triggered, self.subscribed = [], [], 0
        self.numbers = count()

    def deploy(self, version="newer", **parameters):
        self.version = version
        self.up = self.site.deploy(self.versions[version], **parameters)
        return self.up

    def roll_out(self, version, asked):
        """Make of a version one whose functions have versions behind an alias. Removing the stack removed its packages."""
        template = self.site.package(self.site.folder / version, version)
        rolled = template.with_name("rolled-out.yaml")
        rolled.write_text(yaml.safe_dump(rolled_out(yaml.safe_load(template.read_text()), asked, "one")))
        self.versions["rolled out"] = rolled

    def aliases(self):
        """What each function's calls go to, by its name in the template."""
        client = self.up.client("lambda")
        pages = client.get_paginator("list_functions").paginate()
        names = [one["FunctionName"] for page in pages for one in page["Functions"]]
        found = {name: client.list_aliases(FunctionName=name)["Aliases"] for name in names}
        return {
            name.split("-")[-2]: [(one["Name"], one["FunctionVersion"]) for one in each]
            for name, each in found.items()
        }

    @property
    def admin(self):
        return Patient(self.up.deployment.url, self.up.deployment.token)

    def begin(self):
        """Connect an account, and start both jobs."""
        self.hurry()
        authorization = connect(self.admin, "Operated")
        self.client, self.lists = choose(self.admin, authorization["id"])
        self.authorization_id = authorization["id"]
        read, written = self.lists
        wanted = {"authorization_id": authorization["id"], "list_id": written["id"]}
        audiences = [{"slug": slug} for slug in AUDIENCES]
        self.vendor(faults={"latency": SLOW_SECONDS})
        self.job = start(self.admin, self, list_ids=[read["id"]], keep_updated=True)
        self.export = self.admin.post("/exports", {**wanted, "audiences": audiences, "existing_users": True})

    def hurry(self):
        """Messages in hand of a function that is replaced come again soon: MiniStack ends what runs."""
        for queue in ("Pages", "Rows", "Bulk", "Changes"):
            self.up.hurry(queue, VISIBLE_AGAIN_SECONDS)

    def vendor(self, **steps):
        return answered(
            requests.post(f"{self.site.vendors.campaign_monitor}/_control", json=steps, timeout=60)
        )

    def state(self, path="/_state"):
        return answered(requests.get(f"{self.site.vendors.campaign_monitor}{path}", timeout=60))

    def lytics(self, **steps):
        return answered(requests.post(f"{self.site.vendors.lytics}/_control", json=steps, timeout=60))

    def lytics_state(self):
        return answered(requests.get(f"{self.site.vendors.lytics}/_state", timeout=60))

    def hooks(self):
        """The URLs that Campaign Monitor calls about the list that is read."""
        lists = self.state()["clients"][0]["lists"]
        return [hook["url"] for one in lists if one["id"] == self.lists[0]["id"] for hook in one["webhooks"]]

    def news(self, *, tells=True):
        """More people subscribe at the vendor, which tells of it, or keeps that until it is let."""
        listed, number = self.lists[0]["id"], self.subscribed
        self.subscribed += NEW_PEOPLE
        wave = [
            {"action": "subscribe", "list": listed, "email": f"new{n}{NEWCOMERS}", "name": f"New {n}"}
            for n in range(number, self.subscribed)
        ]
        self.vendor(do=wave)
        if tells:
            self.tell()

    def tell(self):
        """Let the vendor tell all that it has to tell, again until it is heard."""
        self.vendor(deliver_all=20)

    def run_again(self):
        """Another run, of what happened meanwhile at the vendor."""
        return self.admin.post(f"/imports/{self.job['id']}/run")

    def has_read(self):
        """Whether all that a run reads is read, and its rows wait to be stored."""
        is_reading = self.up.waiting("Pages") or not self.run()["calls"]
        return not is_reading and self.up.waiting("Bulk") > 0

    def begin_run(self):
        """The same, until it is half way; a person may wait for a call."""
        self.vendor(faults={"latency": SLOW_SECONDS})
        self.run_again()
        self.until_half_way(2)

    @contextmanager
    def held(self, queue):
        """While the block runs, nobody takes messages of a queue. After it they come again at once, not in minutes."""
        client, arn = self.up.client("lambda"), self._arn(queue)
        (source,) = client.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
        client.update_event_source_mapping(UUID=source["UUID"], Enabled=False)
        yield
        self.up.hurry(queue, 1)
        client.update_event_source_mapping(UUID=source["UUID"], Enabled=True)

    def _arn(self, queue):
        sqs, url = self.up.client("sqs"), self.up.output(f"{queue}QueueUrl")
        return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def rotate_admin_token(self):
        """Write another one to its secret, and wait until it is known; the token of before."""
        before = self.up.deployment.token
        secret = self.up.output("AdminTokenSecretArn")
        self.up.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=uuid4().hex)
        self.up = self.site.stack()
        until(lambda: self.admin.call("GET", "/imports").ok, PATIENCE_SECONDS)
        return before

    def put(self, secret, text):
        """Write a secret that the admin made."""
        arn = self.site.secrets[secret]
        self.up.client("secretsmanager").put_secret_value(SecretId=arn, SecretString=text)

    def refuses(self, header):
        url = f"{self.up.deployment.url}/imports"
        answer = requests.get(url, headers={"Authorization": header}, timeout=60)
        return answer.status_code in (requests.codes.unauthorized, requests.codes.forbidden)

    def planned(self):
        """What an export would do that reads everybody of an audience."""
        wanted = {"authorization_id": self.authorization_id, "list_id": self.lists[1]["id"], "dry_run": True}
        dry = self.admin.post("/exports", {**wanted, "audiences": [{"slug": "vip"}], "existing_users": True})
        path = f"/exports/{dry['id']}"
        until(lambda: sum(self.admin.get(f"{path}/plan")["totals"].values()) > 0, PATIENCE_SECONDS)
        totals = self.admin.get(f"{path}/plan")["totals"]
        self.admin.call("DELETE", path)
        return totals

    def restore(self, tables):
        """Each table as it is now, under a new name, with what a restored table must be given; the new names."""
        client, made = self.up.client("dynamodb"), {}
        for output, name in tables.items():
            made[output] = f"{name}-restored"
            client.restore_table_to_point_in_time(
                SourceTableName=name, TargetTableName=made[output], UseLatestRestorableTime=True
            )
            client.get_waiter("table_exists").wait(TableName=made[output])
            recovery = {"PointInTimeRecoveryEnabled": True}
            client.update_continuous_backups(
                TableName=made[output], PointInTimeRecoverySpecification=recovery
            )
        forgets = {"AttributeName": "expires_at", "Enabled": True}
        client.update_time_to_live(TableName=made["JobsTable"], TimeToLiveSpecification=forgets)
        return made

    def lose_rows(self, table):
        """Somebody deletes what is known of people."""
        client = self.up.client("dynamodb")
        for page in client.get_paginator("scan").paginate(TableName=table, ProjectionExpression="email, #key",
                                                          ExpressionAttributeNames={"#key": "key"}):  # fmt: skip
            for key in page["Items"]:
                client.delete_item(TableName=table, Key=key)

    def erase_again(self, jobs_table, since):
        """What the program prints that does it."""
        command = [ROOT / ".venv/bin/python", "-m", "local.erased_again", self.site.name, jobs_table, since]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=own_environment(**self.site.aws.environment),
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def left(self):
        """What is in the account of what a stack of ours makes: names of tables, ARNs of secrets and keys in use."""
        aws = self.site.aws
        tables = aws.client("dynamodb").list_tables()["TableNames"]
        secrets = [one["ARN"] for one in aws.client("secretsmanager").list_secrets()["SecretList"]]
        kms = aws.client("kms")
        keys = [kms.describe_key(KeyId=one["KeyId"])["KeyMetadata"] for one in kms.list_keys()["Keys"]]
        return {*tables, *secrets, *(key["Arn"] for key in keys if key["Enabled"])}

    def run(self):
        return self.admin.get(f"/imports/{self.job['id']}")["run"]

    def until_half_way(self, seconds=SLOWER_SECONDS):
        """Wait until a run has read something and has more to read, by calls of so many seconds."""
        until(lambda: self.run()["progress"] > 0, PATIENCE_SECONDS)
        run = self.run()
        assert (run["status"], 0 < run["progress"] < 1) == ("running", True), run
        self.vendor(faults={"latency": seconds})

    def deployed_at(self):
        """When the last deployment began."""
        (stack,) = self.up.client("cloudformation").describe_stacks(StackName=self.site.name)["Stacks"]
        return rfc3339(int(stack["LastUpdatedTime"].timestamp() * 1000))

    def ended(self):
        """Let the vendor be quick, and wait for the end of the run and of all messages.

        Whose calls fail while a function is replaced here may become dead letters within seconds: they are redriven.
        """
        self.vendor(faults={"latency": 0})

        def is_over():
            self.redrive()
            return self.run()["status"] != "running"

        until(is_over, 2 * PATIENCE_SECONDS)
        self.up.settle("Rows", "Bulk", "Changes", seconds=PATIENCE_SECONDS)
        return self.run()

    def redrive(self):
        """Put all dead letters back."""
        for one in self.admin.get("/dead-letters")["items"]:
            if one["messages"]:
                self.admin.post(f"/dead-letters/{one['queue']}/redrive")

    def people(self):
        """Everybody's fields, as the table of plain profiles has them when nobody waits to be written into it."""
        self.admin.post("/streams/reproject")
        until(lambda: self.admin.get("/streams/reproject")["status"] == "completed", PATIENCE_SECONDS)
        client, table = self.up.client("dynamodb"), self.up.output("ProfilesTable")
        pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        items = [
            {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
            for page in pages
            for item in page["Items"]
        ]
        return {item["email"]: _plain(item["fields"]) for item in items if item["fields"]}

    def wrong(self):
        """What is not as it must be: by person and field, what is there and what must be."""
        people, truth = self.people(), self.truth()
        pairs = {email: (people.get(email, {}), truth.get(email, {})) for email in people | truth}
        return {
            email: {
                name: (found.get(name), wanted.get(name))
                for name in found | wanted
                if found.get(name) != wanted.get(name)
            }
            for email, (found, wanted) in pairs.items()
            if found != wanted
        }

    def truth(self):
        """Who must be known, and how: what the vendor has, and whom it told of."""
        world = client_of(self.state)
        read = self.lists[0]
        place = {"list_id": read["id"], "list_name": read["name"]}
        place |= {"client_id": world.id, "client_name": world.name}
        deeds = [{"action": "subscribe", "email": email, "at": DATE, "name": "Jane"} for email in self.hooked]
        deeds += [
            {"action": "subscribe", "email": email, "at": person.date, "name": person.name}
            for email, person in world.lists[read["id"]].people.items()
            if email.endswith(NEWCOMERS)
        ]
        told = lives.profiles(deeds, place, zone_of(world.time_zone))
        return vendor_truth.profiles(world, [read["id"]]) | told

    def exported(self):
        """The audiences of everybody on the list that is written to."""
        people = self.state(f"/_state/lists/{self.lists[1]['id']}")["subscribers"]
        found = {
            person["email"]: sorted(value for key, value in person["fields"] if key == KEY)
            for person in people
        }
        return {email: options for email, options in found.items() if options}

    def to_export(self):
        """The same as it must be."""
        wanted = {}
        for slug, members in self.lytics_state()["audiences"].items():
            for member in members:
                wanted.setdefault(member["email"], set()).add(AUDIENCES[slug])
        entered = {email: {"VIP"} for email in self.triggered}
        return {email: sorted(found) for email, found in (wanted | entered).items()}


class Patient(Api):
    """Asks again what was not answered, as it may happen while MiniStack replaces a function."""

    def call(self, method, path, body=None, **options):
        try:
            return super().call(method, path, body, **options)
        except requests.Timeout:
            if method != "GET":
                raise
            return super().call(method, path, body, **options)


class Callers(threading.Thread):
    """The vendors go on calling while the block runs; `refused` is what was not answered with 200."""

    def __init__(self, town):
        super().__init__()
        self.town, self.refused, self.count = town, [], 0
        self._over = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self.join()

    def run(self):
        while not self._over.wait(0.1):
            self.count += 1
            email = f"hooked{next(self.town.numbers)}@called.example"
            body = make_body(self.town.lists[0]["id"], [make_event(email=email, Date=f"{DATE}:00")])
            self._tell(self.town.hooks()[0], body, email, self.town.hooked)
            url = self.town.export["audience_webhook_url"]
            self._enter(url, f"entered{next(self.town.numbers)}@called.example")

    def _enter(self, url, email):
        told = {"slug": "vip", "event": "enter", "enter": rfc3339(int(time.time() * 1000))}
        body = {"data": {"email": email, "name": "Nora", "segment_events": [told]}}
        return self._tell(url, body, email, self.town.triggered)

    def tell_old(self, url):
        """What the URL of before answers to a trigger."""
        email = f"late{next(self.town.numbers)}@called.example"
        return self._enter(url, email)

    def _tell(self, url, body, email, told):
        text = {"data": body} if isinstance(body, str) else {"json": body}
        for _ in range(ATTEMPTS):
            status, words = self._post(url, text)
            if ENDED not in words:
                break
        if status == requests.codes.ok:
            told.append(email)
        else:
            self.refused.append((url, status, words))
        return status

    def _post(self, url, text):
        try:
            answer = requests.post(url, timeout=60, **text)
        except requests.Timeout:
            return None, ENDED
        return answer.status_code, answer.text


def _plain(value):
    """DynamoDB's types as JSON has them."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, set)):
        return [_plain(one) for one in value]
    return value if isinstance(value, (str, bool)) or value is None else int(value)
