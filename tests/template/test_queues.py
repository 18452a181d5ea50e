from lytics_cm.row_messages import MOST_ROWS
from profile_app.reprojection import STALE_MS
from tests.template.test_permissions import grants_of

NEW_ACCOUNT = 10
"""Concurrent executions that AWS gives a new account (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""
ANSWERING = 2
"""Of these, for whoever waits for an answer: a receiver, an authorizer or an admin's route."""
LEAST = 2
"""What an event source takes at least (https://docs.aws.amazon.com/lambda/latest/dg/API_ScalingConfig.html)."""
MOST_MEMORY = 500
"""MB that the bulk queue's function takes for 40,000 rows of the usual size."""
NOTHING = {"Ref": "AWS::NoValue"}
LOST = "SchedulesDeadLetterQueue"
"""Of what schedules could not deliver; nothing starts a function by it."""
CALL_THE_VENDOR = {"PagesQueue": "MaxParallelCalls", "ChangesQueue": "MaxParallelCalls"}


def test_every_queue_gives_up_into_a_dead_letter_queue_of_its_own(queues, of_type):
    letters = [queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] for queue in queues.values()]

    assert sorted(letters) == sorted(set(of_type("SQS::Queue")) - {*queues, LOST})
    assert {queue["RedrivePolicy"]["maxReceiveCount"] for queue in queues.values()} == {5}


def test_every_queue_keeps_messages_for_fourteen_days_and_encrypted(of_type):
    for name, queue in of_type("SQS::Queue").items():
        assert queue["MessageRetentionPeriod"] == (1 if name == LOST else 14) * 24 * 60 * 60, name
        assert queue["SqsManagedSseEnabled"] is True, name


def test_a_message_in_work_is_hidden_for_six_times_its_functions_timeout_and_while_a_batch_gathers(
    queues, of_type, sources
):
    timeouts = {name: function["Timeout"] for name, function in of_type("Lambda::Function").items()}

    for name, queue in queues.items():
        window = sources[name].get("MaximumBatchingWindowInSeconds", 0)
        assert queue["VisibilityTimeout"] >= 6 * timeouts[sources[name]["FunctionName"]["Ref"]] + window, name


def test_every_queue_has_one_function_that_reports_failed_messages_one_by_one(queues, sources):
    assert sorted(sources) == sorted(queues)
    assert {str(source["FunctionResponseTypes"]) for source in sources.values()} == {
        "['ReportBatchItemFailures']"
    }


def test_batches_beyond_ten_wait_for_their_messages(sources):
    for name, source in sources.items():
        assert source["BatchSize"] <= 10 or source["MaximumBatchingWindowInSeconds"] >= 1, name


def test_rows_that_somebody_waits_for_are_fetched_at_once(sources):
    assert sources["RowsQueue"]["BatchSize"] <= 10
    assert "MaximumBatchingWindowInSeconds" not in sources["RowsQueue"]


def test_rows_that_nobody_waits_for_gather_to_forty_thousand(sources, functions):
    gathered = sources["BulkQueue"]["BatchSize"] * MOST_ROWS

    assert gathered == 40_000
    assert functions["BulkFunction"]["MemorySize"] >= 2 * MOST_MEMORY


def test_rows_of_imports_go_to_the_bulk_queue_and_live_ones_to_the_rows_queue(of_type):
    senders = {"RowsQueue": set(), "BulkQueue": set()}
    for role, properties in of_type("IAM::Role").items():
        for policy in properties["Policies"]:
            for action, resource in grants_of(policy["PolicyDocument"]):
                if action == "sqs:SendMessage" and resource["Fn::GetAtt"][0] in senders:
                    senders[resource["Fn::GetAtt"][0]].add(role)

    assert senders == {
        "RowsQueue": {"WebhookRole", "PageRole", "BulkRole", "ChangesRole", "ExportRole", "SystemRole"},
        "BulkQueue": {
            "PageRole",
            "ImportRole",
            "ProfileRole",
            "BulkRole",
            "RowsRole",
            "DailyAgeRole",
            "SystemRole",
        },
    }


def test_a_page_that_a_dead_worker_had_comes_again_before_its_reaggregation_is_told_as_stalled(queues):
    assert queues["BulkQueue"]["VisibilityTimeout"] * 1000 < STALE_MS


def test_what_calls_the_vendor_is_capped_by_a_parameter(sources):
    caps = {
        name: parameter_of(source["ScalingConfig"]["MaximumConcurrency"]) for name, source in sources.items()
    }

    assert caps | CALL_THE_VENDOR == caps
    assert set(caps.values()) == {"MaxParallelCalls", "MaxParallelWriters"}


def test_a_cap_is_the_number_that_its_parameter_is_the_text_of(template):
    for name in ("MaxParallelCalls", "MaxParallelWriters"):
        allowed = template["source"]["Parameters"][name]["AllowedValues"]

        assert {text: template["source"]["Mappings"]["Number"][text]["Of"] for text in allowed} == {
            text: int(text) for text in allowed
        }


def test_unless_told_otherwise_a_new_account_has_executions_left_for_those_who_wait(sources, template):
    parameters = template["source"]["Parameters"]
    caps = [
        int(parameters[parameter_of(source["ScalingConfig"]["MaximumConcurrency"])]["Default"])
        for source in sources.values()
    ]

    assert min(caps) >= LEAST
    assert sum(caps) + ANSWERING <= NEW_ACCOUNT


def test_executions_are_reserved_only_by_parameters_that_reserve_none_unless_told(functions, template):
    reserves = {
        name: function["ReservedConcurrentExecutions"]
        for name, function in functions.items()
        if "ReservedConcurrentExecutions" in function
    }

    assert reserves == {
        f"{name}Function": {"Fn::If": [f"ReservesFor{what}", {"Ref": f"ReservedFor{what}"}, NOTHING]}
        for name, what in {"Webhook": "Receiver", "Authorizer": "Authorizer"}.items()
    }
    for what in ("Receiver", "Authorizer"):
        assert template["source"]["Parameters"][f"ReservedFor{what}"]["Default"] == 0
        assert template["source"]["Conditions"][f"ReservesFor{what}"] == {
            "Fn::Not": [{"Fn::Equals": [{"Ref": f"ReservedFor{what}"}, "0"]}]
        }


def test_every_queue_refuses_whoever_does_not_use_tls(of_type):
    (policy,) = of_type("SQS::QueuePolicy").values()

    assert sorted(queue["Ref"] for queue in policy["Queues"]) == sorted(of_type("SQS::Queue"))
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


def parameter_of(cap):
    mapping, parameter, what = cap["Fn::FindInMap"]
    assert (mapping, what) == ("Number", "Of")
    return parameter["Ref"]


def test_an_alarm_watches_every_dead_letter_queue(queues, of_type):
    watched = [
        alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in of_type("CloudWatch::Alarm").values()
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    ]

    assert sorted(watched) == sorted(set(of_type("SQS::Queue")) - set(queues))
