"""The simulator's bodies have the shapes of the official client's fixtures."""

import pytest

from simulators.campaign_monitor import Location
from simulators.campaign_monitor.model import STATES
from tests.simulators import shapes

WRITES = {"create_campaign", "create_client", "create_template"}
INVENTED = {"custom_api_error", "sample_client_error", "sample_server_error"}
UNSENT = {"drafts", "scheduled_campaigns", "email_client_usage"}  # authoring is not simulated
OAUTH = {
    "oauth_exchange_token",
    "oauth_exchange_token_error",
    "refresh_oauth_token",
    "expired_oauth_token_api_error",
}


@pytest.fixture
def full(vendor, client, newsletter):
    """A list with somebody in every state, a segment, webhooks, and a campaign with every report."""
    for state in STATES:
        person = vendor.subscribe(
            newsletter, f"{state.lower()}@example.com", "Full Name", {"website": "https://example.com"}
        )
        person.state, person.reads_with = state, "Gmail"
    where = Location("192.0.2.9", -33.8683, 151.2086, "Sydney", "New South Wales", "AU", "Australia")
    campaign = vendor.send_campaign(client, "All of it", [newsletter], "2026-03-01 10:00")
    campaign.tags, campaign.segments = ["Happy"], [(newsletter.id, "5" * 32, "Segment")]
    journey_email = next(iter(client.journeys.values())).emails[0]
    for report in journey_email.reports.values():
        report.rows.clear()
    for kind in ("open", "click", "bounce", "unsubscribe", "spam", "recipient"):
        vendor.happen(campaign, kind, "active@example.com", "2026-03-01 10:05", place=where)
        vendor.happen(journey_email, kind, "active@example.com", "2026-03-01 10:05", place=where)
    return vendor


def _paths(client, newsletter, segment_id):
    campaign = list(client.campaigns.values())[-1]
    journey = next(iter(client.journeys.values()))
    here, reports, mails = (
        f"lists/{newsletter.id}",
        f"campaigns/{campaign.id}",
        f"journeys/email/{journey.emails[0].id}",
    )
    about, person = f"clients/{client.id}", f"subscribers/{newsletter.id}"
    known = {"email": "active@example.com"}
    tracked = {"includetrackingpreference": "true"}
    paths = {
        "clients": ("clients", {}),
        "systemdate": ("systemdate", {}),
        "timezones": ("timezones", {}),
        "countries": ("countries", {}),
        "client_details": (about, {}),
        "lists": (f"{about}/lists", {}),
        "listsforemail": (f"{about}/listsforemail", known),
        "segments": (f"{about}/segments", {}),
        "suppressionlist": (f"{about}/suppressionlist", {}),
        "campaigns": (f"{about}/campaigns", {}),
        "tags": (f"{about}/tags", {}),
        "client_journeys": (f"{about}/journeys", {}),
        "journey_summary": (f"journeys/{journey.id}", {}),
        "list_details": (here, {}),
        "list_stats": (f"{here}/stats", {}),
        "custom_fields": (f"{here}/customfields", {}),
        "list_webhooks": (f"{here}/webhooks", {}),
        "segment_details": (f"segments/{segment_id}", {}),
        "segment_subscribers": (f"segments/{segment_id}/active", {}),
        "segment_subscribers_with_tracking_preference": (f"segments/{segment_id}/active", tracked),
        "subscriber_details": (person, known),
        "subscriber_details_with_tracking_preference": (person, {**known, **tracked}),
        "subscriber_history": (f"{person}/history", known),
        "campaign_summary": (f"{reports}/summary", {}),
        "campaign_listsandsegments": (f"{reports}/listsandsegments", {}),
        "active_subscribers_with_tracking_preference": (f"{here}/active", tracked),
    }
    paths |= {f"{state.lower()}_subscribers": (f"{here}/{state.lower()}", {}) for state in STATES}
    for kind in ("recipients", "opens", "clicks", "bounces", "unsubscribes", "spam"):
        paths[f"campaign_{kind}"] = (f"{reports}/{kind}", {})
        if kind != "spam":
            paths[f"journey_email_{kind}_no_params"] = (f"{mails}/{kind}", {})
            paths[f"journey_email_{kind}_with_params"] = (
                f"{mails}/{kind}",
                {"date": "2019-01-01", "pagesize": "10"},
            )
    return paths


