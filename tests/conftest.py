"""No test reaches a real AWS: whatever the machine knows of one is forgotten, and the credentials are made up.

Test processes take whole files, and one of them takes all of `e2e`: the stack is deployed once.
"""

import os

import pytest
from xdist.scheduler import LoadFileScheduling

for name in [each for each in os.environ if each.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="eu-west-1",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_EC2_METADATA_DISABLED="true",
)


class OneStack(LoadFileScheduling):
    def _split_scope(self, nodeid):
        return "tests/e2e" if nodeid.startswith("tests/e2e/") else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return OneStack(config, log)
