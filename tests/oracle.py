"""The profile of the default mappings, worked out by hand from rows `{"stream", "ts", "fields"}`.

Nothing of the product is imported, and nothing is clever: rows in the order of time, an `if` per line of the tables
(docs/reference/mapping-tables.md). Rows are facts: to count one once, give it once.
"""

import datetime as dt
import re

MASK = 2**64 - 1
URL = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?[^#]*)?(?:#.*)?", re.DOTALL)
ADDRESS = re.compile(r"(?:.*<)?([^<>@\s]+@[^<>@\s]+)>?")
MILLISECOND = dt.timedelta(milliseconds=1)


def profile(rows):
    """The fields of one person. Addresses must be plain (`a@b`, `Name <a@b>`); URLs absolute, without bad escapes."""
    fields = {}
    for row in sorted(rows, key=lambda row: row["ts"]):
        columns = {name: value for name, value in row["fields"].items() if value not in (None, "")}
        address = address_of(columns.get("email"))
        if address is None:
            continue
        latest(fields, "email", row["ts"], address)
        latest(fields, "email_domain", row["ts"], address.split("@")[1])
        add(fields, "cm_client_ids", columns.get("client_id"))
        add(fields, "cm_client_names", columns.get("client_name"))
        if row["stream"] == "cm_user":
            fold_user(fields, row["ts"], columns)
        else:
            fold_activity(fields, row["ts"], columns)
    return {name: shown(value) for name, value in fields.items()}


def fold_user(fields, ts, columns):
    status = columns.get("status")
    for column, field in (("list_id", "cm_list_ids_status"), ("list_name", "cm_list_names_status")):
        if column in columns and status is not None:
            latest(fields.setdefault(field, {}), columns[column], ts, status)
    latest(fields, "cm_name", ts, columns.get("name"))


def fold_activity(fields, ts, columns):
    event = columns.get("event")
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + ts * MILLISECOND
    latest(fields, "country_code", ts, columns.get("cc"))
    latest(fields, "city", ts, columns.get("city"))
    latest(fields, "region", ts, columns.get("region"))
    add(fields, "cm_campaign_ids", columns.get("campaign_id"))
    add(fields, "cm_campaign_names", columns.get("campaign_name"))
    add(fields, "cm_listids", columns.get("list_id"))
    add(fields, "cm_list_names", columns.get("list_name"))
    add(fields, "cm_email_urls", columns.get("url"))
    if event is not None:
        count(fields, "cm_email_event", event)
    if event == "sent":
        fields["cm_sendct"] = fields.get("cm_sendct", 0) + 1
    if event == "open":
        fields["cm_openct"] = fields.get("cm_openct", 0) + 1
        fields.setdefault("cm_firstopen_ts", moment)
        fields["cm_lastopen_ts"] = moment
        count(fields, "cm_hourlyopen", str(moment.hour))
        count(fields, "cm_hourofweek", str((moment.weekday() + 1) % 7 * 24 + moment.hour))
        count(fields, "cm_monthly", f"{moment.year % 100:02}{moment.month:02}")
    if event == "click":
        fields["cm_clickct"] = fields.get("cm_clickct", 0) + 1
        fields.setdefault("cm_firstclick_ts", moment)
        fields["cm_lastclick_ts"] = moment
    if event in ("open", "click") and (main := main_of(columns.get("url"))):
        count(fields, "hashedurls", str(siphash(main.encode())))
    if event in ("open", "click", "subscribe"):
        fields["last_active_ts"] = moment
        add(fields, "channels", "email")
    if event == "deactivate" and columns.get("status") == "unsubscribe":
        fields["cm_unsub_ts"] = ts


def latest(fields, name, ts, value):
    """Rows come in the order of time; at the same time the greater value wins."""
    if value is not None:
        held = fields.get(name)
        fields[name] = max(held, (ts, value)) if held else (ts, value)


def add(fields, name, value):
    if value is not None:
        fields.setdefault(name, set()).add(value)


def count(fields, name, key):
    counts = fields.setdefault(name, {})
    counts[key] = counts.get(key, 0) + 1


def shown(value):
    match value:
        case tuple():
            return value[1]
        case set():
            return sorted(value)
        case dict():
            return {key: shown(value[key]) for key in sorted(value)}
        case dt.datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + f".{value.microsecond // 1000:03}Z"
        case _:
            return value


def address_of(text):
    found = ADDRESS.fullmatch(text.strip()) if text else None
    return found[1].lower() if found else None


def main_of(url):
    if not url:
        return None
    _, host, path = URL.fullmatch(url).groups()
    host = (host or "").rpartition("@")[2]
    return host + bytes_of(path).decode()


def bytes_of(path):
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda escape: bytes([int(escape[1], 16)]), path.encode())


def siphash(message):
    """SipHash-2-4 with the key words 0 and 1, signed."""
    v = [0x736F6D6570736575, 0x646F72616E646F6D ^ 1, 0x6C7967656E657261, 0x7465646279746573 ^ 1]
    padded = message + bytes(7 - len(message) % 8) + bytes([len(message) % 256])
    for start in range(0, len(padded), 8):
        word = int.from_bytes(padded[start : start + 8], "little")
        v[3] ^= word
        sipround(sipround(v))
        v[0] ^= word
    v[2] ^= 0xFF
    sipround(sipround(sipround(sipround(v))))
    digest = v[0] ^ v[1] ^ v[2] ^ v[3]
    return digest - 2**64 if digest >= 2**63 else digest


def sipround(v):
    for one, other, turn, also in ((0, 1, 13, 32), (2, 3, 16, 0), (0, 3, 21, 0), (2, 1, 17, 32)):
        v[one] = (v[one] + v[other]) & MASK
        v[other] = rotated(v[other], turn) ^ v[one]
        v[one] = rotated(v[one], also)
    return v


def rotated(word, turn):
    return (word << turn | word >> (64 - turn)) & MASK
