import json
import re
from collections import Counter

import pytest

CONTRACT = [
    "GET /audiences",
    "GET /authorizations",
    "POST /authorizations",
    "DELETE /authorizations/{id}",
    "GET /authorizations/{id}",
    "POST /authorizations/{id}/reconnect",
    "GET /authorizations/{id}/clients",
    "GET /authorizations/{id}/clients/{client_id}/lists",
    "GET /authorizations/{id}/clients/{client_id}/lists/{list_id}/custom-fields",
    "GET /authorizations/{id}/lists/{list_id}/custom-fields",
    "GET /blocks",
    "DELETE /blocks/{email}",
    "GET /events",
    "POST /dead-letters/{queue}/redrive",
    "GET /exports",
    "POST /exports",
    "DELETE /exports/{id}",
    "GET /exports/{id}",
    "PATCH /exports/{id}",
    "GET /exports/{id}/activity",
    "GET /exports/{id}/failures",
    "GET /exports/{id}/ledger",
    "GET /exports/{id}/plan",
    "POST /exports/{id}/retry-failures",
    "POST /exports/{id}/rotate-webhook",
    "POST /exports/{id}/start",
    "POST /exports/{id}/stop",
    "POST /exports/{id}/try",
    "GET /imports",
    "POST /imports",
    "DELETE /imports/{id}",
    "GET /imports/{id}",
    "GET /imports/{id}/failures",
    "GET /imports/{id}/runs",
    "POST /imports/{id}/rotate-webhooks",
    "POST /imports/{id}/run",
    "POST /imports/{id}/start",
    "POST /imports/{id}/stop",
    "GET /lytics/fields",
    "GET /profiles",
    "DELETE /profiles/{email}",
    "GET /profiles/{email}",
    "GET /profiles/{email}/consent",
    "GET /profiles/{email}/explain",
    "GET /profiles/{email}/export",
    "GET /profiles/{email}/exports",
    "GET /profiles/{email}/rows",
    "GET /sessions",
    "POST /sessions",
    "DELETE /sessions/{id}",
    "GET /streams/reproject",
    "POST /streams/reproject",
    "DELETE /streams/{stream}/mapping",
    "GET /streams/{stream}/mapping",
    "PUT /streams/{stream}/mapping",
    "POST /streams/{stream}/mapping/check",
    "GET /system",
]
BESIDE = [
    "POST /authorizations/{id}/lists/{list_id}/custom-fields",
    "PATCH /imports/{id}",
    "GET /dead-letters",
    "GET /imports/estimate",
    "GET /sessions/current",
]
"""Routes that the contract does not name."""
PUBLIC = [
    "GET /console",
    "GET /console/{file}",
    "GET /oauth/callback",
    "GET /openapi.json",
    "POST /sessions/exchange",
    "POST /webhooks/campaign-monitor/{key}",
    "POST /webhooks/lytics/{key}",
]


