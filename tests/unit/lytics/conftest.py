import pytest

from lytics_cm.lytics import Lytics
from lytics_cm.vendor_http import connect
from tests.unit.campaign_monitor.loopback import Vendor


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
def lytics(vendor, session):
    return Lytics(vendor.origin, "lytics-token-1", session)
