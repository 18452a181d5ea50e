"""A vendor calling us: JSON by POST, to loopback only."""

import http.client
import json
import time
from collections.abc import Callable
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 60.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def post(url: str, body: object, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """POST JSON to a loopback URL; status 0 and the reason when nobody answers."""
    split = urlsplit(url)
    if split.scheme != "http" or split.hostname not in LOOPBACK:
        return 0, "this simulator posts to loopback only"
    connection = http.client.HTTPConnection(split.netloc, timeout=TIMEOUT_SECONDS)
    target = split.path + (f"?{split.query}" if split.query else "")
    text = json.dumps(body, ensure_ascii=False).encode()
    try:
        connection.request(
            "POST", target, text, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        )
        response = connection.getresponse()
        return response.status, response.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return 0, repr(error)
    finally:
        connection.close()


def wait_until(claim: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Poll a claim about background deliveries until it holds or time is up."""
    end = time.monotonic() + seconds
    while not (holds := claim()) and time.monotonic() < end:
        time.sleep(0.02)
    return holds
