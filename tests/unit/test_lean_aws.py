"""The hand-made AWS client, held against botocore's signer and a server that fails."""

import json
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from lytics_cm import lean_aws as aws
from lytics_cm.dynamodb import typed, untyped
from lytics_cm.errors import Throttled
from simulators.http import Response, Server

NOW = 1_709_649_000.0


@pytest.fixture
def server():
    served = {"answers": [], "requests": []}

    def answer(request):
        served["requests"].append(request)
        status, body = served["answers"].pop(0) if served["answers"] else (200, {})
        return Response.of(body, status)

    running = Server(answer, 0)
    served["url"] = running.url
    yield served
    running.close()


def make_endpoint(url="http://127.0.0.1:1", token="", service="dynamodb"):
    return aws.Endpoint(
        service, "eu-west-1", url, aws.Credentials("AKIDEXAMPLE", "secret/key+", token), lambda: NOW
    )


@pytest.mark.parametrize("token", ["", "session//token=="])
@pytest.mark.parametrize("body", [b"{}", '{"name":"Grüße 🎉"}'.encode()])
def test_the_signature_is_the_one_that_botocore_makes(token, body):
    endpoint = make_endpoint("https://sqs.eu-west-1.amazonaws.com", token, "sqs")

    headers = endpoint._headers("AmazonSQS.SendMessageBatch", body)

    ours = headers.pop("authorization")
    signer = SigV4Auth(Credentials("AKIDEXAMPLE", "secret/key+", token or None), "sqs", "eu-west-1")
    request = AWSRequest("POST", f"{endpoint.url}/", data=body, headers=headers)
    request.context["timestamp"] = headers["x-amz-date"]
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert ours.endswith(f"Signature={signature}")
    assert f"Credential={signer.scope(request)}, " in ours


def test_values_survive_the_way_to_dynamodb_and_back():
    values = {
        "text": "Grüße",
        "n": 7,
        "big": 10**20,
        "yes": True,
        "no": None,
        "raw": b"\0\xff",
        "list": ["a", {"b": 1}],
    }

    on_the_way = json.loads(json.dumps(typed(values), default=aws.as_base64))

    assert untyped(on_the_way) == values


def test_a_passing_failure_is_tried_again(server):
    server["answers"] += [(503, {"__type": "ServiceUnavailable"}), (400, {"__type": "x#ThrottlingException"})]

    answer = aws.Table(make_endpoint(server["url"]), "jobs").get_item(Key={"job": "a"})

    assert answer == {}
    assert [json.loads(request.body) for request in server["requests"]] == [
        {"TableName": "jobs", "Key": {"job": {"S": "a"}}}
    ] * 3


def test_a_service_that_stays_away_is_unavailable(server):
    server["answers"] += [(500, {})] * 3

    with pytest.raises(Throttled):
        aws.Sqs(make_endpoint(server["url"], service="sqs")).send_message_batch(QueueUrl="q", Entries=[])


def test_a_port_where_nobody_listens_is_unavailable():
    with pytest.raises(Throttled, match="does not answer"):
        make_endpoint().call("DynamoDB_20120810.GetItem", {})


def test_what_aws_refuses_is_said_with_its_code(server):
    server["answers"] += [(400, {"__type": "com.amazonaws#AccessDeniedException", "message": "no"})]

    with pytest.raises(aws.AwsRefusal) as refused:
        make_endpoint(server["url"]).call("DynamoDB_20120810.GetItem", {})

    assert refused.value.code == "AccessDeniedException"
    assert len(server["requests"]) == 1


def test_a_connection_is_kept_and_made_anew_when_the_server_closed_it(server):
    endpoint = make_endpoint(server["url"])
    endpoint.call("DynamoDB_20120810.GetItem", {})
    endpoint.connection.sock.close()

    assert endpoint.call("DynamoDB_20120810.GetItem", {}) == {}
    assert urlsplit(endpoint.url).port == endpoint.connection.port
