"""All workers together never ask more at once than the account may be asked."""

from boto3.dynamodb.types import TypeSerializer

from simulators.campaign_monitor.generator import World
from tests.flows.importing import Stage, meanwhile
from tests.flows.test_import_crashes import AtCall

WORLD = World(clients=1, lists=2, subscribers=20, campaigns=3, activity=30, recipients=12, journeys=0)


def test_in_a_storm_of_refusals_many_workers_keep_to_the_most_parallel_calls():
    with Stage(WORLD, parameters={"MaxParallelCalls": "3"}) as stage:
        stage.begin()
        stage.vendor.faults.latency = 0.02
        stage.vendor.faults.rates = {"429": 0.1, "429-headers": 0.05}
        stage.vendor.peak_parallel = 0

        stage.pump(workers=6)

        stage.vendor.faults.clear()
        assert 1 < stage.vendor.peak_parallel <= 3
        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()


def test_one_refusal_silences_for_a_moment_and_not_for_longer_with_every_call():
    with Stage(WORLD) as stage:
        stage.begin()
        refused = []
        vendor = meanwhile(stage.vendor)
        vendor.when("/recipients", lambda: refused.append(stage.product.clock.now()))
        vendor.script("429", match="/recipients")

        stage.pump()

        assert 0 < float(pace_of(stage)["quiet_until"]) - refused[0] < 4
        stage.assert_run_is_whole()


def test_the_turns_of_dead_workers_come_back():
    with Stage(WORLD) as stage:
        stage.begin()
        table = stage.product.dynamodb
        forever = {f"dead{number}": {"N": str(int(stage.product.clock.now()) + 180)} for number in range(4)}
        item = {"job": {"S": f"pace#{stage.authorization}"}, "item": {"S": "pace"}, "leases": {"M": forever}}
        item |= {name: {"N": value} for name, value in {"width": "4", "strikes": "0", "credit": "0"}.items()}
        table.put_item(TableName="JobsTable", Item={**item, "quiet_until": {"N": "0"}, "rev": {"N": "1"}})

        stage.pump()

        stage.assert_run_is_whole()


def test_as_many_workers_as_there_are_turns_never_stand_in_each_others_way():
    with Stage(WORLD, parameters={"MaxParallelCalls": "4"}) as stage:
        asked = pace_calls(stage)
        stage.begin()
        stage.vendor.faults.latency = 0.02

        stage.pump(workers=4)

        first_times = [operation for operation in asked if operation in ("GetItem", "PutItem")]
        assert len(first_times) <= 2 * 4
        assert pace_of(stage)["leases"] == {}
        stage.assert_run_is_whole()


def test_after_a_refusal_good_calls_make_room_again_and_end_the_silence():
    with Stage(WORLD) as stage:
        stage.begin()
        stage.vendor.faults.script("429", match="/recipients")

        stage.pump()

        pace = pace_of(stage)
        assert (pace["width"], pace["strikes"], pace["silent_since"], pace["leases"]) == (2, 0, 0, {})
        stage.assert_run_is_whole()


def test_a_turn_that_was_asked_for_and_not_needed_is_given_back_and_teaches_nothing():
    with Stage(WORLD) as stage:
        stage.begin()
        stage.pump(until=lambda: len(stage.product.messages("PagesQueue")) > 1)
        bodies = [body for body in stage.product.messages("PagesQueue") if '"task":"list"' in body]
        stage.pump()
        troubled = pace_of(stage) | {"strikes": 3, "silent_since": 7, "width": 1}
        item = {name: TypeSerializer().serialize(value) for name, value in troubled.items()}
        stage.product.dynamodb.put_item(TableName="JobsTable", Item=item)
        calls = len(stage.vendor.calls)

        for body in bodies:
            stage.product.sqs.send_message(QueueUrl=stage.product.names["PagesQueue"], MessageBody=body)
        stage.pump()

        assert bodies
        assert len(stage.vendor.calls) == calls
        assert pace_of(stage) == troubled


def test_what_a_page_has_learned_is_known_only_if_the_page_is_counted():
    with Stage(WORLD) as stage:
        stage.begin()

        def known():
            return {item["item"] for item in stage.product.items("JobsTable") if "/active" in item["item"]}

        def is_fatal(_service, operation):
            return operation == "TransactWriteItems" and bool(stage.vendor.calls_to("active"))

        stage.pump(deaths=AtCall(is_fatal), until=lambda: stage.vendor.calls_to("active"))

        assert known() == set()
        stage.pump()
        assert {item.partition("#")[0] for item in known()} == {"known", "unit"}
        stage.assert_run_is_whole()


def pace_of(stage):
    (pace,) = [item for item in stage.product.items("JobsTable") if item["item"] == "pace"]
    return pace


def pace_calls(stage):
    """The operations on the pace of the account, from now on."""
    asked, hear = [], stage.product.quick.hear

    def listen(service, operation, params):
        key = params.get("Key") or params.get("Item") or {}
        if service == "dynamodb" and key.get("item") == {"S": "pace"}:
            asked.append(operation)
        hear(service, operation, params)

    stage.product.quick.hear = listen
    return asked
