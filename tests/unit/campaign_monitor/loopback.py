"""A vendor at the edge of the process: answers on a loopback port what a test says, and keeps what it was asked."""

import json
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

from tests.aws.serving import served


@dataclass(frozen=True)
class Asked:
    method: str
    target: str
    headers: dict
    body: bytes

    @property
    def path(self):
        return urlsplit(self.target).path

    @property
    def query(self):
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def form(self):
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True)
class Reply:
    """`cut` promises more than it sends, `drop` closes without a word, `hang` waits until the vendor is closed."""

    body: object = b""
    status: int = 200
    headers: dict = field(default_factory=dict)
    fault: str = ""

    @property
    def raw(self):
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Vendor:
    """Answers with `replies` in turn, the last one for ever; or with what a function makes of the request."""

    def __init__(self):
        self.asked = []
        self.connections = 0
        self.replies: list | Callable = [Reply()]
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._serving = ExitStack()
        self.origin = self._serving.enter_context(served(_handler_for(self)))

    def will(self, *replies):
        self.replies = list(replies)

    def reply_to(self, asked):
        with self._lock:
            self.asked.append(asked)
            if callable(self.replies):
                return self.replies(asked)
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def close(self):
        self.closing.set()
        self._serving.close()


def _handler_for(vendor):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def setup(self):
            super().setup()
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            vendor.connections += 1

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = vendor.reply_to(Asked(self.command, self.path, dict(self.headers), body))
            if reply.fault == "hang":
                vendor.closing.wait(5)
            if reply.fault in ("hang", "drop"):
                self.close_connection = True
                return
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.raw) + 100 * (reply.fault == "cut")))
            self.end_headers()
            self.wfile.write(reply.raw)
            self.close_connection = self.close_connection or reply.fault == "cut"

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - http.server's names

        def log_message(self, *_):
            pass

    return Handler
