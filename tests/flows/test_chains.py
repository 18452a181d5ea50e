"""Chains of messages that we send to ourselves, where AWS counts their turns: long ones end right, endless ones end."""

import json

from tests.flows.exporting import exporting
from tests.lineage import MOST
from tests.product import Product
from tests.store.people import OTHER, make_fact

CITIES = OTHER.format(stream="cm_activity", column="valuect(city) AS cities KIND map[string]intsum")


def place(product, table, items):
    """Put items into a table as if they had been written long ago."""
    for item in items:
        product.quick.dynamodb.tables[table].put(item)


def test_existing_users_are_scanned_however_many_steps_that_takes():
    with exporting(audiences={"vip": "VIP"}) as stage:
        for number in range(20_500):
            stage.lytics.place(f"p{number}@example.com", "vip")

        export = stage.start("vip", existing_users=True)

        assert stage.job(export)["existing"] == [
            {"slug": "vip", "read": 20_500, "total": 20_500, "without_address": 0, "done": True}
        ]
        assert stage.counts(export) == {
            "added": 20_500,
            "updated": 0,
            "removed": 0,
            "skipped": 0,
            "failed": 0,
        }
        assert len(stage.audiences()) == 20_500
        assert stage.product.dead_letters() == {}
        assert stage.product.lineages.deepest["ChangesFunction"] > MOST


def test_a_deleted_export_is_forgotten_however_many_people_it_had():
    with exporting(audiences={"vip": "VIP"}) as stage:
        export = stage.start("vip")
        place(
            stage.product,
            "MembershipsTable",
            (
                {"export": {"S": export}, "email": {"S": f"p{number}@example.com"}, "state": {"S": "{}"}}
                for number in range(60_000)
            ),
        )

        assert stage.api.delete(f"/exports/{export}").status == 204
        stage.run()

        assert stage.product.items("MembershipsTable") == []
        assert stage.product.dead_letters() == {}
        assert stage.product.lineages.deepest["ChangesFunction"] > MOST


def test_profiles_are_aggregated_anew_however_many_there_are():
    with Product() as product:
        people = [f"{number}@example.com" for number in range(20)]
        rows = [
            make_fact(email, minute=minute, event="open", city="Oslo").message()
            for email in people
            for minute in range(60)
        ]
        product.sqs.send_message(QueueUrl=product.names["RowsQueue"], MessageBody=json.dumps({"rows": rows}))
        product.pump()
        head = {"key": {"S": "head"}, "fold": {"N": "0"}, "life": {"B": b"life"}, "at": {"N": "1"}}
        place(
            product,
            "ProfilesTable",
            ({"email": {"S": f"p{number}@example.com"}, **head} for number in range(100_000 - len(people))),
        )
        before = mappings_of(product, people)
        product.gateway.call("PUT", "/streams/cm_activity/mapping", body=json.dumps({"mapping": CITIES}))

        product.gateway.post("/streams/reproject")
        product.pump()

        state = product.gateway.get("/streams/reproject").json
        assert (state["status"], state["addresses"]) == ("completed", {"done": 100_000, "total": 100_000})
        assert len(mappings_of(product, people) - before) == len(before) == 1
        assert product.profile(people[0]).json["fields"]["cities"] == {"Oslo": 60}
        assert product.dead_letters() == {}
        assert product.lineages.deepest["ReprojectFunction"] > MOST


def mappings_of(product, people):
    """The mappings under which the stored parts of these people were made."""
    return {
        item["mapping"]
        for item in product.items("ProfilesTable")
        if item["email"] in people and "mapping" in item
    }
