"""What a message says of itself, and what SQS says of it."""

import pytest

from lytics_cm.queues import group_of, received_at

RECORD = {"attributes": {"SentTimestamp": "2000"}}


@pytest.mark.parametrize("told", [None, "1000", True, -1, 1.5])
def test_what_a_message_does_not_say_was_received_when_it_was_sent(told):
    assert received_at({"received_at": told}, RECORD) == 2000


def test_what_a_message_says_holds_however_late_it_is_sent_again():
    assert received_at({"received_at": 1000}, RECORD) == 1000


def test_what_nobody_says_was_received_at_the_beginning_of_time():
    assert received_at({}, {}) == 0


@pytest.mark.parametrize(
    ("message", "group"),
    [
        ({"unit": {"job": "j1", "run": "r1", "unit": "u1"}, "rows": []}, "j1"),
        ({"job": "j1", "run": "r1", "unit": "plan", "task": "plan"}, "j1"),
        ({"job": "j1", "rows": []}, "j1"),
        ({"job": "j1", "group": "j1/look"}, "j1/look"),
        ({"export": "e1", "changes": []}, "e1"),
        ({"rows": []}, None),
        ({"sweep": "digest", "at": 1}, None),
        ({"job": 7}, None),
        ({"job": "two words"}, None),
        ({"job": "j" * 129}, None),
    ],
)
def test_a_message_is_of_the_group_of_its_job_if_sqs_takes_its_name(message, group):
    assert group_of(message) == group
