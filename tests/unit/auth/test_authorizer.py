import pytest

from auth_app.authorizer import MAX_AGE, MIN_AGE, AdminToken, policy


class Secret:
    def __init__(self, text):
        self.text = text
        self.reads = 0

    def read(self):
        self.reads += 1
        return self.text


@pytest.fixture
def secret():
    return Secret("s3cret-of-the-stack")


@pytest.fixture
def token(secret):
    return AdminToken(secret.read)


@pytest.mark.parametrize("header", ["Bearer s3cret-of-the-stack", "bearer   s3cret-of-the-stack "])
def test_the_secrets_string_is_admitted_under_the_bearer_scheme(token, header):
    assert token.admits(header, now=0.0)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer s3cret",
        "Bearer s3cret-of-the-stack2",
        "Bearer Ŝ3cret-of-the-stack",
        "Bearer \ud800",
        "Basic s3cret-of-the-stack",
        "s3cret-of-the-stack",
    ],
)
def test_anything_else_is_refused(token, header):
    assert not token.admits(header, now=0.0)


def test_an_empty_secret_admits_nobody(secret, token):
    secret.text = ""

    assert not token.admits("Bearer ", now=0.0)


def test_many_good_requests_read_the_secret_once(secret, token):
    admitted = [token.admits("Bearer s3cret-of-the-stack", now=float(second)) for second in range(60)]

    assert (all(admitted), secret.reads) == (True, 1)


def test_a_new_secret_is_admitted_as_soon_as_it_may_be_read_again(secret, token):
    token.admits("Bearer s3cret-of-the-stack", now=0.0)
    secret.text = "new"

    assert token.admits("Bearer new", now=MIN_AGE)


def test_wrong_tokens_in_a_row_do_not_read_the_secret_each_time(secret, token):
    refused = [token.admits("Bearer guess", now=second / 10) for second in range(int(MIN_AGE) * 10)]

    assert (any(refused), secret.reads) == (False, 1)


def test_a_token_that_was_rotated_out_stops_working(secret, token):
    token.admits("Bearer s3cret-of-the-stack", now=0.0)
    secret.text = "new"

    assert not token.admits("Bearer s3cret-of-the-stack", now=MAX_AGE)


@pytest.mark.parametrize(("admitted", "effect"), [(True, "Allow"), (False, "Deny")])
def test_the_policy_covers_every_route_of_the_stage(admitted, effect):
    arn = "arn:aws:execute-api:eu-west-1:123456789012:cafe0001"

    answer = policy({"methodArn": f"{arn}/prod/GET/profiles/a/rows"}, admitted=admitted)

    assert answer["policyDocument"]["Statement"] == [
        {"Action": "execute-api:Invoke", "Effect": effect, "Resource": f"{arn}/prod/*"}
    ]
