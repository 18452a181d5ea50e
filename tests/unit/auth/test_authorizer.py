import pytest

from auth_app import session_tokens
from auth_app.authorizer import MAX_AGE, MIN_AGE, AdminToken, caller, policy
from auth_app.sessions import Session
from lytics_cm.callers import NOBODY, Caller

ADMIN = Caller("admin token", "admin", fingerprint="4be2f8e1e0c5")
ID = "0123456789a0123456789"
KNOWN = Session(ID, "Ann", "operator", 0, "admin token", 2_000_000_000_000)


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


def no_session(session_id):
    raise AssertionError(f"a read for {session_id}")


@pytest.mark.parametrize("header", ["Bearer s3cret-of-the-stack", "bearer   s3cret-of-the-stack "])
def test_the_secrets_string_is_admitted_under_the_bearer_scheme(token, header):
    who = caller(header, token, no_session, now=0.0)

    assert (who.name, who.role, who.session, len(who.fingerprint)) == ("admin token", "admin", "", 12)


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
    assert caller(header, token, no_session, now=0.0) == NOBODY


def test_an_empty_secret_admits_nobody(secret, token):
    secret.text = ""

    assert caller("Bearer ", token, no_session, now=0.0) == NOBODY


def test_many_good_requests_read_the_secret_once(secret, token):
    admitted = [token.admits("s3cret-of-the-stack", now=float(second)) for second in range(60)]

    assert (all(admitted), secret.reads) == (True, 1)


def test_a_new_secret_is_admitted_as_soon_as_it_may_be_read_again(secret, token):
    token.admits("s3cret-of-the-stack", now=0.0)
    secret.text = "new"

    assert token.admits("new", now=MIN_AGE)


def test_wrong_tokens_in_a_row_do_not_read_the_secret_each_time(secret, token):
    refused = [token.admits("guess", now=second / 10) for second in range(int(MIN_AGE) * 10)]

    assert (any(refused), secret.reads) == (False, 1)


def test_a_token_that_was_rotated_out_stops_working(secret, token):
    token.admits("s3cret-of-the-stack", now=0.0)
    secret.text = "new"

    assert not token.admits("s3cret-of-the-stack", now=MAX_AGE)


def in_session(token, secret, now=0.0, read=lambda session_id: KNOWN, **changed):
    text = session_tokens.sign(ID, changed.get("role", "operator"), KNOWN.ends_at, secret.text.encode())
    return caller(f"Bearer {changed.get('text', text)}", token, read, now)


def test_a_signed_token_of_a_session_that_is_stored_is_its_holder(secret, token):
    who = in_session(token, secret)

    assert (who.name, who.role, who.session, who.expires) == ("Ann", "operator", ID, KNOWN.ends_at)


def test_what_a_token_says_of_its_role_counts_and_not_what_is_stored(secret, token):
    assert in_session(token, secret, role="viewer").role == "viewer"


def test_a_session_that_is_not_stored_any_more_holds_no_longer(secret, token):
    assert in_session(token, secret, read=lambda session_id: None) == NOBODY


def test_a_session_ends_at_its_time_and_is_not_read_then(secret, token):
    assert in_session(token, secret, now=KNOWN.ends_at / 1000, read=no_session) == NOBODY


def test_every_other_token_is_refused_without_a_read(secret, token):
    good = session_tokens.sign(ID, "viewer", KNOWN.ends_at, secret.text.encode())
    more = session_tokens.sign(ID, "admin", KNOWN.ends_at, secret.text.encode())
    swapped = f"{more.partition('.')[0]}.{good.partition('.')[2]}"
    foreign = session_tokens.sign(ID, "admin", KNOWN.ends_at, b"another admin token")
    wrong = [swapped, foreign, good[:-1], good + "A", good.upper(), "lcm_", "lcm_.", good.replace(".", "")]

    assert {in_session(token, secret, text=text, read=no_session) for text in wrong} == {NOBODY}


def test_another_admin_token_ends_every_session(secret, token):
    text = session_tokens.sign(ID, "operator", KNOWN.ends_at, secret.text.encode())
    assert in_session(token, secret, text=text) != NOBODY
    secret.text = "new"

    assert in_session(token, secret, now=MAX_AGE, text=text) == NOBODY
    assert in_session(token, secret, now=MAX_AGE) != NOBODY


def test_a_token_signed_with_a_new_admin_token_holds_as_soon_as_that_may_be_read(secret, token):
    in_session(token, secret)
    secret.text = "new"

    assert in_session(token, secret, now=MIN_AGE) != NOBODY


def test_an_empty_admin_token_signs_nothing(secret, token):
    secret.text = ""

    assert in_session(token, secret, read=no_session) == NOBODY


@pytest.mark.parametrize(("who", "effect"), [(ADMIN, "Allow"), (NOBODY, "Deny")])
def test_the_policy_covers_every_route_of_the_stage(who, effect):
    arn = "arn:aws:execute-api:eu-west-1:123456789012:cafe0001"

    answer = policy({"methodArn": f"{arn}/prod/GET/profiles/a/rows"}, who)

    assert answer["policyDocument"]["Statement"] == [
        {"Action": "execute-api:Invoke", "Effect": effect, "Resource": f"{arn}/prod/*"}
    ]
    assert answer["context"] == who.as_context()
