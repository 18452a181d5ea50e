"""`python -m simulators.lytics`: prints its URL and token, then serves until it is interrupted."""

import argparse
import contextlib
import signal
import threading

from simulators.lytics import Lytics

AUDIENCES = {"spring_buyers": "Spring Buyers", "vip": "VIP", "at_risk": "At Risk"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.lytics", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=250, help="members to begin with")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds added to every call")
    given = parser.parse_args()
    lytics = Lytics(seed=given.seed, port=given.port, audiences=AUDIENCES)
    lytics.faults.latency = given.latency
    for number in range(given.people):
        person = lytics.person(f"member.{number}@example.com", name=f"Member {number}", score=number)
        lytics.place(person, *[slug for place, slug in enumerate(AUDIENCES) if number % (place + 2) == 0])
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with lytics, contextlib.suppress(KeyboardInterrupt):
        print(lytics.url, flush=True)
        print(f"token={lytics.token}", flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
