"""What a browser must not do while somebody uses the console: it is written down, and looked at in the end."""

from urllib.parse import urlsplit

GONE = "net::ERR_ABORTED"
"""A request of a page that was left meanwhile."""
LISTEN = """document.addEventListener('securitypolicyviolation', (event) =>
    violated(`${event.effectiveDirective} ${event.blockedURI}`))"""


class Watch:
    """Everything that a context of the browser asks for and complains of.

    Pages may show what is allowed: `origins` beside the console's own, and `refusals`, statuses of answers that a
    test provokes. Chromium writes each of those to the console as well.
    """

    def __init__(self, context, url):
        self.origins = {_origin(url)}
        self.refusals = set()
        self.urls = []
        self.troubles = []
        context.expose_binding("violated", lambda _, what: self.troubles.append(f"policy: {what}"))
        context.add_init_script(LISTEN)
        context.on("request", self._asked)
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.troubles.append(f"error: {error.error}"))

    def check(self):
        assert not self.troubles, "\n".join(self.troubles)

    def _asked(self, request):
        self.urls.append(request.url.partition("#")[0])  # a fragment stays in the browser
        self.urls += [text for name, text in request.headers.items() if name == "referer"]
        if request.url.startswith("http") and _origin(request.url) not in self.origins:
            self.troubles.append(f"elsewhere: {request.url}")

    def _failed(self, request):
        if request.failure != GONE:
            self.troubles.append(f"failed: {request.url} {request.failure}")

    def _answered(self, response):
        if response.status >= 400 and response.status not in self.refusals:
            self.troubles.append(f"refused: {response.request.method} {response.url} {response.status}")

    def _said(self, message):
        is_of_answer = message.text.startswith("Failed to load resource")  # told as `refused` already
        if message.type in ("error", "warning") and not is_of_answer:
            self.troubles.append(f"console: {message.text}")


def _origin(url):
    split = urlsplit(url)
    return f"{split.scheme}://{split.netloc}"
