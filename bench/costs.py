"""What rows cost in AWS, all in: `python -m bench.costs [--people 6000] [--campaigns 8]`.

The whole product runs in this process; its stand-in of AWS counts every call, its stand-in of Campaign Monitor has the
people. Beside them are the figures of an earlier commit, and the floor.
"""

import argparse
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.bill import apart, earlier, floor, prices, pricing
from bench.bill.pricing import Bill
from tests.aws.template import Deployment

ORDERS = ("backlog", "shuffled", "page by page")
OURS, EARLIER, FLOOR = "now", f"{earlier.COMMIT}, recorded", "floor"
STANDING = ("SecretsManager::Secret", "KMS::Key", "CloudWatch::Alarm")
NOTES = """\
- an import comes to the table of rows as its queue hands it over: a *backlog* is read in full batches, oldest first or \
*shuffled*; *page by page* is a queue that never fills.
- webhooks: {events} POSTs of one event each, two rows, to people with rows, each waited for. Keep Updated: a run a day \
later, in which {opens:,} people have opened a mail.
- µs: processor time of functions, a row, of it HTTP measured by calls that are made over it. Lambda: that, by the share of a \
processor that a function's memory gives, and {single:.0f} ms for each call of AWS of one item, {batch:.0f} ms for others, \
{vendor:.0f} ms for a page of Campaign Monitor: assumed, since only AWS could tell.
- *recorded*: of 6,000 people and 8 campaigns, as the earlier commit was measured once, on two shared cores.
- floor: what the bytes alone would cost: rows deflated by the page, written once, sent once, nothing read."""


def played(people: int, campaigns: int, console: Console) -> dict[str, Any]:
    """All loads, by name."""
    sizes = [people, campaigns]
    wanted = {f"import, {order}": ("import", [*sizes, order]) for order in ORDERS}
    wanted["webhooks, one by one"] = ("webhooks", [min(people, 2000), campaigns])
    wanted["Keep Updated, a day"] = ("keep_updated", [*sizes, 1000])
    found = {}
    for name, (load, arguments) in wanted.items():
        found[name] = apart.run("bench.bill.measure", [load, arguments])
        bill = pricing.whole(found[name])
        console.print(f"[dim]{name}: {bill.writes:.3f} WU a row, ${bill.dollars * 1e6:.2f} a million rows")
    return found


def table(title: str, lines: Sequence[tuple[str, str, Bill]]) -> Table:
    """A million rows of each load, by service."""
    made = Table("$ for a million rows", "", title=title, title_justify="left")
    for name in (
        "WU/row",
        "RU/row",
        "calls/row",
        "µs/row",
        "DynamoDB",
        "Lambda",
        "SQS",
        "API",
        "logs",
        "all in",
    ):
        made.add_column(name, justify="right")
    last = ""
    for name, whose, bill in lines:
        if last and name != last:
            made.add_section()
        made.add_row("" if name == last else name, whose, *cells(bill))
        last = name
    return made


def cells(bill: Bill) -> list[str]:
    services = (bill.dynamodb, bill.functions, bill.sqs, bill.api, bill.logs, bill.dollars)
    return [
        f"{bill.writes:.3f}",
        f"{bill.reads:.3f}",
        f"{bill.calls:.3f}",
        f"{bill.processor * 1e6:,.0f}",
        *(f"{dollars * 1e6:.2f}" for dollars in services),
    ]


def storage(load: dict[str, Any]) -> Table:
    """What the rows of an import weigh."""
    made = Table(
        "bytes a row",
        "of it",
        "$ a month for a million rows",
        title="Storage after the first of these imports, with point-in-time recovery",
        title_justify="left",
    )
    parts = pricing.stored(load)
    told = ", ".join(f"{name} {size:.0f}" for name, size in parts.items())
    made.add_row(f"{sum(parts.values()):.0f}", told, f"{pricing.month(sum(parts.values()) * 1e6):.3f}")
    return made


