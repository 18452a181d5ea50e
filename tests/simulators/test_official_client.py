"""Campaign Monitor's own client, createsend, works against the simulator over HTTP."""

import createsend
import pytest

from simulators.campaign_monitor.model import STATES
from tests import official


@pytest.fixture
def auth(vendor, monkeypatch):
    """Point the client's documented addresses here and let it speak plain HTTP; everything else is its own."""
    return official.pointed_at(vendor, monkeypatch)


@pytest.fixture
def remote_list(auth, newsletter):
    return createsend.List(auth, newsletter.id)


def person(email, *values):
    entries = [{"Key": key, "Value": value} for key, value in values]
    return {"EmailAddress": email, "Name": "Some One", "CustomFields": entries, "ConsentToTrack": "Unchanged"}


def test_it_reads_clients_and_lists(auth, client, newsletter):
    account = createsend.CreateSend(auth)

    remote = createsend.Client(auth, client.id)
    (only,) = account.clients()

    assert (only.ClientID, only.Name) == (client.id, client.name)
    assert remote.details().BasicDetails.TimeZone in account.timezones()
    assert [(each.ListID, each.Name) for each in remote.lists()] == [(newsletter.id, newsletter.title)]
    assert createsend.List(auth, newsletter.id).details().Title == newsletter.title
    assert account.systemdate()[:2] == "20"


def test_it_works_with_keys_too(auth, vendor, client):
    for key in (vendor.account.api_key, client.api_key):
        assert [each.ClientID for each in createsend.CreateSend({"api_key": key}).clients()] == [client.id]


def test_it_reads_the_subscribers_of_each_state(vendor, newsletter, remote_list):
    for state in STATES:
        vendor.subscribe(newsletter, f"{state}@example.com").state = state

    pages = {state: getattr(remote_list, state.lower())(include_tracking_preference=True) for state in STATES}

    for state, page in pages.items():
        expected = sorted(each.email.lower() for each in newsletter.in_state(state))
        assert [each.EmailAddress.lower() for each in page.Results] == expected
        assert {each.State for each in page.Results} == {state}
        assert page.TotalNumberOfRecords == page.RecordsOnThisPage == len(expected)
    assert remote_list.stats().TotalActiveSubscribers == len(newsletter.in_state("Active"))


def test_it_manages_custom_fields(remote_list):
    key = remote_list.create_custom_field("My Colours", "MultiSelectMany", ["Red", "Blue"])
    remote_list.update_custom_field_options(key, ["Green"], True)

    made = next(each for each in remote_list.custom_fields() if each.Key == key)

    assert key == "[MyColours]"
    assert (made.FieldName, made.DataType, made.FieldOptions) == (
        "My Colours",
        "MultiSelectMany",
        ["Red", "Blue", "Green"],
    )
    assert remote_list.update_custom_field(key, "Hues", True) == "[Hues]"
    remote_list.delete_custom_field("[Hues]")
    assert "[Hues]" not in [each.Key for each in remote_list.custom_fields()]


def test_it_reads_campaigns_and_every_report(auth, client):
    page = createsend.Client(auth, client.id).campaigns()

    found = [each.CampaignID for each in page.Results]
    assert found == [
        each.id for each in sorted(client.campaigns.values(), key=lambda each: each.sent, reverse=True)
    ]
    for campaign_id in found:
        remote, campaign = createsend.Campaign(auth, campaign_id), client.campaigns[campaign_id]
        for kind, report in campaign.reports.items():
            rows = getattr(remote, kind)().Results
            assert sorted(row.EmailAddress for row in rows) == sorted(row[0] for row in report.rows)
        summary = remote.summary()
        assert summary.TotalOpened == len(campaign.reports["opens"].rows)
        assert summary.Recipients == len(campaign.reports["recipients"].rows)
        assert [each.ListID for each in remote.lists_and_segments().Lists] == [
            list_id for list_id, _ in campaign.lists
        ]


def test_it_reads_journeys_and_their_reports(auth, client):
    (journey,) = createsend.Client(auth, client.id).journeys()
    remote = createsend.Journey(auth, journey.JourneyID).summary()

    stored = client.journeys[journey.JourneyID].emails
    assert [email.EmailID for email in remote.Emails] == [email.id for email in stored]
    for email in stored:
        for kind in ("recipients", "opens", "clicks", "bounces", "unsubscribes"):
            page = getattr(createsend.JourneyEmail(auth, email.id), kind)(
                page=1, page_size=1000, order_direction="asc"
            )
            assert page.TotalNumberOfRecords == len(email.reports[kind].rows)


def test_it_reads_and_manages_segments(auth, vendor, newsletter, remote_list):
    vendor.subscribe(newsletter, "blue@example.com", "B", {"favourite colours": ["Blue"], "age": "30"})
    rules = [{"Rules": [{"RuleType": "[favouritecolours]", "Clause": "EQUALS Blue"}]}]
    segment = createsend.Segment(auth)

    segment.create(newsletter.id, "Blue people", rules)
    segment.add_rulegroup({"Rules": [{"RuleType": "[age]", "Clause": "EQUALS 30"}]})

    assert [each.Title for each in remote_list.segments()] == ["Blue people"]
    details = segment.details()
    assert [[(r.RuleType, r.Clause) for r in group.Rules] for group in details.RuleGroups] == [
        [("[favouritecolours]", "EQUALS Blue")],
        [("[age]", "EQUALS 30")],
    ]
    assert "blue@example.com" in [each.EmailAddress for each in segment.subscribers().Results]
    assert details.ActiveSubscribers == segment.subscribers().TotalNumberOfRecords
    segment.clear_rules()
    segment.delete()
    assert remote_list.segments() == []


