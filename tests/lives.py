"""What random people do on one list, and the profiles that it must lead to; nothing of the product is asked."""

import datetime as dt

from tests import oracle
from tests.vendor_truth import utc

START = dt.datetime(2026, 3, 2, 8, 0)
LEAVING = {
    "unsubscribe": ("unsubscribed", "unsubscribe"),
    "delete": ("deleted", "delete"),
    "bounce": ("bounced", "bounce"),
}
"""The state and the reason that each way of leaving brings."""
ACTIVE = ("edit", "edit", *LEAVING)


def deeds_of(rng, people, count):
    """Deeds as the simulator's actions: `action`, `email`, `at`, `name`; never two of one person within a minute."""
    minutes, active, deeds = {}, set(), []
    for _ in range(count):
        email = f"person{rng.randrange(people)}@example.com"
        minutes[email] = minutes.get(email, 0) + rng.randint(1, 300)
        at = (START + dt.timedelta(minutes=minutes[email])).strftime("%Y-%m-%d %H:%M")
        action = rng.choice(ACTIVE) if email in active else "subscribe"
        named = {"name": f"Name {rng.randrange(99)}"} if action in ("subscribe", "edit") else {}
        (active.discard if action in LEAVING else active.add)(email)
        deeds.append({"action": action, "email": email, "at": at, **named})
    return deeds


def profiles(deeds, place, zone):
    """The fields of everybody who did something; `place` has the columns of the list and the client."""
    rows, people = {}, {}
    for deed in deeds:
        email, at = deed["email"], utc(deed["at"], zone)
        state, reason = LEAVING.get(deed["action"], ("active", None))
        event = "deactivate" if reason else {"edit": "update"}.get(deed["action"], deed["action"])
        fact = {"event": event, "status": reason, "email": email, **place}
        rows.setdefault(email, []).append({"stream": "cm_activity", "ts": at, "fields": fact})
        name = deed.get("name") or people[email]["fields"]["name"]
        snapshot = {"email": email, "name": name, "status": state, **place}
        people[email] = {"stream": "cm_user", "ts": at, "fields": snapshot}
    return {email: oracle.profile([*told, people[email]]) for email, told in rows.items()}
