"""A connected account whose first client is imported: the product in this process, as an admin uses it."""

import json
from typing import Any, Self

from simulators.browser import consent
from simulators.campaign_monitor import CampaignMonitor
from simulators.campaign_monitor.generator import EPOCH_NOW, World
from tests.aws.stack import Stack

type Json = dict[str, Any]


class Account(Stack):
    """Up from `with` to its end; `client` is the vendor's customer, `lists` are its lists."""

    def __init__(self, world: World) -> None:
        super().__init__(CampaignMonitor(scenario=world, seed=1), start=EPOCH_NOW)

    def __enter__(self) -> Self:
        super().__enter__()
        self.client: Any = self.vendor.clients[0]
        self.lists: list[Any] = list(self.client.lists.values())
        begun = self._post("/authorizations", {"description": "Bench"})
        consent(begun["authorize_url"])
        self._authorization, self._job = begun["id"], ""
        return self

    def begin(self, **wanted: Any) -> None:
        """Start an import of the client; nothing has been read yet."""
        body = {"authorization_id": self._authorization, "client_id": self.client.id, **wanted}
        self._job = self._post("/imports", body)["id"]

    def export(self, list_id: str, audience: str) -> str:
        """Start an export of an audience to a list; return the URL that its triggers go to."""
        wanted = {"list_id": list_id, "audiences": [{"slug": audience}]}
        made = self._post("/exports", {"authorization_id": self._authorization, **wanted})
        return str(made["audience_webhook_url"])

    def run_again(self) -> None:
        """Start the import's next run."""
        self._post(f"/imports/{self._job}/run", {})

    def run(self) -> Json:
        """The latest run."""
        found: Json = self.gateway.get(f"/imports/{self._job}").json["run"]
        return found

    def tell(self, email: str, date: str) -> None:
        """Post a subscribe of the first list to its webhook, as the vendor does."""
        (hook,) = self.lists[0].webhooks.values()
        event = {"Type": "Subscribe", "Date": date, "EmailAddress": email, "Name": "Jane", "CustomFields": []}
        self._post(hook.url.removeprefix(self.url), {"ListID": self.lists[0].id, "Events": [event]})

    def _post(self, path: str, body: Json) -> Json:
        answer = self.gateway.call("POST", path, body=json.dumps(body, ensure_ascii=False))
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's word for yes
            raise RuntimeError(f"POST {path}: {answer.status} {answer.body}")
        return answer.json if answer.body else {}
