"""Whatever happens in between, the profile is that of the set of rows."""

from hypothesis import HealthCheck, given, settings

from tests.store.histories import batches, choices, orders, play

EXAMPLES = {"memory": 1000, "moto": 15, "local": 15}
"""Only the emulation in memory is quick enough for thousands."""


def history(dynamodb, share=1.0):
    return settings(
        max_examples=int(EXAMPLES[dynamodb.name] * share),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def test_two_workers_that_may_die_at_any_call_make_the_profile_of_the_set(dynamodb):
    @history(dynamodb)
    @given(batches, orders, choices)
    def check(deliveries, order, plays):
        play(dynamodb, deliveries, order, plays)

    check()


def test_an_erasure_in_between_leaves_nothing_that_counts_later(dynamodb):
    @history(dynamodb, 0.5)
    @given(batches, orders, choices)
    def check(deliveries, order, plays):
        play(dynamodb, deliveries, order, plays, erasing=True)

    check()
