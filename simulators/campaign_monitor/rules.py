"""The grammar of segment rules: what is refused, with which code, and whom a rule selects."""

import re
from collections.abc import Callable
from typing import Any

from simulators.campaign_monitor.model import Campaign, MailingList, Subscriber
from simulators.campaign_monitor.records import NUMBER, options_of

PRESENCE = ("PROVIDED", "NOT_PROVIDED")
TEXT_VERBS = ("CONTAINS", "NOT_CONTAINS", "EQUALS", "NOT_EQUALS", *PRESENCE)
NUMBER_VERBS = (
    "EQUALS",
    "NOT_EQUALS",
    "GREATER_THAN",
    "GREATER_THAN_OR_EQUAL",
    "LESS_THAN",
    "LESS_THAN_OR_EQUAL",
    "BETWEEN",
    *PRESENCE,
)
OPTION_VERBS = ("EQUALS", "NOT_EQUALS", *PRESENCE)
DATE_VERBS = ("EQUALS", "BEFORE", "AFTER", "BETWEEN", *PRESENCE)
CAMPAIGN_RULES = ("CampaignOpened", "CampaignNotOpened", "CampaignClickedAny", "CampaignOpenedNoClick")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

# kind: verbs, and the code of a verb that is none of them
KINDS: dict[str, tuple[tuple[str, ...], int]] = {
    "Name": (TEXT_VERBS, 2712),
    "EmailAddress": (TEXT_VERBS, 2713),
    "DateSubscribed": (DATE_VERBS[:4], 2714),
    "Text": (TEXT_VERBS, 2715),
    "Number": (NUMBER_VERBS, 2716),
    "MultiOption": (OPTION_VERBS, 2717),
    "Date": (DATE_VERBS, 2718),
    "Campaign": (("EQUALS",), 2754),
}
MESSAGES = {
    2703: "One or more clauses are invalid",
    2704: "Rule type is empty",
    2705: "Unknown rule type",
    2706: "No clauses",
    2710: "Clause is empty",
    2719: "Operand is missing",
    2720: "Invalid date format",
    2721: "Invalid number format",
    2722: "Option does not exist",
    2750: "Invalid campaign id",
    2751: "Campaign was not sent to this list",
    2755: "Invalid format of BETWEEN",
    2756: "Invalid format of BETWEEN",
}


def kind_of(mailing_list: MailingList, rule_type: str) -> str | None:
    """What a rule type compares: a built-in, or a custom field by its bracketed key."""
    if rule_type in ("Name", "EmailAddress", "DateSubscribed"):
        return rule_type
    if rule_type in CAMPAIGN_RULES:
        return "Campaign"
    field = _field(mailing_list, rule_type)
    if field is None:
        return None
    return field.data_type if field.data_type in ("Text", "Number", "Date") else "MultiOption"


def _field(mailing_list: MailingList, rule_type: str) -> Any:
    return next((each for each in mailing_list.fields if each.key.lower() == rule_type.lower()), None)


def problem_of(mailing_list: MailingList, rule: dict[str, str]) -> dict[str, Any] | None:
    """The entry that an invalid rule gets in `ResultData`."""
    rule_type, clause = rule.get("RuleType", ""), rule.get("Clause", "")
    code = 2704 if not rule_type else 2705 if kind_of(mailing_list, rule_type) is None else 0
    clause_code = 0 if code else _clause_problem(mailing_list, rule_type, clause)
    if not code and not clause_code:
        return None
    code = code or 2703
    entry: dict[str, Any] = {
        "Subject": rule_type,
        "Code": code,
        "Message": MESSAGES[code],
        "ClauseResults": [],
    }
    if clause_code:
        message = MESSAGES.get(clause_code, "Verb does not suit the rule type")
        entry["ClauseResults"] = [{"Clause": clause, "Code": clause_code, "Message": message}]
    return entry


def _clause_problem(mailing_list: MailingList, rule_type: str, clause: str) -> int:
    if not clause.strip():
        return 2710
    kind = kind_of(mailing_list, rule_type) or ""
    verb, _, operand = clause.strip().partition(" ")
    verbs, wrong_verb = KINDS[kind]
    if verb not in verbs:
        return wrong_verb
    if verb in PRESENCE:
        return 0
    return _operand_problem(mailing_list, rule_type, verb, operand) if operand else 2719


