"""How the vendor misbehaves on demand, and how it is told to from another process."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


def test_a_script_fails_the_next_calls_that_match(vendor, newsletter, call):
    vendor.faults.script("429", "import", times=2)
    path, rows = f"subscribers/{newsletter.id}/import", {"Subscribers": []}

    statuses = [call.get("clients")[0], *(call("POST", path, rows)[0] for _ in range(3))]

    assert statuses == [200, 429, 429, 400]


def test_a_throttled_call_has_headers_only_when_asked_for(vendor, call):
    answers = []
    for kind in ("429", "429-headers"):
        vendor.faults.script(kind)
        connection = http.client.HTTPConnection(vendor.url.removeprefix("http://"), timeout=5)
        connection.request("GET", "/api/v3.3/clients.json", headers=call.headers)
        response = connection.getresponse()
        answers.append((json.loads(response.read())["Code"], response.getheader("X-RateLimit-Reset")))
        connection.close()

    assert answers == [(429, None), (429, "1")]


@pytest.mark.parametrize(("kind", "status"), [("500-html", 500), ("502", 502), ("503", 503), ("504", 504)])
def test_an_outage_speaks_html(vendor, call, kind, status):
    vendor.faults.script(kind)
    connection = http.client.HTTPConnection(vendor.url.removeprefix("http://"), timeout=5)
    connection.request("GET", "/api/v3.3/clients.json", headers=call.headers)
    response = connection.getresponse()

    assert (response.status, response.read()[:6]) == (status, b"<html>")
    connection.close()


def test_a_garbled_answer_is_not_json(vendor, call):
    vendor.faults.script("garbage")

    with pytest.raises(json.JSONDecodeError):
        call.get("clients")


def test_a_dropped_connection_is_dropped_before_or_after_the_write(vendor, newsletter, call):
    path = f"subscribers/{newsletter.id}/import"
    for kind in ("drop", "drop-after"):
        vendor.faults.script(kind, "import")
        rows = {"Subscribers": [{"EmailAddress": f"{kind}@example.com", "ConsentToTrack": "Yes"}]}
        with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
            call("POST", path, rows)

    assert newsletter.find("drop@example.com") is None
    assert newsletter.find("drop-after@example.com").state == "Active"
    assert [each.status for each in vendor.calls_to("import")] == [0, 0]


def test_a_hang_lasts_as_long_as_it_is_told(vendor, call):
    vendor.faults.script("hang", seconds=0.05)
    began = time.monotonic()

    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        call.get("clients")

    assert time.monotonic() - began >= 0.05


def test_any_code_of_the_vendor_can_be_scripted(vendor, newsletter, call):
    vendor.faults.script("code", "segments", code=278, message="Calculation in progress")

    assert call.get("segments/1")[1] == {"Code": 278, "Message": "Calculation in progress"}


def test_rates_are_drawn_by_the_seed(vendor, call):
    vendor.faults.rates = {"429": 0.3, "500": 0.2}

    statuses = [call.get("clients")[0] for _ in range(60)]

    assert set(statuses) == {200, 429, 500}
    assert vendor.faults.suffered == {"429": statuses.count(429), "500": statuses.count(500)}
    assert vendor.counts() == {str(status): statuses.count(status) for status in set(statuses)}


def test_too_many_calls_a_second_are_throttled(vendor, call):
    vendor.faults.per_second = 1

    assert 429 in [call.get("clients")[0] for _ in range(6)]


def test_latency_is_added_to_every_call(vendor, call):
    vendor.faults.latency = 0.05
    began = time.monotonic()
    call.get("clients")

    assert time.monotonic() - began >= 0.05


def control(call, **settings):
    return call.raw("POST", "/_control", json.dumps(settings))


def test_a_control_message_sets_faults_switches_and_actions(vendor, newsletter, call):
    action = {"action": "subscribe", "list": newsletter.id, "email": "c@example.com", "fields": {"age": "3"}}
    answer = control(
        call,
        faults={"latency": 0.0, "script": [{"kind": "429", "match": "clients"}]},
        switches={"multi_select": "add"},
        do=[action],
        forget_calls=True,
    )

    assert answer == (200, {"faults": True, "switches": True, "forget_calls": True, "do": 1})
    assert vendor.switches.multi_select == "add"
    assert newsletter.find("c@example.com") is not None
    assert call.get("clients")[0] == 429
    assert call.raw("GET", "/_calls")[1]["counts"] == {"429": 1}


def test_an_unknown_setting_is_refused(call):
    assert control(call, nonsense=1)[0] == 400
    assert control(call, faults={"nonsense": 1})[0] == 400
    assert control(call, switches={"nonsense": 1})[0] == 400


def test_the_state_tells_everything_that_was_generated(vendor, client, newsletter, call):
    _, outline = call.raw("GET", "/_state")
    _, people = call.raw("GET", f"/_state/lists/{newsletter.id}")
    campaign = next(iter(client.campaigns.values()))
    _, rows = call.raw("GET", f"/_state/campaigns/{campaign.id}")

    assert [each["id"] for each in outline["clients"]] == [client.id]
    assert {each["email"] for each in people["subscribers"]} == {
        each.email for each in newsletter.people.values()
    }
    assert {kind: len(found) for kind, found in rows.items()} == {
        kind: len(report.rows) for kind, report in campaign.reports.items()
    }


@pytest.mark.parametrize("module", ["simulators.campaign_monitor", "simulators.lytics"])
def test_each_vendor_is_a_program_that_prints_its_url_first(module):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *sys.path])}
    arguments = [sys.executable, "-m", module, "--port", "0", "--seed", "1"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment) as program:
        url = program.stdout.readline().strip()
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
        connection.request("GET", "/_state")
        status = connection.getresponse().status
        connection.close()
        program.send_signal(signal.SIGTERM)
        program.wait(10)

    assert url.startswith("http://127.0.0.1:")
    assert (status, program.returncode) == (200, 0)
