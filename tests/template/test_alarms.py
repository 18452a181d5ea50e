"""Somebody hears of each kind of failure: an alarm for each, and each cause is mailed once."""

import json

from system_app.alerting.watch import METRICS
from tests.template.settings import ROOT

MAIL = {"Fn::If": ["HasAlarmEmail", [{"Ref": "AlarmTopic"}], {"Ref": "AWS::NoValue"}]}
WORKERS = {"PageFunction", "RowsFunction", "BulkFunction", "ChangesFunction"}


def watched(alarm):
    """What an alarm watches: metric and the values of dimensions."""
    values = [
        one["Value"] if isinstance(one["Value"], str) else next(iter(one["Value"].values()))
        for one in alarm.get("Dimensions", [])
    ]
    return alarm["MetricName"], [value[0] if isinstance(value, list) else value for value in values]


def by_metric(of_type, metric):
    found = [watched(alarm) for alarm in of_type("CloudWatch::Alarm").values()]
    return sorted(values for name, values in found if name == metric)


def test_each_kind_of_problem_that_is_counted_has_an_alarm(of_type):
    assert by_metric(of_type, "Problems") == sorted(
        ["AWS::StackName", kind] for kind in set(METRICS.values())
    )


def test_an_alarm_mails_by_itself_unless_the_inspection_tells_of_the_same(of_type):
    for name, alarm in of_type("CloudWatch::Alarm").items():
        is_told = alarm["MetricName"] == "Problems" or (
            name.endswith("DeadLetterAlarm") and name != "SchedulesDeadLetterAlarm"
        )
        actions = {
            alarm[each] and json.dumps(alarm[each]) for each in ("AlarmActions", "OKActions") if each in alarm
        }
        assert actions == (set() if is_told else {json.dumps(MAIL)}), name
        assert ("AlarmActions" in alarm) == ("OKActions" in alarm), name


def test_every_queue_is_watched_for_its_age_and_every_worker_for_its_errors(of_type, queues):
    assert by_metric(of_type, "ApproximateAgeOfOldestMessage") == sorted([name] for name in queues)
    assert {values[0] for values in by_metric(of_type, "Errors")} == WORKERS


def test_the_api_both_receivers_and_refused_calls_are_watched(of_type):
    api = ["AWS::StackName", "prod"]
    receivers = [["AWS::StackName", f"/webhooks/{vendor}/{{key}}", "POST", "prod"]
                 for vendor in ("campaign-monitor", "lytics")]  # fmt: skip

    assert by_metric(of_type, "5XXError") == [api]
    assert by_metric(of_type, "4XXError") == receivers
    assert by_metric(of_type, "Throttles") == [[]]


def test_the_inspection_is_watched_by_an_alarm_that_takes_silence_for_a_failure(of_type):
    alarm = of_type("CloudWatch::Alarm")["AlertsAlarm"]

    assert watched(alarm) == ("Inspections", ["AWS::StackName"])
    assert (alarm["TreatMissingData"], alarm["ComparisonOperator"], alarm["Threshold"]) == (
        "breaching",
        "LessThanThreshold",
        1,
    )
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 15 * 60
    others = [one for name, one in of_type("CloudWatch::Alarm").items() if name != "AlertsAlarm"]
    assert {one["TreatMissingData"] for one in others} == {"notBreaching"}


def test_an_inspection_holds_the_state_longer_than_it_lives_and_shorter_than_until_the_next(of_type):
    from system_app.alerting.watch import HOLD_MS  # noqa: PLC0415 - beside what it is compared with

    seconds = of_type("Lambda::Function")["AlertsFunction"]["Timeout"]

    assert of_type("Scheduler::Schedule")["AlertsSchedule"]["ScheduleExpression"] == "rate(5 minutes)"
    assert seconds * 1000 < HOLD_MS < 5 * 60 * 1000


def test_every_schedule_that_sends_a_message_has_a_place_for_what_cannot_be_delivered(of_type):
    for name, schedule in of_type("Scheduler::Schedule").items():
        if name != "AlertsSchedule":
            letters = {"Fn::GetAtt": ["SchedulesDeadLetterQueue", "Arn"]}
            assert schedule["Target"]["DeadLetterConfig"]["Arn"] == letters, name


def test_every_alarm_has_a_meaning_and_a_line_in_the_manual(of_type):
    manual = (ROOT / "docs/operations.md").read_text()

    for name, alarm in of_type("CloudWatch::Alarm").items():
        assert alarm["AlarmDescription"].endswith((".", "see docs/operations.md.")), name
        assert f"`{name}`" in manual, name


def test_the_dashboard_is_json(of_type):
    (dashboard,) = of_type("CloudWatch::Dashboard").values()
    body = json.loads(dashboard["DashboardBody"]["Fn::Sub"])

    assert len(body["widgets"]) == 8
    shown = json.dumps(body)
    assert [kind for kind in set(METRICS.values()) if f'"{kind}"' not in shown] == []
