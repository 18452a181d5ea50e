"""What a call costs the caller's processor beyond what a product in one process pays: signing, HTTP, reading the answer.

Calls that were heard are made once more, over HTTP to a process that gives the answers that they got.
"""

import base64
import json
import multiprocessing
import threading
import time
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.session
from botocore import xform_name
from botocore.config import Config

ACCESS = {"aws_access_key_id": "bench", "aws_secret_access_key": "bench", "region_name": "us-east-1"}
WARMING = 3

type Sample = tuple[dict[str, Any], dict[str, Any]]


def seconds(samples: Mapping[tuple[str, str], Sequence[Sample]]) -> dict[str, float]:
    """Processor seconds of HTTP, a call, by `service operation`."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,))
    process.start()
    there.close()
    try:
        url = f"http://127.0.0.1:{here.recv()}"
        return {
            f"{service} {name}": _http((service, name), kept, url, here)
            for (service, name), kept in samples.items()
        }
    finally:
        process.kill()
        process.join()


def _http(operation: tuple[str, str], kept: Sequence[Sample], url: str, server: Connection) -> float:
    service, name = operation
    remote = boto3.Session(**ACCESS).client(  # type: ignore[call-overload,arg-type]
        service,
        endpoint_url=url,
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )
    local = _answered(service, [answer for _, answer in kept])
    many = list(kept[:1]) * WARMING + list(kept)
    bodies = [json.dumps(_plain(answer), default=_base64).encode() for _, answer in many]
    server.send(bodies)
    return (
        _clocked(remote, name, many) - _clocked(local, name, list(kept[:1]) * WARMING + list(kept))
    ) / len(kept)


def _clocked(client: Any, name: str, many: Sequence[Sample]) -> float:
    call = getattr(client, xform_name(name))
    for params, _ in many[:WARMING]:
        call(**params)
    began = time.process_time()
    for params, _ in many[WARMING:]:
        call(**params)
    return time.process_time() - began


def _answered(service: str, answers: Sequence[dict[str, Any]]) -> Any:
    """A client whose calls are answered before they leave."""
    inner = botocore.session.Session()
    given = iter([*answers[:1], *answers[:1], *answers[:1], *answers])  # the first ones warm up

    def answer(**_: Any) -> Any:
        return SimpleNamespace(status_code=200), dict(next(given))

    inner.register(f"before-call.{service}", answer)
    return boto3.Session(botocore_session=inner, **ACCESS).client(  # type: ignore[call-overload]
        service, config=Config(parameter_validation=False)
    )


def _plain(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def _base64(value: Any) -> str:
    """Bytes as they travel, also those in boto3's `Binary`."""
    return base64.b64encode(getattr(value, "value", value)).decode()


def _serve(pipe: Connection) -> None:
    """Give one answer after the other. They are taken off the pipe at once: it holds little."""
    bodies: SimpleQueue[bytes] = SimpleQueue()

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = bodies.get()
            self.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    pipe.send(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while True:
        for body in pipe.recv():
            bodies.put(body)