def by_function(load: dict[str, Any]) -> Table:
    """Where the dollars of a load go."""
    made = Table(
        "function", "calls of it", title="The first of these imports, by function", title_justify="left"
    )
    for name in ("WU/row", "RU/row", "µs/row", "$ a million rows"):
        made.add_column(name, justify="right")
    for name, bill in sorted(pricing.bills(load).items(), key=lambda one: -one[1].dollars):
        numbers = (
            f"{bill.writes:.3f}",
            f"{bill.reads:.3f}",
            f"{bill.processor * 1e6:.0f}",
            f"{bill.dollars * 1e6:.2f}",
        )
        made.add_row(name, f"{load['uses'][name]['invocations']:,}", *numbers)
    return made


def standing() -> str:
    """What a stack costs in a month in which nothing happens: with a Lytics token, told by mail."""
    deployment = Deployment()
    secrets, keys, alarms = (len(deployment.of_type(f"AWS::{kind}")) for kind in STANDING)
    secrets -= 1  # that of the alarms' webhook
    polls = len(list(deployment.sources())) * prices.POLLS_A_MINUTE * prices.MONTH_MINUTES
    parts = {
        f"{secrets} secrets": secrets * prices.SECRET_MONTH.dollars,
        f"{keys} key": keys * prices.KEY_MONTH.dollars,
        f"{alarms} alarms": alarms * prices.ALARM_MONTH.dollars,
        f"{polls:,} polls of the queues": polls * prices.SQS_REQUEST.dollars,
        f"{INSPECTIONS:,} inspections": INSPECTIONS
        * inspection(len(deployment.of_type("AWS::SQS::Queue")) - 1),
        "the metric that counts them": prices.METRIC_MONTH.dollars,
    }
    named = ", ".join(f"{name} ${dollars:.2f}" for name, dollars in parts.items())
    return f"- a month in which nothing happens: ${sum(parts.values()):.2f}: {named}."


INSPECTIONS = prices.MONTH_MINUTES // 5


def inspection(queues: int) -> float:
    """Dollars of one that finds nothing: it reads one metric, the alarms and all queues, and writes its state twice."""
    seconds = prices.INSPECTION_SECONDS * deployment_gigabytes("AlertsFunction")
    return (
        prices.METRIC_READ.dollars
        + prices.CLOUDWATCH_REQUEST.dollars
        + queues * prices.SQS_REQUEST.dollars
        + seconds * prices.LAMBDA_SECOND.dollars
        + prices.LAMBDA_REQUEST.dollars
        + 2 * prices.WRITE_UNIT.dollars
        + 1000 / prices.GB * prices.LOG_GB.dollars
    )


def deployment_gigabytes(function: str) -> float:
    return float(Deployment().properties(function).get("MemorySize", 512)) / 1024


def price_list() -> Table:
    made = Table("price", "$", "from", title="Prices of us-east-1, without free tiers", title_justify="left")
    for one in prices.PRICES:
        made.add_row(one.of, f"{one.dollars:.10f}".rstrip("0").rstrip("."), one.page)
    return made


def main() -> None:
    """Play all loads, print the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.costs", description=__doc__)
    parser.add_argument("--people", type=int, default=6000, help="of one list")
    parser.add_argument("--campaigns", type=int, default=8, help="that each mail everybody")
    given = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    loads = played(given.people, given.campaigns, console)
    lines = []
    for name, load in loads.items():
        lines.append((name, OURS, pricing.whole(load)))
        lines.append((name, EARLIER, earlier.COSTS[name]))
        lines.append((name, FLOOR, floor.floor_of(name, given.people, given.campaigns)))
    first = loads[f"import, {ORDERS[0]}"]
    title = f"{given.people:,} people, {given.campaigns} campaigns: {first['rows']:,} rows"
    for each in (
        table(title, lines),
        by_function(first),
        storage(first),
        price_list(),
    ):
        console.print(each)
    console.print(
        NOTES.format(
            events=200,
            opens=1000,
            single=prices.CALL_SECONDS * 1000,
            batch=prices.BATCH_SECONDS * 1000,
            vendor=prices.VENDOR_SECONDS * 1000,
        )
    )
    console.print(standing())


if __name__ == "__main__":
    main()
