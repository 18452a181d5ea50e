"""A stack of AWS is found by its outputs, at an AWS that is played on a loopback port."""

import pytest

from lytics_cm_cli.finding import NoStack, Place, find
from simulators.http import Response, Server

URL = "https://api.example.com/prod"
STACK = """<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>mine</StackName><Outputs>{}</Outputs>
</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"""
OUTPUT = "<member><OutputKey>{}</OutputKey><OutputValue>{}</OutputValue></member>"
NOT_THERE = "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack does not exist</Message></Error></ErrorResponse>"


@pytest.fixture
def aws(monkeypatch):
    """Knows the stacks `mine` and `other`, and the secret of the first; yields the secrets that were asked for."""
    outputs = {"mine": {"ApiUrl": URL, "AdminTokenSecretArn": "arn:1"}, "other": {"QueueUrl": "x"}}
    asked = []

    def answer(request):
        if "GetSecretValue" in request.headers.get("x-amz-target", ""):
            asked.append(request.body)
            return Response.of({"SecretString": "token-of-mine"})
        found = outputs.get(request.form["StackName"])
        text = (
            NOT_THERE
            if found is None
            else STACK.format("".join(OUTPUT.format(*one) for one in found.items()))
        )
        return Response(400 if found is None else 200, text.encode(), "text/xml")

    server = Server(answer, 0)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    yield asked
    server.close()


def test_outputs_tell_the_url_and_the_secret_the_token(aws):
    assert find("mine", {}) == Place(URL, "token-of-mine")


def test_another_token_is_taken_in_the_secrets_place_unless_it_belongs_to_another_url(aws):
    assert find("mine", {"LYTICS_CM_TOKEN": "session"}) == Place(URL, "session")
    assert aws == []
    other = {"LYTICS_CM_TOKEN": "session", "LYTICS_CM_URL": "https://other.example.com"}
    assert find("mine", other) == Place(URL, "token-of-mine")


@pytest.mark.parametrize(
    ("stack", "told"), [("never-made", "Stack does not exist"), ("other", "no output AdminToken")]
)
def test_a_stack_that_is_none_of_ours_is_told(aws, stack, told):
    with pytest.raises(NoStack, match=told):
        find(stack, {})


def test_an_aws_that_does_not_answer_is_told(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    with pytest.raises(NoStack, match="cannot be asked"):
        find("mine", {})


def test_a_token_file_that_cannot_be_read_is_named_and_not_shown(tmp_path):
    with pytest.raises(NoStack, match="LYTICS_CM_TOKEN_FILE"):
        find(None, {"LYTICS_CM_URL": URL, "LYTICS_CM_TOKEN_FILE": str(tmp_path)})
