"""What every tier shares."""

import gc
import os
import shutil
from collections.abc import Callable, Generator

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests import depth

depth.register()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without garbage collections, and keep what was collected out of every later one: it lives to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what lasts; the order is random otherwise."""
    items.sort(key=lambda item: item.get_closest_marker("lasting") is None)


class Rooms(LoadScopeScheduling):  # type: ignore[misc]  # xdist is shipped without types
    """Spreads tests one by one, but for those of the browser: what shares a demo stays in one process.

    xdist's own groups do nothing with this pytest: they are written to a name that it no longer reads.
    """

    def _split_scope(self, nodeid: str) -> str:
        if not nodeid.startswith("tests/browser/"):
            return nodeid
        return "fleet" if "/test_fleet.py" in nodeid else "browser"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Rooms | None:
    return Rooms(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def real_program() -> Callable[[str], str]:
    """Find a real peer (a broker, a database) by its program's name.

    Where it is not installed the test is skipped, or fails if GATEWAY_REQUIRE_REAL is set, as .ci/run does.
    """

    def find(name: str) -> str:
        path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
        if path is None and os.environ.get("GATEWAY_REQUIRE_REAL"):
            pytest.fail(f"{name} must be installed here (GATEWAY_REQUIRE_REAL is set)")
        if path is None:
            pytest.skip(f"{name} is not installed")
        return path

    return find
