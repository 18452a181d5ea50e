"""Endpoints of custom fields and their options."""

from simulators.campaign_monitor.calls import ApiError, Call, route, unreadable
from simulators.campaign_monitor.model import CustomField, MailingList
from simulators.campaign_monitor.records import MULTIPLE, TYPES, options_of
from simulators.http import Response

LONGEST_NAME = 100
RESERVED = ("email", "emailaddress", "name", "fullname", "date")


@route("GET", "lists/{list_id}/customfields", "ManageLists")
def read(call: Call, list_id: str) -> Response:
    return Response.of(
        [
            {
                "FieldName": each.name,
                "Key": each.key,
                "DataType": each.data_type,
                "FieldOptions": options_of(each),
                "VisibleInPreferenceCenter": each.visible,
            }
            for each in call.mailing_list(list_id).fields
        ]
    )


@route("POST", "lists/{list_id}/customfields", "ManageLists")
def create(call: Call, list_id: str) -> Response:
    found = call.mailing_list(list_id)
    given = call.body({"FieldName": str, "DataType": str, "Options": list, "VisibleInPreferenceCenter": bool})
    options = _texts(given.get("Options", []))
    data_type = given.get("DataType", "")
    if data_type not in TYPES:
        raise ApiError(259, "Invalid data type")
    if options and data_type not in MULTIPLE:
        raise ApiError(256, "Options are only for multi-option fields")
    if not options and data_type in MULTIPLE:
        raise ApiError(257, "A multi-option field needs options")
    name = _free_name(found, given.get("FieldName", ""), None)
    visible = given.get("VisibleInPreferenceCenter", True)
    made = CustomField(name, data_type, key_of(name), options, visible)
    found.fields.append(made)
    return Response.of(made.key, 201)


@route("PUT", "lists/{list_id}/customfields/{key}", "ManageLists")
def update(call: Call, list_id: str, key: str) -> Response:
    found = call.mailing_list(list_id)
    field = _field(found, key)
    given = call.body({"FieldName": str, "VisibleInPreferenceCenter": bool})
    if "FieldName" in given:
        name = _free_name(found, given["FieldName"], field)
        _rename_rules(found, field.key, key_of(name))
        field.name, field.key = name, key_of(name)
    field.visible = given.get("VisibleInPreferenceCenter", field.visible)
    found.touch_all()
    return Response.of(field.key)


@route("PUT", "lists/{list_id}/customfields/{key}/options", "ManageLists")
def update_options(call: Call, list_id: str, key: str) -> Response:
    found = call.mailing_list(list_id)
    field = _field(found, key)
    given = call.body({"KeepExistingOptions": bool, "Options": list})
    options = _texts(given.get("Options", []))
    if field.data_type not in MULTIPLE:
        raise ApiError(256, "Options are only for multi-option fields")
    before = field.options
    field.options = _texts([*before, *options]) if given.get("KeepExistingOptions") else options
    if not field.options:
        field.options = before
        raise ApiError(257, "A multi-option field needs options")
    gone = set(before) - set(field.options)
    _forget_options(found, field, gone)
    dropping = call.account.switches.option_change_drops_rules
    if field.options != before and (dropping == "always" or (dropping == "removals" and gone)):
        _drop_rules(found, field.key)
    return Response()


@route("DELETE", "lists/{list_id}/customfields/{key}", "ManageLists")
def delete(call: Call, list_id: str, key: str) -> Response:
    found = call.mailing_list(list_id)
    field = _field(found, key)
    found.fields.remove(field)
    for person in found.people.values():
        person.values.pop(field, None)
    found.touch_all()
    _drop_rules(found, field.key)
    return Response()


def key_of(name: str) -> str:
    return f"[{name.replace(' ', '')}]"


def add(
    mailing_list: MailingList, name: str, data_type: str = "Text", options: list[str] | None = None
) -> CustomField:
    """Make a field without a call."""
    made = CustomField(name, data_type, key_of(name), options or [])
    mailing_list.fields.append(made)
    return made


def rename_option(mailing_list: MailingList, key: str, old: str, new: str) -> None:
    """Rename an option as the product's own pages do: values and rules follow."""
    field = _field(mailing_list, key)
    field.options = [new if option == old else option for option in field.options]
    for person in mailing_list.people.values():
        if field in person.values:
            person.values[field] = [new if value == old else value for value in person.values[field]]
    for segment in mailing_list.segments.values():
        for group in segment.groups:
            for rule in group:
                if rule["RuleType"].lower() == field.key.lower() and rule["Clause"] == f"EQUALS {old}":
                    rule["Clause"] = f"EQUALS {new}"
    mailing_list.touch_all()


def _field(found: MailingList, key: str) -> CustomField:
    for each in found.fields:
        if each.key.lower() == key.lower():
            return each
    raise ApiError(253, "Invalid Custom Field Key")


def _texts(values: list[object]) -> list[str]:
    """The options without repetitions; each must be a string."""
    texts: dict[str, None] = {}
    for value in values:
        if not isinstance(value, str):
            raise unreadable("Options")
        texts[value] = None
    return list(texts)


def _free_name(found: MailingList, name: str, own: CustomField | None) -> str:
    bare = name.strip()
    if not bare or len(bare) > LONGEST_NAME or bare.lower() in RESERVED or set(bare) & set("[]\\/"):
        raise ApiError(254, "Invalid Custom Field Name")
    if any(each.key.lower() == key_of(bare).lower() for each in found.fields if each is not own):
        raise ApiError(255, "Custom Field Key Already Exists")
    return bare


def _forget_options(found: MailingList, field: CustomField, gone: set[str]) -> None:
    for person in found.people.values() if gone else ():
        kept = [option for option in person.values.get(field, []) if option not in gone]
        person.values.pop(field, None)
        if kept:
            person.values[field] = kept
    found.touch_all()


def _drop_rules(found: MailingList, key: str) -> None:
    for segment in found.segments.values():
        groups = [
            [rule for rule in group if rule["RuleType"].lower() != key.lower()] for group in segment.groups
        ]
        segment.groups = [group for group in groups if group]


def _rename_rules(found: MailingList, old: str, new: str) -> None:
    for segment in found.segments.values():
        for group in segment.groups:
            for rule in group:
                if rule["RuleType"].lower() == old.lower():
                    rule["RuleType"] = new