BYTES_OF_A_PERMISSION = 500
BYTES_OF_A_POLICY = 20_480
"""What a function's policy may have: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
MOST_RESOURCES = 500
"""In one stack."""

TOLD = {
    f"context.{name}"
    for name in (
        "requestTime",
        "requestId",
        "identity.sourceIp",
        "httpMethod",
        "resourcePath",
        "status",
        "error.responseType",
        "responseLength",
        "responseLatency",
    )
}
"""What an access log may tell: `path`, query and headers hold webhook keys, addresses, codes and tokens."""


METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
"""Those that API Gateway knows."""


@pytest.fixture
def served(of_type):
    """What API Gateway will serve: by route, what guards it."""
    (api,) = of_type("ApiGateway::RestApi").values()
    return {
        f"{method.upper()} {path}": [name for guard in described["security"] for name in guard]
        for path, found in api["Body"]["paths"].items()
        for method, described in found.items()
    }


@pytest.fixture
def others(source):
    """The methods that paths have not, for which there is an answer all the same."""
    return [
        f"{method.upper()} {path}"
        for path, found in source["Api"]["Properties"]["DefinitionBody"]["paths"].items()
        for method in found
    ]


@pytest.fixture
def methods(served, others):
    return {route: guards for route, guards in served.items() if route not in others}


def test_the_routes_are_those_of_the_contract_and_those_named_beside_it(methods):
    assert sorted(methods) == sorted(CONTRACT + BESIDE + PUBLIC)


def test_only_the_public_routes_can_be_called_without_the_admin_token(methods):
    open_to_all = [route for route, guards in methods.items() if guards != ["AdminToken"]]

    assert sorted(open_to_all) == PUBLIC


def test_every_other_method_of_a_path_is_answered_by_the_function_that_has_the_path(of_type, others):
    (api,) = of_type("ApiGateway::RestApi").values()
    routes = {*CONTRACT, *BESIDE, *PUBLIC}
    paths = {route.split(" ")[1] for route in routes}

    expected = {f"{method.upper()} {path}" for path in paths for method in METHODS} - routes
    assert sorted(others) == sorted(expected)
    for path in paths:
        uris = [
            re.search(r"\${(\w+)\.Arn}", json.dumps(one["x-amazon-apigateway-integration"]["uri"]))[1]
            for one in api["Body"]["paths"][path].values()
        ]
        assert len(set(uris)) == 1, path


def test_who_may_call_a_path_may_be_told_its_methods(served, methods):
    guards = {}
    for route, found in served.items():
        guards.setdefault(route.split(" ")[1], set()).add(tuple(found))

    assert [path for path, found in guards.items() if len(found) > 1] == []


def test_functions_may_be_called_for_every_method_and_their_policies_have_room(of_type, resources):
    permissions = of_type("Lambda::Permission").values()
    wide = [one for one in permissions if json.dumps(one["SourceArn"]).endswith(':${Api}/*"}')]
    counts = Counter(json.dumps(one["FunctionName"]) for one in permissions)

    answering = ["Auth", "Console", "Export", "Import", "Profile", "System", "Webhook"]
    assert sorted(one["FunctionName"]["Ref"].removesuffix("Function") for one in wide) == answering
    assert max(counts.values()) * BYTES_OF_A_PERMISSION < BYTES_OF_A_POLICY
    assert len(resources) < MOST_RESOURCES


def test_the_admin_token_is_checked_by_our_authorizer(of_type):
    (api,) = of_type("ApiGateway::RestApi").values()
    guard = api["Body"]["components"]["securitySchemes"]["AdminToken"]

    assert guard["in"] == "header"
    assert guard["name"] == "Authorization"
    assert "${__FunctionArn__}" in guard["x-amazon-apigateway-authorizer"]["authorizerUri"]["Fn::Sub"][0]


def test_the_stage_is_prod_and_throttled(of_type):
    (stage,) = of_type("ApiGateway::Stage").values()
    (settings,) = stage["MethodSettings"]

    assert stage["StageName"] == "prod"
    assert (settings["ResourcePath"], settings["HttpMethod"]) == ("/*", "*")
    assert settings["ThrottlingRateLimit"] > 0


def test_the_access_log_is_optional_and_holds_neither_paths_nor_queries_nor_headers(of_type):
    (stage,) = of_type("ApiGateway::Stage").values()
    condition, setting, otherwise = stage["AccessLogSetting"]["Fn::If"]

    assert (condition, otherwise) == ("HasAccessLog", {"Ref": "AWS::NoValue"})
    assert setting["DestinationArn"] == {"Fn::GetAtt": ["AccessLogs", "Arn"]}
    told = set(re.findall(r"\$([\w.]+)", setting["Format"]))
    assert told <= TOLD
    assert json.loads(setting["Format"])["route"] == "$context.resourcePath"


def test_errors_of_api_gateway_have_the_shape_of_ours(of_type):
    (api,) = of_type("ApiGateway::RestApi").values()
    answers = api["Body"]["x-amazon-apigateway-gateway-responses"]

    assert sorted(answers) == ["DEFAULT_4XX", "DEFAULT_5XX", "MISSING_AUTHENTICATION_TOKEN"]
    for answer in answers.values():
        assert '"details": []' in answer["responseTemplates"]["application/json"]


def test_the_outputs_name_the_api_the_token_and_every_table_and_queue(template, of_type):
    tables, queues = of_type("DynamoDB::Table"), of_type("SQS::Queue")

    expected = {"ApiUrl", "ApiId", "AdminTokenSecretArn", *tables, *(f"{queue}Url" for queue in queues)}
    expected |= {"ProfilesStreamArn", "TokensKeyArn", "HashSecretArn"}

    assert set(template["source"]["Outputs"]) == expected


def test_the_parameters_of_the_contract_have_its_defaults(template):
    parameters = template["source"]["Parameters"]
    defaults = {
        "CampaignMonitorApiUrl": "https://api.createsend.com",
        "CampaignMonitorClientId": None,
        "CampaignMonitorClientSecret": None,
        "LyticsApiUrl": "https://api.lytics.io",
        "LyticsApiToken": "",
        "PublicApiUrl": "",
    }

    assert {name: parameters[name].get("Default") for name in defaults} == defaults
    assert [name for name, parameter in parameters.items() if parameter.get("NoEcho")] == [
        "CampaignMonitorClientSecret",
        "LyticsApiToken",
        "AlarmWebhookUrl",
        "AlarmWebhookHeaders",
    ]
