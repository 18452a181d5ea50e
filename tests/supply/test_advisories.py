"""The audit asks a service on this machine, as OSV would answer, by the real pip-audit."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest

from local.programs import ROOT, free_port
from supply.advisories import AUDIT, main
from tests.aws.serving import served

WEAK = {
    "id": "PYSEC-1",
    "summary": "It tells everybody",
    "affected": [{"package": {"name": "some-thing", "ecosystem": "PyPI"}, "ranges": []}],
}


@contextmanager
def service(answer, status=200):
    """OSV on this machine: `answer` for a question about some-thing, nothing known of all else."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if status != 200:
                code, body = status, {}
            elif "package" not in asked:
                code, body = 400, {}
            else:
                code, body = 200, answer if asked["package"]["name"] == "some-thing" else {}
            content = json.dumps(body).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    with served(Handler) as origin:
        yield f"{origin}/v1/query"


@pytest.fixture
def lock(tmp_path):
    path = tmp_path / "lock.txt"
    path.write_text(f"some-thing==1.0 --hash=sha256:{'0' * 64}\nother==2.0 --hash=sha256:{'0' * 64}\n")
    return path


@pytest.fixture
def console(tmp_path):
    """A lock of npm with something that is shipped and a tool."""
    path = tmp_path / "package-lock.json"
    packages = {"": {"dependencies": {"some-thing": "1"}}}
    packages |= {
        "node_modules/some-thing": {"version": "1.0"},
        "node_modules/other": {"version": "2.0", "dev": True},
    }
    path.write_text(json.dumps({"packages": packages}))
    return path


@pytest.fixture
def tool():
    assert AUDIT.exists(), f"{AUDIT} is made by `make check`"
    return AUDIT


def test_nothing_known_passes(lock, tool, capfd):
    with service({}) as url:
        assert main(url, tool, [lock]) == 0
    assert capfd.readouterr() == ("", "")


def test_a_known_weakness_fails_and_is_named(lock, tool, capfd):
    with service({"vulns": [WEAK]}) as url:
        assert main(url, tool, [lock]) == 1
    assert (
        "lock.txt: some-thing 1.0: PYSEC-1, mended in no version: It tells everybody"
        in capfd.readouterr().err
    )


def test_a_known_weakness_of_what_is_shipped_of_npm_fails_and_is_named(tool, console, capfd):
    with service({"vulns": [WEAK]}) as url:
        assert main(url, tool, [], console) == 1
    assert "package-lock.json: some-thing 1.0: PYSEC-1: It tells everybody" in capfd.readouterr().err


def test_tools_of_npm_are_not_asked_for(tool, console, capfd):
    console.write_text(console.read_text().replace('"version": "1.0"', '"version": "1.0", "dev": true'))
    with service({"vulns": [WEAK]}) as url:
        assert main(url, tool, [], console) == 0


def test_a_service_that_is_away_is_told_and_passes(lock, tool, capfd):
    assert main(f"http://127.0.0.1:{free_port()}/v1/query", tool, [lock]) == 0
    assert "advisories: skipped" in capfd.readouterr().out


def test_a_service_that_is_ill_is_told_and_passes(lock, tool, capfd):
    with service({}, status=503) as url:
        assert main(url, tool, [lock]) == 0
    assert "it answers 503" in capfd.readouterr().out


def test_an_audit_that_did_not_answer_fails(lock, capfd):
    with service({}) as url:
        assert main(url, ROOT / ".venv/bin/python", [lock]) == 1
    assert "no answer about lock.txt" in capfd.readouterr().err
