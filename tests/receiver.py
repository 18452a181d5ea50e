"""A receiver of webhooks on a loopback port, as those who are told of alerts have one."""

import json
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from tests.aws.serving import served


class Receiver:
    """`posts` are the bodies and `headers` their headers; it answers what is first in `answers`, else 200."""

    def __init__(self):
        self.posts, self.headers, self.answers, self.url = [], [], [], ""

    def take(self):
        """What came since it was asked last."""
        taken, self.posts = self.posts, []
        return taken

    def answer(self, headers, body):
        status = self.answers.pop(0) if self.answers else 200
        if status < 300:
            self.posts.append(json.loads(body))
            self.headers.append(dict(headers))
        return status


@contextmanager
def receiver():
    one = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(one.answer(self.headers, body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    with served(Handler) as origin:
        one.url = f"{origin}/services/T0/B0/key-of-the-webhook"
        yield one
