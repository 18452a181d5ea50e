CALL_THE_VENDOR = {"PagesQueue": "MaxParallelCalls", "ChangesQueue": "MaxParallelCalls"}


def test_every_queue_gives_up_into_a_dead_letter_queue_of_its_own(queues, of_type):
    letters = [queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] for queue in queues.values()]

    assert sorted(letters) == sorted(set(of_type("SQS::Queue")) - set(queues))
    assert {queue["RedrivePolicy"]["maxReceiveCount"] for queue in queues.values()} == {5}


def test_every_queue_keeps_messages_for_fourteen_days_and_encrypted(of_type):
    for name, queue in of_type("SQS::Queue").items():
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 60 * 60, name
        assert queue["SqsManagedSseEnabled"] is True, name


def test_a_message_in_work_is_hidden_for_six_times_its_functions_timeout(queues, of_type, sources):
    timeouts = {name: function["Timeout"] for name, function in of_type("Lambda::Function").items()}

    for name, queue in queues.items():
        assert queue["VisibilityTimeout"] >= 6 * timeouts[sources[name]["FunctionName"]["Ref"]], name


def test_every_queue_has_one_function_that_reports_failed_messages_one_by_one(queues, sources):
    assert sorted(sources) == sorted(queues)
    assert {str(source["FunctionResponseTypes"]) for source in sources.values()} == {
        "['ReportBatchItemFailures']"
    }


def test_batches_beyond_ten_wait_for_their_messages(sources):
    for name, source in sources.items():
        assert source["BatchSize"] <= 10 or source["MaximumBatchingWindowInSeconds"] >= 1, name


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


def parameter_of(cap):
    mapping, parameter, what = cap["Fn::FindInMap"]
    assert (mapping, what) == ("Number", "Of")
    return parameter["Ref"]


def test_an_alarm_watches_every_dead_letter_queue(queues, of_type):
    watched = [
        alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0] for alarm in of_type("CloudWatch::Alarm").values()
    ]

    assert sorted(watched) == sorted(set(of_type("SQS::Queue")) - set(queues))
