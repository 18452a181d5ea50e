"""An export as deployed: the whole product in this process, both vendors on loopback ports."""

import json
import os
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

import boto3
from requests.adapters import HTTPAdapter

from simulators.campaign_monitor import CampaignMonitor
from simulators.lytics import Lytics
from tests.aws.functions import cold_start
from tests.product import Product

AUDIENCES = {"vip": "VIP", "buyers": "Spring Buyers", "new": "New Readers"}
FIELD = "Lytics Audiences"


@contextmanager
def exporting(audiences=None, token=True, parameters=None, **world):
    """A product with a connected account and an empty list; yields what a test needs of it."""
    with ExitStack() as stack:
        vendor = CampaignMonitor(**world)
        lytics = stack.enter_context(Lytics(audiences=AUDIENCES if audiences is None else audiences))
        product = stack.enter_context(Product(vendor, parameters=parameters))
        secret = {"Name": "LyticsToken", "SecretString": lytics.token}
        arn = boto3.client("secretsmanager").create_secret(**secret)["ARN"]
        product.names["LyticsSecret"] = arn
        os.environ.update(LYTICS_API_URL=lytics.url, LYTICS_SECRET_ARN=arn if token else "")
        cold_start()
        client = vendor.clients[0]
        mailing_list = vendor.account.add_list(client, "Newsletter for exports")
        yield Stage(product, vendor, lytics, mailing_list)


@contextmanager
def overheard():
    """Yields the entries that are written to Campaign Monitor from now on: each person of each call."""
    heard, send = [], HTTPAdapter.send

    def listening(adapter, request, *args, **more):
        if "/subscribers/" in request.url and request.method in ("POST", "PUT"):
            body = json.loads(request.body)
            heard.extend(body.get("Subscribers", [body]))
        return send(adapter, request, *args, **more)

    HTTPAdapter.send = listening
    try:
        yield heard
    finally:
        HTTPAdapter.send = send


class Stage:
    """What happens between the three: an admin configures, people move, queues run."""

    def __init__(self, product, vendor, lytics, mailing_list):
        self.product, self.vendor, self.lytics, self.list = product, vendor, lytics, mailing_list
        self.api = product.gateway
        self.authorization = product.connect()

    def create(self, *slugs, **more):
        """POST an export of these audiences, all when none is named; return the answer."""
        wanted = {
            "authorization_id": self.authorization,
            "list_id": self.list.id,
            "audiences": [{"slug": slug} for slug in slugs or self.lytics.account.audiences],
            **more,
        }
        self.declare(wanted)
        return self.api.post("/exports", wanted)

    def declare(self, wanted):
        """Have Lytics know the fields that an export asks for, as if somebody had them."""
        kinds = ("email_field", "name_field", "consent_field", "sms_field", "sms_consent_field")
        named = [wanted[name] for name in kinds if wanted.get(name)]
        for name in (*named, *wanted.get("field_mappings", {})):
            self.lytics.add_field(name)

    def start(self, *slugs, **more):
        """Create an export, let its set-up run, have Lytics post its triggers to it; return its id."""
        answer = self.create(*slugs, **more)
        assert answer.status == 201, answer.body
        self.subscribe(answer.json)
        self.run()
        return answer.json["id"]

    def subscribe(self, job, message_format="batch"):
        slugs = [audience["slug"] for audience in job["audiences"]]
        return self.lytics.subscribe(job["audience_webhook_url"], slugs, message_format)

    def run(self, **how):
        """Post what Lytics has to say, and run the queues dry."""
        self.lytics.post_all_triggers()
        self.product.pump(**how)

    def job(self, job_id):
        return self.api.get(f"/exports/{job_id}").json

    def counts(self, job_id):
        return self.job(job_id)["counts"]

    def failures(self, job_id):
        return self.api.get(f"/exports/{job_id}/failures").json["items"]

    def tell(self, job_id, *changes):
        """Put changes on the queue as the receiving function does."""
        body = json.dumps({"export": job_id, "changes": list(changes)})
        self.product.sqs.send_message(QueueUrl=self.product.names["ChangesQueue"], MessageBody=body)

    def people(self, mailing_list=None):
        """Who is on the list, with what: {email: (state, {field: values})}."""
        found = mailing_list or self.list
        return {
            person.email: (
                person.state,
                {field.name: sorted(values) for field, values in person.values.items()},
            )
            for person in found.people.values()
        }

    def audiences(self, mailing_list=None):
        """The options of everybody who has any."""
        return {
            email: fields[FIELD]
            for email, (_, fields) in self.people(mailing_list).items()
            if FIELD in fields
        }

    def imports(self):
        return [
            SimpleNamespace(size=size, **{name.lower(): flag for name, flag in flags.items()})
            for _, size, flags in self.vendor.account.imports
        ]
