"""The whole product in this process: a stack of template.yaml, a simulator of Campaign Monitor, and what an admin does."""

import json

from lytics_cm.row_messages import rows_of
from simulators.browser import consent
from simulators.campaign_monitor import CampaignMonitor
from tests.aws.stack import Stack


class Product(Stack):
    """Everything up from `with` to its end. `vendor` is a simulator of Campaign Monitor, made here unless given."""

    def __init__(self, vendor=None, *, start=None, parameters=None, executions=None, **world):
        super().__init__(
            vendor or CampaignMonitor(**world), start=start, parameters=parameters, executions=executions
        )

    def connect(self, description="Main", **more):
        """Connect the account; return the authorization's id."""
        begun = self.gateway.post("/authorizations", {"description": description, **more}).json
        status, page = consent(begun["authorize_url"])
        assert status == 200, page
        return begun["id"]

    def start_import(self, authorization_id, client_id, **more):
        answer = self.gateway.post(
            "/imports", {"authorization_id": authorization_id, "client_id": client_id, **more}
        )
        assert answer.status == 201, answer.body
        return answer.json["id"]

    def job(self, job_id, kind="imports"):
        return self.gateway.get(f"/{kind}/{job_id}").json

    def failures(self, job_id, kind="imports"):
        return self.gateway.get(f"/{kind}/{job_id}/failures").json["items"]

    def profile(self, email):
        return self.gateway.get(f"/profiles/{email}")

    def row_messages(self, queue):
        """The messages of rows in a queue, their rows as a list."""
        found = [json.loads(body) for body in self.messages(queue)]
        return [one | {"rows": rows_of(one["rows"])} for one in found if "rows" in one]
