"""`python -m simulators.campaign_monitor`: prints its URL, then serves until it is interrupted."""

import argparse
import contextlib
import signal
import threading
from dataclasses import replace

from simulators.campaign_monitor import SCENARIOS, CampaignMonitor

SIZES = ("clients", "lists", "subscribers", "campaigns", "activity", "recipients", "unusable")


def main() -> None:
    given = _arguments().parse_args()
    sizes = {name: value for name in SIZES if (value := getattr(given, name)) is not None}
    world = replace(SCENARIOS[given.scenario], **sizes)
    if given.some_mind:
        world = replace(world, consents=("Yes", "Unknown", "No"))
    vendor = CampaignMonitor(
        seed=given.seed, scenario=world, port=given.port, redirect_uris=tuple(given.redirect_uri)
    )
    vendor.faults.latency = given.latency
    if given.rate_429:
        vendor.faults.rates["429"] = given.rate_429
    if given.rate_500:
        vendor.faults.rates["500-html"] = given.rate_500
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with vendor, contextlib.suppress(KeyboardInterrupt):
        if given.deliver_every:
            vendor.deliver_in_background(given.deliver_every)
        print(vendor.url, flush=True)
        print(f"client_id={vendor.client_id} client_secret={vendor.client_secret}", flush=True)
        ended.wait()


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.campaign_monitor", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="demo")
    parser.add_argument("--redirect-uri", action="append", default=[], help="none given: any is accepted")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds added to every call")
    parser.add_argument("--rate-429", type=float, default=0.0)
    parser.add_argument("--rate-500", type=float, default=0.0)
    parser.add_argument(
        "--deliver-every", type=float, default=0.5, help="seconds between rounds of webhooks; 0: never"
    )
    parser.add_argument(
        "--some-mind",
        action="store_true",
        help="a third of the people says No to being tracked, a third nothing",
    )
    for name in SIZES:
        parser.add_argument(f"--{name}", type=int)
    return parser


if __name__ == "__main__":
    main()
