"""The real template, built and deployed once, on MiniStack with the simulators; all its tests share it, in one process."""

import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests

from local import building
from local.connecting import choose, connect
from local.programs import end_on_signals
from local.stack import answered, stack
from tests.e2e.clients import Stack
from tests.receiver import receiver

SMALL = {"lists": 3, "campaigns": 2, "subscribers": 900, "recipients": 300, "activity": 900}
FULL = {"lists": 6, "campaigns": 40, "subscribers": 12_345, "recipients": 40_000, "activity": 160_000}


def pytest_collection_modifyitems(items):
    """The import is compared with the whole world, which other tests change: it comes first.

    The console's tests need a world of their own, so they are run by themselves (`make test`).
    """
    items.sort(key=lambda item: item.path.stem != "test_import")


@pytest.fixture(scope="session")
def hook():
    """Where the stack posts what broke and what works again."""
    with receiver() as hook:
        yield hook


@pytest.fixture(scope="session")
def up(sized, hook):
    end_on_signals()
    told = {"AlarmEmail": "ops@example.com", "AlarmWebhookUrl": hook.url}
    world = [word for name, size in sized(SMALL, FULL).items() for word in (f"--{name}", str(size))]
    with stack(["--clients", "1", *world], told) as running:
        yield Stack(running.aws, running.vendors, running.deployment)


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
