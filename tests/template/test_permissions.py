import json
from fnmatch import fnmatchcase

import pytest

from export_app.tasks import DAILY

UNAVOIDABLE = {
    ("TokensKey", "kms:*", "*"): "a key policy: `*` is the key itself, the account's own policies decide",
    ("QueuesPolicy", "sqs:*", "*"): "a queue policy that only refuses: `*` is the queue itself",
    (
        "SystemRole",
        "cloudwatch:DescribeAlarms",
        "*",
    ): "a list by prefix is granted for all alarms or not at all",
    ("SystemRole", "cloudwatch:GetMetricData", "*"): "metrics are no resources",
    ("SystemRole", "lambda:GetAccountSettings", "*"): "it is about the account",
    ("AlertsRole", "cloudwatch:DescribeAlarms", "*"): "as that of the function beside it",
    ("AlertsRole", "cloudwatch:GetMetricData", "*"): "the same",
    ("AlertsRole", "lambda:GetAccountSettings", "*"): "the same",
}
OF_SCHEDULES = {"ScheduleRole", "DailyCheckRole", "DailyAgeRole", "AlertsScheduleRole"}
"""Roles that EventBridge Scheduler takes on."""
LOST = ("sqs:SendMessage", {"Fn::GetAtt": ["SchedulesDeadLetterQueue", "Arn"]})
PURPOSE = "kms:EncryptionContext:purpose"
OPEN_TO = {
    "AdminTokenSecret": {"AuthorizerRole", "AuthRole"},
    "ApplicationSecret": {"AuthRole"},
    "LyticsSecret": {"ExportRole", "ChangesRole"},
    "WebhookSecret": {"ImportRole", "PageRole", "ExportRole"},
    "AlarmWebhookSecret": {"AlertsRole"},
    "HashSecret": {"ProfileRole", "RowsRole", "BulkRole"},
}


def statements(document):
    for statement in document["Statement"]:
        yield from statement.get("Fn::If", [None, statement])[1:2]


def listed(value):
    return value if isinstance(value, list) else [value]


def own(resource):
    """What the stack makes itself, where a parameter may name another."""
    match resource:
        case {"Fn::If": [condition, made, _]} if condition.startswith("Own"):
            return made
        case {"Fn::Sub": [text, {"Table": table}]}:
            return {"Fn::Sub": text.replace("Table", own(table)["Fn::GetAtt"][0])}
    return resource


def grants_of(document):
    for statement in statements(document):
        for action in listed(statement["Action"]):
            for resource in listed(statement.get("Resource", "")):
                yield action, own(resource)


@pytest.fixture
def grants(of_type):
    """(role, action, resource) of all inline policies."""
    return [
        (name, action, resource)
        for name, role in of_type("IAM::Role").items()
        for policy in role["Policies"]
        for action, resource in grants_of(policy["PolicyDocument"])
    ]


@pytest.fixture
def documents(of_type):
    """Every policy document of the template, by the resource that it belongs to."""
    found = [
        (name, policy["PolicyDocument"])
        for name, role in of_type("IAM::Role").items()
        for policy in role["Policies"]
    ]
    found += [(name, key["KeyPolicy"]) for name, key in of_type("KMS::Key").items()]
    found += [(name, queue["PolicyDocument"]) for name, queue in of_type("SQS::QueuePolicy").items()]
    return found


def test_no_action_and_no_resource_is_a_star_unless_it_must_be(documents):
    wide = {
        (name, action, resource)
        for name, document in documents
        for action, resource in grants_of(document)
        if "*" in action or resource == "*"
    }

    assert wide == set(UNAVOIDABLE)


def test_a_star_within_a_resource_stands_only_for_the_schedules_of_our_own_group(grants):
    starred = {str(resource) for _, _, resource in grants if "*" in str(resource) and resource != "*"}

    assert len(starred) == 1
    assert starred.pop().endswith("schedule/${ScheduleGroup}/*'}")


def test_no_role_has_a_managed_policy(of_type):
    assert [name for name, role in of_type("IAM::Role").items() if "ManagedPolicyArns" in role] == []


def test_every_function_has_a_role_of_its_own(of_type):
    roles = [function["Role"]["Fn::GetAtt"][0] for function in of_type("Lambda::Function").values()]

    assert sorted(roles) == sorted(set(of_type("IAM::Role")) - OF_SCHEDULES)


def test_a_role_is_assumed_by_one_service_only(of_type):
    trusted = {
        name: statement["Principal"]
        for name, role in of_type("IAM::Role").items()
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
    }

    for name in OF_SCHEDULES:
        assert trusted.pop(name) == {"Service": "scheduler.amazonaws.com"}
    assert {str(principal) for principal in trusted.values()} == {"{'Service': 'lambda.amazonaws.com'}"}


