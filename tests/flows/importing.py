"""An import as deployed, from `POST /imports` to the profiles: what its tests share."""

import json
import re
from collections import Counter

from simulators.campaign_monitor.generator import EPOCH_NOW, World
from simulators.faults import Faults
from tests import vendor_truth
from tests.product import Product

SMALL = World(clients=2, lists=3, subscribers=120, campaigns=3, activity=260, journeys=1, unusable=2)
PAGE = 1000
STATES = ("Active", "Unconfirmed", "Unsubscribed", "Bounced", "Deleted")
NEEDLESS = ("/oauth", "/clients.json")


class Stage:
    """A product with a connected account of one client that matters."""

    def __init__(self, world=SMALL, **more):
        more = {"seed": 1} | more
        self.product = Product(start=EPOCH_NOW, scenario=world, **more)

    def __enter__(self):
        self.product.__enter__()
        self.vendor = self.product.vendor
        self.client = self.vendor.clients[0]
        self.authorization = self.product.connect()
        self.job_id, self.mark = "", 0
        return self

    def __exit__(self, *error):
        self.product.__exit__(*error)

    def begin(self, **wanted):
        """Start an import of the client; nothing has been read yet."""
        self.mark = len(self.vendor.calls)
        self.job_id = self.product.start_import(self.authorization, self.client.id, **wanted)

    def imported(self, **wanted):
        self.begin(**wanted)
        self.pump()
        return self

    def run_again(self):
        self.mark = len(self.vendor.calls)
        answer = self.post("run")
        assert answer.status == 202, answer.body
        self.pump()

    def tick(self):
        """What the schedule sends, and what it leads to."""
        self.mark = len(self.vendor.calls)
        body = json.dumps({"job": self.job_id, "task": "scheduled"})
        self.product.sqs.send_message(QueueUrl=self.product.names["PagesQueue"], MessageBody=body)
        self.pump()

    def pump(self, **how):
        return self.product.pump(**how)

    def post(self, action):
        return self.product.gateway.post(f"/imports/{self.job_id}/{action}")

    def change(self, **changes):
        return self.product.gateway.patch(f"/imports/{self.job_id}", changes).json

    @property
    def job(self):
        return self.product.job(self.job_id)

    @property
    def failures(self):
        return self.product.failures(self.job_id)

    @property
    def lists(self):
        return list(self.client.lists.values())

    def asked(self):
        """The calls since the run began, as (path without the API's root, query); the path of a write names its method."""
        calls = [
            call for call in self.vendor.calls[self.mark :] if not any(part in call.path for part in NEEDLESS)
        ]
        return [(_told(call), call.query) for call in calls]

    def asked_twice(self):
        counts = Counter((path, tuple(sorted(query.items()))) for path, query in self.asked())
        return [call for call, times in counts.items() if times > 1]

    def assert_profiles_are_true(self, list_ids=None, gone=()):
        """Everybody's profile is what the vendor knows of the person, plain or asked for; and of nobody else there is one."""
        truth = vendor_truth.profiles(self.client, list_ids, gone)
        found = self.profiles(truth)
        wrong = {email: (found[email], fields) for email, fields in truth.items() if found[email] != fields}
        assert not wrong, (
            f"{len(wrong)} of {len(truth)} profiles are wrong, such as {next(iter(wrong.items()))}"
        )
        known = {item["email"] for item in self.product.items("RowsTable") if "@" in item["email"]}
        assert known == set(truth)
        self.assert_plain_profiles_are_true(found)

    def assert_plain_profiles_are_true(self, found):
        """Everybody's plain item in DynamoDB has the fields of the profile, given by address."""
        plain = {item["email"]: item for item in self.product.items("ProfilesTable")}
        wrong = {
            email: (plain.get(email), fields)
            for email, fields in found.items()
            if email not in plain or plain[email]["fields"] != fields or plain[email]["left_out"]
        }
        assert not wrong, (
            f"{len(wrong)} of {len(found)} plain items are wrong, such as {next(iter(wrong.items()))}"
        )
        assert plain.keys() == found.keys()

    def profiles(self, emails):
        """The fields of these people, as the API tells them."""
        answers = {email: self.product.profile(email) for email in emails}
        return {email: answer.json.get("fields") for email, answer in answers.items()}

    def assert_counts_are_the_vendors(self):
        """Opens, clicks and recipients, summed over everybody, are as many as the campaigns' reports have."""
        found = self.profiles(vendor_truth.rows_by_address(self.client)).values()
        fields = {"cm_openct": "opens", "cm_clickct": "clicks", "cm_sendct": "recipients"}
        counted = {field: sum(each.get(field, 0) for each in found) for field in fields}
        reports = [campaign.reports for campaign in self.client.campaigns.values()]
        assert counted == {
            field: sum(len(each[kind].rows) for each in reports) for field, kind in fields.items()
        }

    def assert_run_is_whole(self, status="completed"):
        """The run ended well, and its counters say that nothing is left to be done."""
        job = self.job
        run = job["run"]
        assert (job["status"], run["status"]) == (status, "succeeded"), (job, self.failures)
        assert run["pages"]["done"] == run["pages"]["total"]
        assert all(stage["done"] == stage["total"] for stage in run["stages"].values()), run["stages"]
        assert self.product.dead_letters() == {}
        assert [self.product.messages(queue) for queue in ("PagesQueue", "RowsQueue", "BulkQueue")] == [
            [],
            [],
            [],
        ]


def _told(call):
    path = call.path.removeprefix("/api/v3.3/").removesuffix(".json")
    return path if call.method == "GET" else f"{call.method} {path}"


class Meanwhile(Faults):
    """A vendor to whom things happen while it is asked: `when(pattern, action)` acts before the call is answered."""

    __slots__ = ("_waiting",)

    def when(self, pattern, action, times=1):
        if not hasattr(self, "_waiting"):
            self._waiting = []
        self._waiting.append([pattern, action, times])

    def next_for(self, request):
        for entry in getattr(self, "_waiting", []):
            pattern, action, times = entry
            if times and re.search(pattern, f"{request.method} {request.target}"):
                entry[2] -= 1
                action()
        return super().next_for(request)


def meanwhile(vendor):
    """Let things happen at the vendor while it is asked."""
    vendor.faults = Meanwhile(vendor.faults.seed)
    return vendor.faults


def pages(count):
    return max(1, -(-count // PAGE))


def least_calls(client, list_ids=None):
    """The fewest calls that read everything: pages, and one or two per campaign, one per list and journey, and the client's."""
    lists = [one for one in client.lists.values() if list_ids is None or one.id in list_ids]
    calls = 2 + pages(len(client.campaigns)) + 1 + pages(len(client.suppressed))
    for one in lists:
        calls += 1 + sum(pages(len(one.in_state(state))) for state in STATES)
    for campaign in client.campaigns.values():
        is_ours = list_ids is None or any(list_id in list_ids for list_id in campaign.list_ids())
        calls += is_ours + (list_ids is not None)
        calls += sum(
            pages(len(report.rows)) for report in campaign.reports.values() if is_ours and report.rows
        )
    for journey in client.journeys.values():
        if journey.list_id in {one.id for one in lists}:
            reports = [report for email in journey.emails for report in email.reports.values()]
            calls += 1 + sum(pages(len(report.rows)) for report in reports if report.rows)
    return calls
