"""Three lists, five states, 12,345 subscribers: each of them arrives, and every page is read once."""

from tests.flows.importing import STATES, Stage

HANDFUL = 16


def test_twelve_thousand_subscribers_arrive_with_a_call_per_page_and_a_handful():
    with Stage("users") as stage:
        stage.imported()

        pages = sum(
            max(1, -(-len(one.in_state(state)) // 1000))
            for one in stage.client.lists.values()
            for state in STATES
        )
        assert stage.job["run"]["rows"]["cm_user"] == 12_345
        assert stage.asked_twice() == []
        assert pages < len(stage.asked()) <= pages + HANDFUL
        stage.assert_run_is_whole()
        stage.assert_profiles_are_true()