# Nobody in these samples has a custom field; lists without elements show no shape.
FILLED = {
    "$.Results[].CustomFields[]: dict",
    "$.Results[].CustomFields[].Key: string",
    "$.Results[].CustomFields[].Value: string",
}
OPTIONAL = {
    "bounced_subscribers": FILLED,
    "segment_subscribers": FILLED,
    "segment_subscribers_with_tracking_preference": FILLED,
    "custom_fields": {"$[].FieldOptions[]: string"},
}


def test_every_body_read_has_the_shape_of_its_fixture(full, client, newsletter, call):
    call(
        "POST",
        f"lists/{newsletter.id}/webhooks",
        {"Events": ["Update"], "Url": "http://127.0.0.1:9/x", "PayloadFormat": "json"},
    )
    _, segment_id = call("POST", f"segments/{newsletter.id}", _segment("Everybody", "CONTAINS @"))
    full.subscribe(newsletter, "gone@example.com")
    call("POST", f"clients/{client.id}/suppress", {"EmailAddresses": ["gone@example.com"]})
    expected, paths = shapes.recorded(), _paths(client, newsletter, segment_id)

    differences = {}
    for name, (path, query) in paths.items():
        status, body = call.get(path, **query)
        differs = (shapes.shape(body) ^ expected[name]) - OPTIONAL.get(name, set())
        if status != 200 or differs:
            differences[name] = status, differs

    assert differences == {}
    assert set(expected) == set(paths) | WRITTEN | INVENTED | UNSENT | OAUTH | WRITES | {"custom_fields_utf8"}


WRITTEN = {
    "add_subscriber",
    "create_custom_field",
    "create_list",
    "create_list_webhook",
    "create_segment",
    "import_subscribers",
    "import_subscribers_partial_success",
    "update_custom_field",
}


def _segment(title, clause):
    return {"Title": title, "RuleGroups": [{"Rules": [{"RuleType": "EmailAddress", "Clause": clause}]}]}


def _row(email):
    return {"EmailAddress": email, "Name": "N", "ConsentToTrack": "Yes"}


def test_every_body_written_back_has_the_shape_of_its_fixture(client, newsletter, call):
    here = f"lists/{newsletter.id}"
    hook = {"Events": ["Subscribe"], "Url": "http://127.0.0.1:9/x", "PayloadFormat": "json"}
    rows = [_row("one@example.com"), _row("two@example.com")]

    answers = {
        "add_subscriber": call("POST", f"subscribers/{newsletter.id}", _row("new@example.com")),
        "create_custom_field": call(
            "POST", f"{here}/customfields", {"FieldName": "new date field", "DataType": "Date"}
        ),
        "update_custom_field": call("PUT", f"{here}/customfields/%5Bage%5D", {"FieldName": "years of age"}),
        "create_list": call("POST", f"lists/{client.id}", {"Title": "Another"}),
        "create_list_webhook": call("POST", f"{here}/webhooks", hook),
        "create_segment": call("POST", f"segments/{newsletter.id}", _segment("S", "CONTAINS @")),
        "import_subscribers": call("POST", f"subscribers/{newsletter.id}/import", {"Subscribers": rows}),
        "import_subscribers_partial_success": call(
            "POST", f"subscribers/{newsletter.id}/import", {"Subscribers": [*rows, _row("example+1@example")]}
        ),
    }

    expected = shapes.recorded()
    assert {name: shapes.shape(body) for name, (_, body) in answers.items()} == {
        n: expected[n] for n in WRITTEN
    }
    assert {status for name, (status, _) in answers.items() if name.startswith("create")} == {201}
    assert answers["import_subscribers_partial_success"][1] == {
        "Code": 210,
        "Message": "Subscriber Import had some failures",
        "ResultData": {
            "TotalUniqueEmailsSubmitted": 3,
            "TotalExistingSubscribers": 2,
            "TotalNewSubscribers": 0,
            "DuplicateEmailsInSubmission": [],
            "FailureDetails": [
                {"EmailAddress": "example+1@example", "Code": 1, "Message": "Invalid Email Address"}
            ],
        },
    }
    assert answers["update_custom_field"] == (200, "[yearsofage]")