def _operand_problem(mailing_list: MailingList, rule_type: str, verb: str, operand: str) -> int:
    match kind_of(mailing_list, rule_type):
        case "MultiOption":
            return 0 if operand in options_of(_field(mailing_list, rule_type)) else 2722
        case "Number":
            return _range_problem(verb, operand, NUMBER, 2721, 2756)
        case "Date" | "DateSubscribed":
            return _range_problem(verb, operand, DAY, 2720, 2755)
        case "Campaign":
            return _campaign_problem(mailing_list, operand)
        case _:
            return 0


def _range_problem(verb: str, operand: str, form: re.Pattern[str], code: int, range_code: int) -> int:
    if verb != "BETWEEN":
        return 0 if form.fullmatch(operand) else code
    low, word, high = operand.partition(" AND ")
    return 0 if word and form.fullmatch(low) and form.fullmatch(high) else range_code


def _campaign_problem(mailing_list: MailingList, campaign_id: str) -> int:
    campaign = mailing_list.client.campaigns.get(campaign_id)
    if campaign is None:
        return 2750
    return 0 if mailing_list.id in campaign.list_ids() else 2751


def selects(mailing_list: MailingList, groups: list[list[dict[str, str]]], person: Subscriber) -> bool:
    """Groups are joined by AND, the rules of a group by OR; a segment without rules is the whole list."""
    return all(any(_holds(mailing_list, rule, person) for rule in group) for group in groups)


def _holds(mailing_list: MailingList, rule: dict[str, str], person: Subscriber) -> bool:
    verb, _, operand = rule["Clause"].strip().partition(" ")
    kind = kind_of(mailing_list, rule["RuleType"])
    if kind is None:
        return False
    if kind == "Campaign":
        return _acted(mailing_list.client.campaigns.get(operand), rule["RuleType"], person.email)
    values = _values(mailing_list, rule["RuleType"], person)
    if verb in PRESENCE:
        return bool(values) == (verb == "PROVIDED")
    if verb.startswith("NOT_"):
        return not _any(kind, verb.removeprefix("NOT_"), values, operand)
    return _any(kind, verb, values, operand)


def _values(mailing_list: MailingList, rule_type: str, person: Subscriber) -> list[str]:
    built_in = {"Name": person.name, "EmailAddress": person.email, "DateSubscribed": person.joined[:10]}
    if rule_type in built_in:
        return [built_in[rule_type]] if built_in[rule_type] else []
    return person.values.get(_field(mailing_list, rule_type), [])


def _any(kind: str, verb: str, values: list[str], operand: str) -> bool:
    if kind == "Number":
        low, _, high = operand.partition(" AND ")
        return any(_numbers(verb, float(value), float(low), float(high or low)) for value in values)
    return any(_texts(verb, value.lower(), operand.lower()) for value in values)


def _texts(verb: str, value: str, operand: str) -> bool:
    low, _, high = operand.partition(" and ")
    claims: dict[str, Callable[[], bool]] = {
        "CONTAINS": lambda: operand in value,
        "EQUALS": lambda: value == operand,
        "BEFORE": lambda: value < operand,
        "AFTER": lambda: value > operand,
        "BETWEEN": lambda: low <= value <= high,
    }
    return claims[verb]()


def _numbers(verb: str, value: float, low: float, high: float) -> bool:
    claims = {
        "EQUALS": value == low,
        "GREATER_THAN": value > low,
        "GREATER_THAN_OR_EQUAL": value >= low,
        "LESS_THAN": value < low,
        "LESS_THAN_OR_EQUAL": value <= low,
        "BETWEEN": low <= value <= high,
    }
    return claims[verb]


def _acted(campaign: Campaign | None, rule_type: str, email: str) -> bool:
    if campaign is None:
        return False
    opened, clicked = _did(campaign, "opens", email), _did(campaign, "clicks", email)
    return {
        "CampaignOpened": opened,
        "CampaignNotOpened": not opened,
        "CampaignClickedAny": clicked,
        "CampaignOpenedNoClick": opened and not clicked,
    }[rule_type]


def _did(campaign: Campaign, kind: str, email: str) -> bool:
    return any(row[0].lower() == email.lower() for row in campaign.reports[kind].rows)
