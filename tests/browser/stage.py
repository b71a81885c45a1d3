"""A demo with its console, and a Chromium to look at it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.app.box_acts import ask_for_link

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, BrowserContext, Page

    from gateway.console.access.roles import Role

READY_S = 100.0
LINK = re.compile(r"(http://\S+)#/ticket/\S+")
OFFLINE = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",  # tests may run as root, where Chromium's own sandbox cannot
)
LOCALES = {"zh-CN": "zh-CN", "en": "en-GB"}
DESK, PHONE = (1280, 900), (390, 844)
READ = """() => ![...document.querySelectorAll('main [role=status]:not(.bad)')].some(
    each => each.checkVisibility() && !each.closest('li.alarm'))"""
"""Nothing on a page says "Reading ..."; what became of an alarm's acknowledgement stays on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """`url`: the console's front page; `folder`: where everything of this demo is kept; `pid`: its first process."""

    url: str
    folder: Path
    pid: int

    async def link(self, role: Role) -> str:
        """Return a link that signs in once."""
        (console,) = self.folder.glob("*/community-gateway/*/console")
        found = await ask_for_link(console, role)
        assert found is not None
        return found


def chromium() -> str | None:
    """Return the path of a Chromium, None: there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@asynccontextmanager
async def running_demo(folder: Path) -> AsyncIterator[Demo]:
    """Run a demo that keeps everything in `folder`, until the end of the block."""
    inherited = {name: value for name, value in os.environ.items() if name != "XDG_RUNTIME_DIR"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-m", "gateway.cli", "demo",
        stdin=DEVNULL, stdout=PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True,
        env=inherited | {"TMPDIR": str(folder), "COLUMNS": "200"},
    )  # fmt: skip
    try:
        yield Demo(url=await asyncio.wait_for(_url(process), READY_S), folder=folder, pid=process.pid)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), 30)


async def _url(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    said = []
    async for line in process.stdout:
        said.append(line.decode())
        if found := LINK.search(said[-1]):
            return found[1]
    raise AssertionError(f"the demo ended without a link: {''.join(said)}")


@asynccontextmanager
async def running_browser() -> AsyncIterator[Browser]:
    """Run a Chromium, until the end of the block."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 - where it is missing these tests are skipped

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=OFFLINE)
        try:
            yield browser
        finally:
            await browser.close()


async def window(
    browser: Browser, *, language: str = "en", size: tuple[int, int] = DESK, signed_in: object = None
) -> BrowserContext:
    """Return a window of its own; `signed_in` is what `storage_state()` of another one returned."""
    width, height = size
    return await browser.new_context(
        viewport={"width": width, "height": height},
        locale=LOCALES[language],
        storage_state=signed_in,  # type: ignore[arg-type]
        has_touch=size == PHONE,
    )


async def turn_to(page: Page, where: str) -> None:
    """Go to a page of the console and wait until it has been drawn with what it asks for."""
    await page.evaluate(
        "where => { location.hash = where; return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))); }",
        where,
    )
    from playwright.async_api import TimeoutError as Late  # noqa: PLC0415 - as above

    try:
        await page.wait_for_function(READ)
    except Late as error:
        raise AssertionError(f"{where} still waits: {await page.inner_text('main')}") from error
