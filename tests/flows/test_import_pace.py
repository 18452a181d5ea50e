"""All workers together never ask more at once than the account may be asked."""

from simulators.campaign_monitor.generator import World
from tests.flows.importing import Stage, meanwhile

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

        (pace,) = [item for item in stage.product.items("JobsTable") if item["item"] == "pace"]
        assert 0 < float(pace["quiet_until"]) - refused[0] < 4
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
