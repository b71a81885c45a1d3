"""As many outlets and sheds as the console promises to stay smooth with, told of in the test's own process."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.paper import GATEWAY, OUTLETS, Paper, PaperFleet, serving
from tests.browser.stage import turn_to, window

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = [
    pytest.mark.endtoend,
    pytest.mark.asyncio(loop_scope="session"),
]

SPOIL = (Path(__file__).parent / "spoil.js").read_text()
PILES = 417
"""Of 12 outlets: 5,004."""

SHEDS, SHED_PILES = 100, 20
LONGEST_MS = 100.0
TURNS = 8
MARKUP = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(2)</script>",
    "</b><svg/onload=alert(3)>",
    "\"'><iframe srcdoc='<script>alert(4)</script>'>",
    "javascript:alert(5)",
    "{{7*7}}${alert(6)}",
    "\u202e<a href=javascript:alert(7)>",
)


async def longest_task_ms(browser: Browser, page: Page) -> float:
    """End a tracing and return the processor time of the longest task that the page's thread had in it.

    Not the time on the clock: other tests use the same processors.
    """
    said = json.loads(await browser.stop_tracing())["traceEvents"]
    drawing = {event["tid"] for event in said if event["name"] == "FireAnimationFrame"}
    tasks: list[float] = [
        event.get("tdur", 0) / 1000 for event in said if event["name"] == "RunTask" and event["tid"] in drawing
    ]
    assert len(tasks) > 10
    print(f"longest task: {max(tasks):.0f} ms of processor time")
    assert await page.title()
    return max(tasks)


async def begin(browser: Browser, page: Page) -> None:
    await browser.start_tracing(page=page, categories=["devtools.timeline", "disabled-by-default-devtools.timeline"])


async def test_five_thousand_outlets_are_scrolled_and_searched_without_a_long_task(
    browser: Browser, tmp_path: Path
) -> None:
    paper = Paper(tmp_path, PILES)
    async with serving(paper) as server:
        opened = await window(browser)
        page = await opened.new_page()
        await page.goto(server.url)
        await page.wait_for_selector("a.outlet")
        await begin(browser, page)
        for turn in range(TURNS):
            await page.mouse.wheel(0, 2500)
            for pile in range(1, 1 + PILES, 1 + turn):
                paper.tell(pile, turn, **({"outlet-03": "latched"} if turn % 2 else {}))
            await asyncio.sleep(0.12)
        await page.evaluate("scrollTo(0, document.body.scrollHeight)")
        await page.wait_for_selector(f"a.outlet[href$='pile-{PILES:03d}/outlet-{OUTLETS:02d}']")
        assert await page.locator("a.outlet").count() < PILES * OUTLETS / 4, "only what is near is drawn"
        await page.fill("input[type=search]", "pile-300/outlet-07")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(f"main .found a[href='#/o/{GATEWAY}/pile-300/outlet-07']")
        await turn_to(page, "#/")
        await page.wait_for_selector("a.outlet")
        assert await longest_task_ms(browser, page) < LONGEST_MS
        await opened.close()


async def test_a_hundred_sheds_are_scrolled_without_a_long_task(browser: Browser, tmp_path: Path) -> None:
    fleet = PaperFleet(tmp_path, SHEDS, SHED_PILES)
    async with serving(fleet) as server:
        opened = await window(browser)
        page = await opened.new_page()
        await page.goto(server.url)
        await page.wait_for_selector("a[href='#/shed/shed-001/box']")
        await begin(browser, page)
        for _ in range(TURNS):
            await page.mouse.wheel(0, 2500)
            await asyncio.sleep(0.1)
        await turn_to(page, "#/shed/shed-100/box")
        await page.wait_for_selector("a.outlet")
        assert await longest_task_ms(browser, page) < LONGEST_MS
        await opened.close()


async def test_whatever_a_gateway_says_is_text_on_the_pages_of_the_fleet(browser: Browser, tmp_path: Path) -> None:
    shed = "shed-001/box"
    fleet = PaperFleet(tmp_path, 2, 1)
    async with serving(fleet) as server:
        opened = await window(browser)
        page, alarmed = await opened.new_page(), list[str]()
        page.on("dialog", lambda dialog: alarmed.append(dialog.message))
        await page.goto(server.url)
        await page.wait_for_selector(f"a[href='#/shed/{shed}']")
        for where in ("#/", f"#/shed/{shed}", f"#/o/{shed}/pile-001/outlet-01", "#/alarms"):
            await turn_to(page, where)
            for markup in MARKUP:
                await page.evaluate(SPOIL, markup)
                foreign = await page.locator("body :is(img, iframe, script, svg[onload], a[href^=javascript])").count()
                assert foreign == 0, (where, markup)
        assert alarmed == []
        await opened.close()
