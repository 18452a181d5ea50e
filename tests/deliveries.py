"""What Campaign Monitor posts: events with valid defaults, and the largest delivery that it announces."""

import json

TEXTS = ("Grüße aus Köln", "日本語のテキスト", "🎉 party 🎉", "plain text of some length")


def make_event(kind="Subscribe", email="jane@example.com", **more):
    base = {
        "Type": kind,
        "Date": "2026-03-05 14:30:00",
        "EmailAddress": email,
        "Name": "Jane",
        "CustomFields": [],
    }
    return {**base, **more}


def make_body(list_id, events, **more):
    return json.dumps({"ListID": list_id, "Events": list(events), **more}, ensure_ascii=False)


def make_large_body(list_id, emails):
    """A subscribe of everybody, with fifty custom fields each."""
    fields = [{"Key": f"[field{number}]", "Value": TEXTS[number % 4] + str(number)} for number in range(50)]
    return make_body(list_id, [make_event(email=email, CustomFields=fields) for email in emails])
