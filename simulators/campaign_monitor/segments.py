"""Endpoints of segments: saved filters on one list."""

from typing import Any

from simulators.campaign_monitor.calls import ApiError, Call, Kind, route, typed, unreadable
from simulators.campaign_monitor.lists import ordered, record, since
from simulators.campaign_monitor.model import MailingList, Segment, Subscriber
from simulators.campaign_monitor.paging import paging_of
from simulators.campaign_monitor.rules import CAMPAIGN_RULES, problem_of, selects
from simulators.http import Response

RULE: dict[str, Kind] = {"RuleType": str, "Clause": str}

type Groups = list[list[dict[str, str]]]


@route("GET", "lists/{list_id}/segments", "ManageLists")
def of_list(call: Call, list_id: str) -> Response:
    found = call.mailing_list(list_id)
    return Response.of(
        [
            {"ListID": found.id, "SegmentID": segment.id, "Title": segment.title}
            for segment in found.segments.values()
        ]
    )


@route("POST", "segments/{list_id}", "ManageLists")
def create(call: Call, list_id: str) -> Response:
    found = call.mailing_list(list_id)
    given = call.body({"Title": str, "RuleGroups": list})
    title = _free_title(found, given.get("Title", ""), None)
    groups = _groups(found, given.get("RuleGroups", []))
    limit = call.account.switches.segment_limit
    if limit is not None and len(found.segments) >= limit:
        raise ApiError(283, "The account's segment limit is reached")
    made = Segment(call.account.new_id(), title, groups)
    found.segments[made.id] = made
    return Response.of(made.id, 201)


@route("PUT", "segments/{segment_id}", "ManageLists")
def update(call: Call, segment_id: str) -> Response:
    found, segment = _segment(call, segment_id)
    given = call.body({"Title": str, "RuleGroups": list})
    title = _free_title(found, given.get("Title", ""), segment)
    if "RuleGroups" in given:
        segment.groups = _groups(found, given["RuleGroups"])
    segment.title = title
    return Response()


@route("POST", "segments/{segment_id}/rules", "ManageLists")
def add_rules(call: Call, segment_id: str) -> Response:
    found, segment = _segment(call, segment_id)
    segment.groups += _groups(found, [call.body({"Rules": list})])
    return Response(201)


@route("DELETE", "segments/{segment_id}/rules", "ManageLists")
def clear_rules(call: Call, segment_id: str) -> Response:
    _segment(call, segment_id)[1].groups = []
    return Response()


@route("DELETE", "segments/{segment_id}", "ManageLists")
def delete(call: Call, segment_id: str) -> Response:
    found, segment = _segment(call, segment_id)
    del found.segments[segment.id]
    return Response()


@route("GET", "segments/{segment_id}", "ManageLists")
def details(call: Call, segment_id: str) -> Response:
    found, segment = _segment(call, segment_id)
    return Response.of(
        {
            "ActiveSubscribers": len(members(found, segment)),
            "RuleGroups": [{"Rules": group} for group in segment.groups],
            "ListID": found.id,
            "SegmentID": segment.id,
            "Title": segment.title,
        }
    )


@route("GET", "segments/{segment_id}/active", "ManageLists")
def subscribers(call: Call, segment_id: str) -> Response:
    found, segment = _segment(call, segment_id)
    paging = paging_of(call, ("email", "name", "date"), "date")
    day = since(call)
    people = [person for person in members(found, segment) if person.date[:10] >= day]
    return paging.envelope(
        ordered(people, paging), lambda person: record(call, found.client, person, reads_with=False)
    )


def members(found: MailingList, segment: Segment) -> list[Subscriber]:
    """Active people whom the rules select; kept until the list changes, unless reports have a say."""
    key = ("segment", segment.id, repr(segment.groups))
    if any(rule["RuleType"] in CAMPAIGN_RULES for group in segment.groups for rule in group):
        found.indexes.pop(key, None)
    if key not in found.indexes:
        active = found.in_state("Active")
        found.indexes[key] = [person for person in active if selects(found, segment.groups, person)]
    return found.indexes[key]


def _segment(call: Call, segment_id: str) -> tuple[MailingList, Segment]:
    for client in call.clients():
        for found in client.lists.values():
            if segment_id in found.segments:
                return found, found.segments[segment_id]
    raise ApiError(271, "Segment does not exist")


def _free_title(found: MailingList, title: str, own: Segment | None) -> str:
    bare = title.strip()
    if not bare:
        raise ApiError(273, "Segment title must not be empty")
    if any(each.title.lower() == bare.lower() for each in found.segments.values() if each is not own):
        raise ApiError(275, "Segment title must be unique in the list")
    return bare


def _groups(found: MailingList, given: list[Any]) -> Groups:
    """Read rule groups and refuse them all when one rule is invalid."""
    groups = [[_rule(rule) for rule in _rules(group)] for group in given]
    problems = [problem for group in groups for rule in group if (problem := problem_of(found, rule))]
    if problems:
        raise ApiError(277, "Invalid Segment Rules", result=problems)
    return [group for group in groups if group]


def _rules(group: object) -> list[object]:
    rules = typed(group, {"Rules": list}).get("Rules", []) if isinstance(group, dict) else None
    if rules is None:
        raise unreadable("RuleGroups")
    return list(rules)


def _rule(rule: object) -> dict[str, str]:
    if not isinstance(rule, dict):
        raise unreadable("RuleGroups")
    known = typed(rule, RULE)
    return {"RuleType": known.get("RuleType", ""), "Clause": known.get("Clause", "")}
