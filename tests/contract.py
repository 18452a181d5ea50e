"""What docs/reference/contract.md allows to be seen of jobs, failures, plans, rows and profiles."""

import json
import math
import re
from datetime import UTC, datetime, timedelta

from profile_app.lql import Mapping

TAKES = {
    "GET /imports/{id}/failures": ["cursor"],
    "GET /imports/{id}/runs": ["limit", "cursor"],
    "GET /exports/{id}/failures": ["cursor"],
    "GET /exports/{id}/plan": ["cursor"],
    "GET /exports/{id}/ledger": ["email", "code", "outcome", "limit", "cursor"],
    "GET /exports/{id}/activity": ["limit", "cursor"],
    "GET /blocks": ["cursor"],
    "GET /profiles": ["prefix", "limit", "cursor"],
    "GET /profiles/{email}/rows": ["limit", "cursor"],
    "GET /profiles/{email}/explain": ["limit", "cursor"],
    "GET /profiles/{email}/export": ["cursor"],
    "DELETE /profiles/{email}": ["block"],
}
"""The query parameters of routes; all others take none."""

TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z", re.ASCII)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
STREAMS = ("cm_user", "cm_activity")
EVENTS = {"sent", "open", "click", "subscribe", "deactivate", "update", "bounce", "spam"}
IMPORT_STATUSES = {"running", "scheduled", "completed", "stopped", "failed"}
RUN_STATUSES = {"running", "succeeded", "failed"}
EXPORT_STATUSES = {"starting", "running", "stopped", "failed"}
FOR_NEW = {"unchanged", "no", "refuse"}
WOULD = {"add", "change", "keep", "resubscribe", "refuse"}
SENT = ("added", "changed", "removed")
OUTCOMES = (*SENT, "skipped", "refused", "kept_out")
TRIGGERS = ("audience", "existing_users", "start", "upkeep", "retry", "try")
COUNTS = {"added", "updated", "removed", "skipped", "failed"}


def read(answer):
    """An answer's JSON, which must be JSON for everybody: no NaN, nothing that UTF-8 cannot hold."""
    return json.loads(answer.body.encode().decode(), parse_constant=_refuse)


def is_error(answer):
    """Whether it is an error in the contract's shape."""
    told = read(answer)
    return (
        set(told) == {"message", "details"}
        and is_text(told["message"])
        and all(is_text(one["field"]) and is_text(one["message"]) for one in told["details"])
        and bool(told["details"]) >= (answer.status == 422)
    )


def is_text(value):
    return isinstance(value, str) and bool(value)


def is_time(value):
    """RFC 3339 in UTC with milliseconds, a day that there is."""
    if not isinstance(value, str) or not TIME.fullmatch(value):
        return False
    datetime.fromisoformat(value)
    return True


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def allow(what, **rules):
    """Raise unless every rule holds for what is shown."""
    broken = [name for name, holds in rules.items() if not holds]
    assert not broken, f"{', '.join(broken)}: {what}"


def policy_rules(policy):
    """What holds of an import's policy: what it says itself, or what is in force for its client."""
    days = policy["keep_rows_days"]
    columns = [*policy["drop_columns"], *policy["hash_columns"]]
    return {
        "tracking_consent": policy["tracking_consent"] in ("ignore", "respect", "strict"),
        "keep_last_open_day": isinstance(policy["keep_last_open_day"], bool),
        "keep_rows_days": days is None or (is_whole(days) and days >= 1),
        "columns": all(map(is_text, columns)) and "email" not in columns,
    }


def check_import(job):
    allow(
        job,
        ids=all(is_text(job[name]) for name in ("id", "authorization_id", "client_id")),
        list_ids=all(map(is_text, job["list_ids"])),
        keep_updated=isinstance(job["keep_updated"], bool),
        every_minutes=is_whole(job["every_minutes"]) and 5 <= job["every_minutes"] <= 10_080,
        description=job["description"] is None or is_text(job["description"]),
        **policy_rules(job),
        **{f"in_force_{name}": rule for name, rule in policy_rules(job["in_force"]).items()},
        rows_since=job["rows_since"] is None or DAY.fullmatch(job["rows_since"]) is not None,
        status=job["status"] in IMPORT_STATUSES,
        webhooks=all(is_text(one["list_id"]) for one in job["webhooks"]),
        next_run_at=job["next_run_at"] is None or is_time(job["next_run_at"]),
    )
    if run := job["run"]:
        numbers = (*run["pages"].values(), *run["rows"].values(), run["rejected"], run["withheld"])
        allow(
            job,
            run_status=run["status"] in RUN_STATUSES,
            started_at=is_time(run["started_at"]),
            finished_at=run["finished_at"] is None or is_time(run["finished_at"]),
            numbers=all(map(is_whole, numbers)),
            rows=set(run["rows"]) == {"cm_user", "cm_activity"},
        )


