"""An AWS of its own with the vendors, and two versions of the product; the tests of a file go on where the one before ended."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local import building
from local.ministack import ministack
from local.programs import end_on_signals
from local.stack import scratch
from local.vendors import vendors
from tests.operations import builds
from tests.operations.sites import Site
from tests.operations.town import Town

VERSIONS = ("earlier", "present", "newer")
WORLD = {"clients": 1, "lists": 2, "campaigns": 2, "subscribers": 120, "recipients": 80, "activity": 160}


@pytest.fixture(scope="module")
def town():
    end_on_signals()
    world = [word for name, size in WORLD.items() for word in (f"--{name}", str(size))]
    with tempfile.TemporaryDirectory(dir=scratch(), ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        building.build(place)
        with vendors(place, world) as around, ministack(place) as aws:
            site = Site(aws, around, place)
            try:
                yield Town(site, packaged(site, place))
            except BaseException as error:
                error.add_note(f"MiniStack wrote last:\n{aws.last_words()}")
                raise


def packaged(site, place):
    """The template of each version, its packages uploaded."""

    def made(version):
        return site.package(getattr(builds, version)(building.BUILT, place / version), version)

    with ThreadPoolExecutor() as pool:
        return dict(zip(VERSIONS, pool.map(made, VERSIONS), strict=True))
