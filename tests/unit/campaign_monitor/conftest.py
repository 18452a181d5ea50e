import pytest

from lytics_cm.campaign_monitor import CampaignMonitor
from lytics_cm.campaign_monitor.oauth import Bearer
from lytics_cm.vendor_http import connect
from tests.unit.campaign_monitor.loopback import Vendor
from tests.unit.campaign_monitor.tokens import Tokens


@pytest.fixture
def vendor():
    vendor = Vendor()
    yield vendor
    vendor.close()


@pytest.fixture
def session():
    with connect() as session:
        yield session


@pytest.fixture
def tokens():
    return Tokens()


@pytest.fixture
def monitor(vendor, session, tokens):
    return CampaignMonitor(vendor.origin, Bearer(tokens), session)
