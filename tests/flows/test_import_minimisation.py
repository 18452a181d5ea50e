"""What of Campaign Monitor's data an import need not have: columns, and what was before a day."""

from import_app import columns
from tests.deliveries import make_event
from tests.flows.importing import SMALL, Stage


def test_every_column_that_rows_have_is_known():
    with Stage(SMALL) as stage:
        stage.imported(drop_columns=[])
        event = make_event(
            email="ann@example.com", OldEmailAddress="an@example.com", SignupIPAddress="192.0.2.1"
        )
        hook = next(hook for one in stage.lists for hook in one.webhooks.values())
        owner = next(one for one in stage.lists if hook in one.webhooks.values())
        body = {"ListID": owner.id, "Events": [event]}
        assert stage.product.gateway.post(hook.url.removeprefix(stage.product.url), body).json == {
            "accepted": 1
        }
        stage.pump()

        people = {item["email"] for item in stage.product.items("RowsTable") if "@" in item["email"]}
        rows = [
            row for one in people for row in stage.product.gateway.get(f"/profiles/{one}/rows").json["items"]
        ]
        found = {name for row in rows for name in row["fields"] if not name.startswith("custom.")}
        assert found - set(columns.FREE) - columns.NEEDED.keys() == set()
        assert len(found) > 25