def test_a_function_takes_messages_only_from_the_queue_that_starts_it_and_one_from_dead_letters(
    grants, sources, queues, of_type
):
    takers = {
        (role, resource["Fn::GetAtt"][0])
        for role, action, resource in grants
        if action == "sqs:ReceiveMessage"
    }

    starters = {
        (source["FunctionName"]["Ref"].replace("Function", "Role"), queue)
        for queue, source in sources.items()
    }
    letters = {
        ("SystemRole", name) for name in set(of_type("SQS::Queue")) - {*queues, "SchedulesDeadLetterQueue"}
    }
    assert takers == starters | letters


def test_a_table_is_granted_only_to_functions_that_know_its_name(grants, functions):
    for role, action, resource in grants:
        if action.startswith("dynamodb:"):
            known = functions[role.replace("Role", "Function")]["Environment"]["Variables"].values()
            assert {"Ref": table_of(resource)} in map(own, known), (role, action)


def table_of(resource):
    kind, value = next(iter(resource.items()))
    return value[0] if kind == "Fn::GetAtt" else value.removeprefix("${").partition("}")[0]


def test_each_secret_is_open_to_those_who_need_it(grants):
    found = {}
    for role, action, resource in grants:
        if action == "secretsmanager:GetSecretValue":
            found.setdefault(resource["Fn::GetAtt"][0], set()).add(role)

    assert found == OPEN_TO


def test_tokens_are_unsealed_only_under_the_context_of_an_authorization(of_type):
    for name, role in of_type("IAM::Role").items():
        for statement in (
            each for policy in role["Policies"] for each in statements(policy["PolicyDocument"])
        ):
            if "kms:Decrypt" in listed(statement["Action"]):
                assert "kms:EncryptionContext" in str(statement.get("Condition")), name


def test_erased_addresses_are_sealed_and_unsealed_by_who_erases_and_sweeps_and_nothing_else_is(of_type):
    found = {}
    for name, role in of_type("IAM::Role").items():
        for statement in (
            each for policy in role["Policies"] for each in statements(policy["PolicyDocument"])
        ):
            purpose = statement.get("Condition", {}).get("StringEquals", {}).get(PURPOSE)
            if purpose:
                found.setdefault(purpose, {})[name] = sorted(listed(statement["Action"]))

    assert found["erased-address"] == {
        "ProfileRole": ["kms:Decrypt", "kms:Encrypt"],
        "BulkRole": ["kms:Decrypt"],
    }
    assert {"ProfileRole", "BulkRole"}.isdisjoint(found["campaign-monitor-tokens"])


def test_one_schedule_has_all_exports_look_at_their_lists_once_a_day(of_type, grants):
    check = of_type("Scheduler::Schedule")["DailyCheck"]
    lent = [(action, resource) for role, action, resource in grants if role == "DailyCheckRole"]

    assert check["ScheduleExpression"] == "rate(1 day)"
    assert check["Target"]["Arn"] == {"Fn::GetAtt": ["ChangesQueue", "Arn"]}
    assert check["Target"]["RoleArn"] == {"Fn::GetAtt": ["DailyCheckRole", "Arn"]}
    assert json.loads(check["Target"]["Input"]) == {"export": "*", "task": DAILY}
    assert lent == [("sqs:SendMessage", {"Fn::GetAtt": ["ChangesQueue", "Arn"]}), LOST]


def test_one_schedule_has_old_rows_forgotten_at_the_beginning_of_each_day(of_type, grants):
    age = of_type("Scheduler::Schedule")["DailyAge"]
    lent = [(action, resource) for role, action, resource in grants if role == "DailyAgeRole"]

    assert age["ScheduleExpression"] == "cron(10 0 * * ? *)"
    assert age["Target"]["Arn"] == {"Fn::GetAtt": ["BulkQueue", "Arn"]}
    assert json.loads(age["Target"]["Input"]) == {"policies": "daily"}
    assert lent == [("sqs:SendMessage", {"Fn::GetAtt": ["BulkQueue", "Arn"]}), LOST]


PUBLIC = "WebhookRole"
OWN = ["key#" + 64 * "a", "echo#" + 32 * "b", 32 * "c"]
OTHERS = ["import", "export", "pace#" + 16 * "d", "erasures", "blocks", "erased#" + 64 * "e"]
"""Partitions of the jobs table: where the jobs themselves lie, how fast their accounts may be asked, who was erased."""


def test_the_public_function_reaches_no_partition_but_those_that_it_uses(of_type):
    (policy,) = of_type("IAM::Role")[PUBLIC]["Policies"]
    patterns = [
        pattern
        for statement in policy["PolicyDocument"]["Statement"]
        if any(action.startswith("dynamodb:") for action in listed(statement["Action"]))
        for pattern in statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    ]

    assert [one for one in OWN if not any(fnmatchcase(one, pattern) for pattern in patterns)] == []
    assert [one for one in OTHERS if any(fnmatchcase(one, pattern) for pattern in patterns)] == []


def test_the_schedules_can_only_put_messages_on_the_pages_queue(grants):
    lent = [(action, resource) for role, action, resource in grants if role == "ScheduleRole"]

    assert lent == [("sqs:SendMessage", {"Fn::GetAtt": ["PagesQueue", "Arn"]}), LOST]
