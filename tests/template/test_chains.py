"""Lambda stops a chain of messages that comes back to a function 16 times, unless the function allows it."""

import pytest

from tests.template.test_permissions import grants_of

CHAINED = {"PageFunction", "ChangesFunction", "BulkFunction"}
FEW_TURNS = {
    "RowsFunction": "sends the call for a run's end, and errands that are not its own",
}
"""Functions on a loop that takes few turns: were a page and its rows to send each other for ever, Lambda stops them."""


@pytest.fixture
def following(of_type, sources):
    """By function, those that get the messages which it may send."""
    started = {queue: source["FunctionName"]["Ref"] for queue, source in sources.items()}
    roles = of_type("IAM::Role")
    return {
        name: {
            started[resource["Fn::GetAtt"][0]]
            for policy in roles[function["Role"]["Fn::GetAtt"][0]]["Policies"]
            for action, resource in grants_of(policy["PolicyDocument"])
            if action == "sqs:SendMessage"
        }
        for name, function in of_type("Lambda::Function").items()
    }


def reached_from(name, following):
    found, new = set(), following[name]
    while new:
        found |= new
        new = {further for one in new for further in following[one]} - found
    return found


def test_the_functions_whose_chains_are_meant_allow_them_and_no_others(of_type):
    functions = of_type("Lambda::Function")

    assert {name for name in functions if "RecursiveLoop" in functions[name]} == CHAINED
    assert {functions[name]["RecursiveLoop"] for name in CHAINED} == {"Allow"}


def test_a_function_whose_messages_can_lead_back_to_it_allows_that_or_takes_few_turns(following):
    looping = {name for name in following if name in reached_from(name, following)}

    assert looping == CHAINED | FEW_TURNS.keys()


def test_an_alarm_tells_of_every_function_that_a_queue_starts_and_lambda_stops(of_type, sources):
    watched = [
        alarm["Dimensions"][0]["Value"]["Ref"]
        for alarm in of_type("CloudWatch::Alarm").values()
        if alarm["MetricName"] == "RecursiveInvocationsDropped"
    ]

    assert sorted(watched) == sorted(source["FunctionName"]["Ref"] for source in sources.values())
