"""No test reaches a real AWS: whatever the machine knows of one is forgotten, and the credentials are made up."""

import os

import pytest
from hypothesis import settings

for name in [each for each in os.environ if each.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="eu-west-1",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_EC2_METADATA_DISABLED="true",
    POWERTOOLS_METRICS_NAMESPACE="LyticsCm",  # read when a handler is imported, whoever is first
)


settings.register_profile("untimed", deadline=None)  # a machine that is busy makes no test fail
settings.load_profile("untimed")


def pytest_addoption(parser):
    parser.addoption(
        "--full", action="store_true", help="run what has a full size at it: an hour, see `make soak`"
    )
    parser.addoption(
        "--histories", type=int, default=1200, help="histories that tests/store plays on the quick DynamoDB"
    )


@pytest.fixture(scope="session")
def sized(request):
    """`sized(10, 1000)` is the first number usually, and the second in a run with `--full`."""
    full = request.config.getoption("--full")
    return lambda small, large: large if full else small