def check_run(run):
    """A run in the history of an import."""
    whole = (run["calls"], *run["pages"].values(), *run["rows"].values(), run["rejected"], run["withheld"])
    allow(
        run,
        id=is_text(run["id"]),
        trigger=run["trigger"] in (None, "person", "schedule", "reconnected"),
        began_at=is_time(run["began_at"]),
        ended_at=run["ended_at"] is None or is_time(run["ended_at"]),
        seconds=(run["seconds"] is None) == (run["ended_at"] is None),
        status=run["status"] in RUN_STATUSES,
        reason=(run["reason"] is None) == (run["status"] != "failed"),
        numbers=all(map(is_whole, whole)),
        pages=set(run["pages"]) == {"done", "total"},
        rows=set(run["rows"]) == {"cm_user", "cm_activity"},
        new_rows=run["new_rows"] is None or is_whole(run["new_rows"]),
    )


def check_export(job):
    flags = ("existing_users", "resubscribe_users", "queue_autoresponders", "dry_run")
    allow(
        job,
        texts=all(
            is_text(job[name]) for name in ("id", "authorization_id", "list_id", "audience_webhook_url")
        ),
        audiences=job["audiences"] and all(is_text(one["slug"]) for one in job["audiences"]),
        flags=all(isinstance(job[name], bool) for name in flags),
        fields=is_text(job["email_field"]) and is_text(job["name_field"]),
        consents=job["consent_for_new"] in FOR_NEW
        and all(
            job[name] is None or is_text(job[name])
            for name in ("consent_field", "sms_field", "sms_consent_field")
        ),
        mappings=all(is_text(text) for pair in job["field_mappings"].items() for text in pair),
        description=job["description"] is None or is_text(job["description"]),
        status=job["status"] in EXPORT_STATUSES,
        names=all(
            job[what]["id"] == job[f"{what}_id"] and is_text(job[what]["name"])
            for what in ("authorization", "list")
        )
        and (job["client"] is None or is_text(job["client"]["id"])),
        counts=set(job["counts"]) == COUNTS and all(map(is_whole, job["counts"].values())),
    )


def check_failure(one):
    allow(
        one,
        message=is_text(one["message"]),
        at=is_time(one["at"]),
        email=one["email"] is None or is_text(one["email"]),
        code=one["code"] is None or is_text(one["code"]) or is_whole(one["code"]),
    )


def check_plan(one):
    allow(
        one,
        email=is_text(one["email"]),
        would=one["would"] in WOULD,
        before=one["before"] is None or is_text(one["before"]["state"]),
        after=(one["after"] is None) <= (one["would"] == "refuse"),
        code=one["code"] is None or is_text(one["code"]) or is_whole(one["code"]),
        why=is_text(one["why"]) if one["would"] == "refuse" else one["why"] is None or is_text(one["why"]),
    )


def check_entry(one):
    """An entry of an export's ledger."""
    cause = one["cause"]
    allow(
        one,
        at=is_time(one["at"]),
        email=is_text(one["email"]),
        outcome=one["outcome"] in OUTCOMES,
        code=one["code"] is None or is_text(one["code"]) or is_whole(one["code"]),
        message=is_text(one["message"])
        if one["outcome"] not in SENT
        else one["message"] is None or is_text(one["message"]),
        sent=one["outcome"] not in SENT or all(map(is_text, one["sent"])),
        flags=isinstance(one["resubscribed"], bool) and is_whole(one["left_out"]),
        trigger=one["trigger"] in TRIGGERS,
        cause=cause is None
        or (cause["event"] in ("enter", "seen", "exit", "change") and is_time(cause["at"])),
    )


def check_deeds(one):
    """An entry of an export's activity."""
    allow(
        one,
        id=is_text(one["id"]),
        trigger=one["trigger"] in TRIGGERS,
        times=is_time(one["began_at"]) and is_time(one["ended_at"]) and is_whole(one["seconds"]),
        numbers=all(is_whole(one[name]) for name in ("calls", "people", "waited", *OUTCOMES)),
        people=one["people"] == sum(one[name] for name in OUTCOMES),
        result=one["result"] in ("succeeded", "partial", "failed"),
        reason=one["reason"] is None or is_text(one["reason"]),
    )


def check_row(row, now):
    allow(row, ts=is_time(row["ts"]), stream=row["stream"] in STREAMS, email=is_text(row["fields"]["email"]))
    at = datetime.fromisoformat(row["ts"])
    allow(
        row,
        ts=datetime(1970, 1, 1, tzinfo=UTC) <= at <= now + timedelta(days=1),
        event=row["stream"] == "cm_user" or row["fields"]["event"] in EVENTS,
        why=row["fields"].get("event") != "deactivate" or is_text(row["fields"]["status"]),
    )


def check_profile(profile, mapping_texts):
    """Every field is of its kind in the mapping that is in force."""
    kinds = {name: field.kind for name, field in Mapping.parse(mapping_texts).fields.items()}
    allow(
        profile,
        email=is_text(profile["email"]),
        updated_at=is_time(profile["updated_at"]),
        rows=is_whole(profile["rows"]),
    )
    fields = profile["fields"]
    allow(profile, **{name: KINDS[kinds[name]](value) for name, value in fields.items()})


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _refuse(constant):
    raise AssertionError(f"{constant} is not JSON")


KINDS = {
    "string": is_text,
    "date": is_time,
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": _is_number,
    "[]string": lambda value: value and value == sorted(set(value)) and all(map(is_text, value)),
    "map[string]string": lambda value: (
        value and all(is_text(text) for pair in value.items() for text in pair)
    ),
    "map[string]intsum": lambda value: (
        value and all(map(is_text, value)) and all(map(_is_number, value.values()))
    ),
}
