"""The deployed stack and its API as tests use them: every answer must be one that the description has."""

from urllib.parse import urlsplit

from local import stack
from tests.aws import described


class Api(stack.Api):
    def call(self, method, path, body=None, **options):
        answer = super().call(method, path, body, **options)
        route = described.route_of(method, urlsplit(path).path)
        described.check(route, answer.status_code, answer.headers, answer.text)
        return answer


class Stack(stack.Stack):
    @property
    def admin(self):
        return Api(self.deployment.url, self.deployment.token)

    @property
    def public(self):
        return Api(self.deployment.url)