def test_it_manages_webhooks(remote_list):
    hook_id = remote_list.create_webhook(["Subscribe"], "http://127.0.0.1:9/hook", "json")
    remote_list.deactivate_webhook(hook_id)

    (hook,) = remote_list.webhooks()
    assert (hook.WebhookID, hook.Events, hook.PayloadFormat) == (hook_id, ["Subscribe"], "Json")
    assert hook.Status != "Active"
    remote_list.activate_webhook(hook_id)
    assert remote_list.webhooks()[0].Status == "Active"
    with pytest.raises(createsend.BadRequest) as refused:
        remote_list.test_webhook(hook_id)
    assert refused.value.data.Code == 610
    remote_list.delete_webhook(hook_id)
    assert remote_list.webhooks() == []


def test_it_imports_updates_unsubscribes_and_deletes(auth, newsletter):
    remote = createsend.Subscriber(auth, newsletter.id, "one@example.com")

    whole = remote.import_subscribers(
        newsletter.id, [person("one@example.com"), person("two@example.com")], False
    )
    partial = remote.import_subscribers(
        newsletter.id,
        [person("one@example.com", ("age", "41"), ("website", "w")), person("bad@example")],
        False,
    )
    remote.update("first@example.com", "New Name", [{"Key": "age", "Value": "", "Clear": True}], False, "No")
    details = remote.get(include_tracking_preference=True)

    assert (whole.TotalNewSubscribers, whole.FailureDetails) == (2, [])
    assert [(each.EmailAddress, each.Code) for each in partial.FailureDetails] == [("bad@example", 1)]
    assert partial.TotalExistingSubscribers == 1
    assert (details.EmailAddress, details.Name, details.ConsentToTrack) == (
        "first@example.com",
        "New Name",
        "No",
    )
    assert [(each.Key, each.Value) for each in details.CustomFields] == [("[website]", "w")]
    remote.unsubscribe()
    assert remote.get().State == "Unsubscribed"
    remote.delete()
    assert remote.get().State == "Deleted"
    assert remote.history() == []


def test_it_walks_the_oauth_dance(vendor, auth):
    vendor.switches.oauth_error_status = 200
    account = createsend.CreateSend({})
    code = vendor.account.grants.consent(frozenset({"ManageLists"}), "http://127.0.0.1:9/callback")

    given = account.exchange_token(
        vendor.client_id, vendor.client_secret, "http://127.0.0.1:9/callback", code
    )
    account.auth({"access_token": given[0], "refresh_token": given[2]})

    assert given[1] == 1_209_600
    assert account.clients()
    renewed = account.refresh_token()
    assert renewed[0] != given[0]
    assert account.clients()
    with pytest.raises(Exception, match="Specified code was invalid or expired"):
        account.exchange_token(vendor.client_id, vendor.client_secret, "http://127.0.0.1:9/callback", code)


def test_it_meets_the_documented_errors(vendor, auth, newsletter, remote_list):
    lacking = vendor.tokens("ViewReports").access_token

    def code_of(kind, work):
        with pytest.raises(kind) as refused:
            work()
        return refused.value.data.Code

    unauthorized, bad = createsend.Unauthorized, createsend.BadRequest
    assert code_of(unauthorized, createsend.CreateSend({}).clients) == 100
    assert code_of(unauthorized, createsend.CreateSend({"access_token": "no"}).clients) == 120
    assert code_of(unauthorized, createsend.List({"access_token": lacking}, newsletter.id).details) == 60
    assert code_of(unauthorized, createsend.List(auth, "f" * 32).details) == 101
    assert code_of(unauthorized, createsend.Client(auth, "f" * 32).details) == 102
    assert code_of(bad, createsend.Subscriber(auth, newsletter.id, "nobody@example.com").get) == 203
    assert code_of(bad, lambda: remote_list.active(page=0)) == 800
    assert code_of(bad, lambda: remote_list.active(page_size=9)) == 801
    assert code_of(bad, lambda: remote_list.active(order_field="age")) == 802
    assert code_of(bad, lambda: remote_list.active(order_direction="up")) == 803
    assert code_of(bad, lambda: remote_list.active(date="2026-02-30")) == 5
    array = {
        "EmailAddress": "x@example.com",
        "ConsentToTrack": "Yes",
        "CustomFields": [{"Key": "k", "Value": ["a"]}],
    }
    assert (
        code_of(bad, lambda: createsend.Subscriber(auth).import_subscribers(newsletter.id, [array], False))
        == 400
    )
    vendor.account.grants.expire()
    assert code_of(createsend.ExpiredOAuthToken, createsend.CreateSend(auth).clients) == 121
    vendor.account.grants.revoke()
    assert code_of(unauthorized, createsend.CreateSend(auth).clients) == 122
