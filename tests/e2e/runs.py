"""Imports and the people whom they concern, as the tests of the deployed stack use them."""

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

AT_ONCE = 3


def start(admin, account, **wanted):
    body = {"authorization_id": account.authorization_id, "client_id": account.client["id"], **wanted}
    return admin.post("/imports", body)


def finished(admin, job, seconds=3600):
    """The job when its run has ended."""
    deadline = time.monotonic() + seconds
    while (job := admin.get(f"/imports/{job['id']}"))["run"]["status"] == "running":
        assert time.monotonic() < deadline, job["run"]
        time.sleep(0.3)
    return job


def until(is_done, seconds=120):
    """Wait for it; whoever asks what came of it sees if it never was."""
    deadline = time.monotonic() + seconds
    while not is_done() and time.monotonic() < deadline:
        time.sleep(0.5)


def import_all(admin, account, **wanted):
    job = finished(admin, start(admin, account, **wanted))
    assert job["run"]["status"] == "succeeded", job
    return job


def people(vendor, account):
    """By address: the state on each list of that person, as the vendor has it."""
    found = {}
    for listed in account.lists:
        for person in vendor(f"/_state/lists/{listed['id']}")["subscribers"]:
            found.setdefault(person["email"].lower(), {})[listed["id"]] = person["state"].lower()
    return found


def profile(admin, email):
    return admin.get(f"/profiles/{quote(email)}")


def profiles(admin, emails):
    """Everybody's fields by address; None of somebody who is not known."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda email: admin.call("GET", f"/profiles/{quote(email)}"), emails)
        return {email: answer.json().get("fields") for email, answer in zip(emails, found, strict=True)}
