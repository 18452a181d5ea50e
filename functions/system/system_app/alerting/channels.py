"""Where people hear of changes: a topic of SNS, which mails, and a URL that takes JSON.

The JSON is an incoming webhook's of Slack (`text`, https://api.slack.com/messaging/webhooks) and an event's of
PagerDuty (`event_action`, `dedup_key`, `payload`, https://developer.pagerduty.com/docs/events-api-v2/overview/):
each vendor reads its own members. PagerDuty wants its key in the body: it is the header `X-Routing-Key`.
No e-mail address leaves, though a person may have written one into the name of a job.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol

import requests

from lytics_cm.web import rfc3339
from system_app.alerting.changes import Change

type Json = dict[str, Any]

MOST_MAILED = 40
"""Changes that one mail has in full: SNS takes 256 KB."""
MOST_POSTED = 20
"""Changes that one inspection posts; the next posts more."""
ATTEMPTS = 2
CONNECT_SECONDS, READ_SECONDS = 3, 5
BUDGET_SECONDS = 40
"""For which one inspection posts: its function has more."""
SUMMARY_CHARS = 1024
ROUTING_KEY = "x-routing-key"
TITLES = {"broke": "Broke", "still": "Still broken", "over": "Works again"}
SEVERITIES = {
    "job_impaired": "warning",
    "difference": "warning",
    "export_silent": "warning",
    "quota": "warning",
}
"""By kind; all else is an error."""
ADDRESS = re.compile(r"[^\s\"'<>()]+@[^\s\"'<>()]+")


class Undelivered(Exception):
    """A channel did not take what was told."""


class Channel(Protocol):
    """One way of telling people. `name` is what the state calls it."""

    @property
    def name(self) -> str: ...

    def tell(self, changes: Sequence[Change], took: Callable[[Change], None]) -> None:
        """Tell changes; call `took` for each that was taken. Raises `Undelivered` at the first that was not."""


def _clean(text: str) -> str:
    return ADDRESS.sub("[address]", text)


@dataclass(frozen=True, slots=True)
class Mail:
    """The topic: one message for all changes. What CloudWatch mails itself counts as told."""

    sns: Any
    topic: str
    stack: str
    name: str = "mail"

    def tell(self, changes: Sequence[Change], took: Callable[[Change], None]) -> None:
        ours = [change for change in changes if not change.problem.tells_itself]
        if ours:
            try:
                self.sns.publish(
                    TopicArn=self.topic, Subject=self._subject(ours), Message=self._message(ours)
                )
            except Exception as error:
                raise Undelivered(type(error).__name__) from error
        for change in changes:
            took(change)

    def _subject(self, changes: Sequence[Change]) -> str:
        counts = {news: sum(change.news == news for change in changes) for news in TITLES}
        told = [f"{counts[news]} {title.lower()}" for news, title in TITLES.items() if counts[news]]
        return f"{self.stack[:50]}: {', '.join(told)}"

    def _message(self, changes: Sequence[Change]) -> str:
        told = [_paragraph(change) for change in changes[:MOST_MAILED]]
        rest = len(changes) - MOST_MAILED
        told += [f"And {rest} more."] if rest > 0 else []
        return "\n\n".join([*told, f"Stack {self.stack}. GET /system tells how it is now."])


def _paragraph(change: Change) -> str:
    problem = change.problem
    lines = [f"{TITLES[change.news]}: {_clean(problem.what)}"]
    if problem.since:
        lines.append(f"Since: {rfc3339(problem.since)}")
    if problem.remedy:
        lines.append(f"What to do: {problem.remedy}")
    if problem.route:
        lines.append(f"Route: {problem.route}")
    return "\n".join([*lines, f"Kind: {problem.kind}"])


@dataclass(frozen=True, slots=True)
class Webhook:
    """The URL: one POST for each change, tried twice."""

    url: str
    headers: Mapping[str, str]
    stack: str
    name: str = "webhook"
    session: requests.Session = field(default_factory=requests.Session)

    @classmethod
    def parse(cls, text: str, stack: str) -> Webhook | None:
        """From the secret: the URL, a line break, and headers as a JSON object. None when there is no URL."""
        url, _, headers = text.strip().partition("\n")
        if not url.startswith(("https://", "http://")):
            return None
        return cls(url, {str(name): str(value) for name, value in json.loads(headers or "{}").items()}, stack)

    def tell(self, changes: Sequence[Change], took: Callable[[Change], None]) -> None:
        end = time.monotonic() + BUDGET_SECONDS
        for change in changes[:MOST_POSTED]:
            if time.monotonic() > end:
                return
            self._post(self.body(change))
            took(change)

    def _post(self, body: Json) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = self.session.post(
                    self.url,
                    json=body,
                    headers=self.headers,
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    allow_redirects=False,
                )
                status = answer.status_code
            except requests.RequestException as error:  # its words may quote the URL, which is a secret
                if attempt == ATTEMPTS:
                    raise Undelivered(type(error).__name__) from None
                continue
            if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
                return
            if attempt == ATTEMPTS or status < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise Undelivered(f"status {status}")

    def body(self, change: Change) -> Json:
        """What is posted of a change."""
        problem = change.problem
        summary = f"{TITLES[change.news]}: {_clean(problem.what)}"
        key = next((value for name, value in self.headers.items() if name.lower() == ROUTING_KEY), None)
        return {
            "text": f"[{self.stack}] {_clean(_paragraph(change))}",
            **({"routing_key": key} if key else {}),
            "event_action": "resolve" if change.news == "over" else "trigger",
            "dedup_key": f"{self.stack}/{problem.key}"[:255],
            "client": "Lytics-CM",
            "payload": {
                "summary": summary[:SUMMARY_CHARS],
                "source": self.stack,
                "severity": SEVERITIES.get(problem.kind, "error"),
                "class": problem.kind,
                "custom_details": {
                    "news": change.news,
                    "since": rfc3339(problem.since) if problem.since else None,
                    "remedy": problem.remedy or None,
                    "route": problem.route,
                    "job": problem.job and {name: _clean(str(value)) for name, value in problem.job.items()},
                },
            },
        }
