"""One browser and one demo for all tests of a run; `--dist loadgroup` keeps them together."""

from __future__ import annotations

import importlib.util
import os
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser.sight import Sight, after_the_trip
from tests.browser.stage import running_browser, running_demo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from playwright.async_api import Browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(real_program: Callable[[str], str]) -> AsyncIterator[Browser]:
    real_program("chromium")
    if importlib.util.find_spec("playwright") is None:
        (pytest.fail if os.environ.get("GATEWAY_REQUIRE_REAL") else pytest.skip)("playwright is not installed")
    async with running_browser() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sight(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sight]:
    async with running_demo(tmp_path_factory.mktemp("demo")) as demo:
        yield await after_the_trip(browser, demo)
