"""The simulator's client, rebuilt here from what it tells of its state: what the profiles must be follows from it."""

from types import SimpleNamespace


def client_of(vendor):
    """The first client with its lists, campaigns, journeys and suppressions, as `tests.vendor_truth` reads them."""
    (outline, *_) = vendor("/_state")["clients"]
    return SimpleNamespace(
        id=outline["id"],
        name=outline["name"],
        time_zone=outline["time_zone"],
        lists={one["id"]: _list(one, vendor(f"/_state/lists/{one['id']}")) for one in outline["lists"]},
        campaigns={one["id"]: _sent(one, vendor(f"/_state/campaigns/{one['id']}")) for one in outline["campaigns"]},
        journeys={one["id"]: _journey(one, vendor(f"/_state/journeys/{one['id']}")) for one in outline["journeys"]},
        suppressed={one["email"].lower(): SimpleNamespace(**one) for one in outline["suppressed"]},
    )  # fmt: skip


def _list(outline, state):
    people = {each["email"].lower(): SimpleNamespace(**each) for each in state["subscribers"]}
    return SimpleNamespace(id=outline["id"], title=outline["title"], people=people)


def _journey(outline, reports):
    emails = [_sent(each, reports[each["id"]]) for each in outline["emails"]]
    return SimpleNamespace(list_id=outline["list"], emails=emails)


def _sent(outline, reports):
    """A campaign, or an e-mail of a journey."""
    rows = {
        kind: SimpleNamespace(rows=[[_cell(cell) for cell in row] for row in found])
        for kind, found in reports.items()
    }
    return SimpleNamespace(**{"sent": "", **outline}, reports=rows)


def _cell(cell):
    if not isinstance(cell, dict):
        return cell
    return SimpleNamespace(country_code=cell["CountryCode"], city=cell["City"], region=cell["Region"])
