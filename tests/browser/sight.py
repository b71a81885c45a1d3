"""What the tests of the console look at: a demo after its trip, and windows that are opened once for all of them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.console.access.roles import Role
from tests.browser.stage import DESK, turn_to, window

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

    from tests.browser.stage import Demo

WATCH = (Path(__file__).parent / "watch.js").read_text()
TRIPPED = "a.outlet.c-tripped"
UNREACHED = "net::ERR_"
"""The browser says so itself where nobody answers, as while edge starts again; the page says it in its own way."""

TRIP_S = 80.0
TRIP_MS = """async () => {
  for (;;) {
    const {documents} = await (await fetch("api/snapshot")).json();
    const trips = Object.entries(documents).filter(([key]) => key.startsWith("t/")).map(([, {ts}]) => ts);
    if (trips.length) return Math.min(...trips);
  }
}"""


@dataclass(slots=True, kw_only=True)
class Opened:
    """A page of a window of its own, and what the browser has complained about in it."""

    window: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    @classmethod
    async def made(cls, browser: Browser, language: str, size: tuple[int, int], signed_in: object) -> Opened:
        own = await window(browser, language=language, size=size, signed_in=signed_in)
        opened = cls(window=own, page=await own.new_page())
        said = opened.complaints
        opened.page.on("console", lambda message: said.append(message.text) if _is_complaint(message) else None)
        opened.page.on("pageerror", lambda error: said.append(str(error)))
        opened.page.on("dialog", lambda dialog: said.append(dialog.message))
        return opened


@dataclass(slots=True, kw_only=True)
class Sight:
    """`seen_ms`: when a page that was open before the trip showed it; None: it was open too late to tell."""

    browser: Browser
    demo: Demo
    signed_in: Any
    seen_ms: int | None
    happened_ms: int
    tripped: str
    _windows: dict[tuple[str, tuple[int, int]], Opened] = field(default_factory=dict)

    @asynccontextmanager
    async def page(self, language: str = "en", size: tuple[int, int] = DESK) -> AsyncIterator[Page]:
        """Show the overview in the window of this language and size; a complaint of the browser fails the test."""
        opened = self._windows.get((language, size))
        if opened is None:
            opened = self._windows[language, size] = await Opened.made(self.browser, language, size, self.signed_in)
            await opened.page.goto(self.demo.url)
        await opened.page.bring_to_front()
        await turn_to(opened.page, "#/")
        await opened.page.wait_for_selector("a.outlet")
        yield opened.page
        complaints, opened.complaints[:] = list(opened.complaints), []
        assert complaints == []

    @asynccontextmanager
    async def fresh_page(self, language: str = "en", *, known: bool = True) -> AsyncIterator[Page]:
        """Open a window that is closed afterwards; of somebody who is not `known` it shows nothing yet."""
        opened = await Opened.made(self.browser, language, DESK, self.signed_in if known else None)
        if known:
            await opened.page.goto(self.demo.url)
            await opened.page.wait_for_selector("a.outlet")
        try:
            yield opened.page
        finally:
            await opened.page.unroute_all(behavior="ignoreErrors")
            await opened.window.close()
        assert opened.complaints == []


def _is_complaint(message: ConsoleMessage) -> bool:
    return message.type in {"error", "warning"} and UNREACHED not in message.text


async def after_the_trip(browser: Browser, demo: Demo) -> Sight:
    """Wait for a demo's trip with a page open, and sign an installer in."""
    first = await window(browser)
    watching = await first.new_page()
    await watching.add_init_script(f"({WATCH})()")
    await watching.goto(demo.url)
    staff = await window(browser)
    office = await staff.new_page()
    await office.goto(await demo.link(Role.INSTALLER))
    await office.wait_for_selector("a.outlet")
    signed_in = await staff.storage_state()
    await staff.close()
    await watching.bring_to_front()
    tripped = await watching.wait_for_selector(TRIPPED, timeout=TRIP_S * 1000)
    assert tripped is not None
    sight = Sight(
        browser=browser,
        demo=demo,
        signed_in=signed_in,
        seen_ms=await watching.evaluate("seenMs"),
        happened_ms=await watching.evaluate(TRIP_MS),
        tripped=await tripped.get_attribute("href") or "",
    )
    await first.close()
    return sight
