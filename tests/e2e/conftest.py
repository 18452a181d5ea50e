"""The real template, built and deployed once, on MiniStack with the simulators; all its tests share it, in one process."""

import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from local import building
from local.demo import choose, connect
from local.programs import end_on_signals
from local.stack import answered, stack

WORLD = ("--clients", "1", "--lists", "3", "--subscribers", "1500", "--campaigns", "2", "--activity", "1200")


@pytest.fixture(scope="session")
def up():
    end_on_signals()
    with stack(WORLD) as running:
        yield running


@pytest.fixture(scope="session")
def admin(up):
    return up.admin


@pytest.fixture(scope="session")
def vendor(up):
    """What the simulator knows: `vendor("/_state")`."""
    return lambda path: answered(requests.get(up.vendors.campaign_monitor + path, timeout=30))


@pytest.fixture(scope="session")
def account(admin):
    """A connected account with its first client and that one's lists."""
    authorization = connect(admin, "Tests")
    client, lists = choose(admin, authorization["id"])
    return SimpleNamespace(authorization_id=authorization["id"], client=client, lists=lists)


@pytest.fixture(scope="session")
def built():
    """The folder with every built function and the layer."""
    with tempfile.TemporaryDirectory() as logs:
        building.build(Path(logs))
    return building.BUILT
