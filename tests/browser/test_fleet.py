"""The fleet console as people meet it: twelve sheds on a real broker, a real Chromium, two languages, a desk and a phone."""

from __future__ import annotations

import importlib.util
import os
import re
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from gateway.alarm.phrases import PHRASES, read_as
from tests.browser.fleet_stage import ORDER, OUTLET, SHEDS, STICKER, ZONE, running_fleet
from tests.browser.markup import MARKUP, shows_only_text, spoil
from tests.browser.stage import DESK, PHONE, running_browser, turn_to, window

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from playwright.async_api import Browser, Page

pytestmark = [
    pytest.mark.endtoend,
    pytest.mark.asyncio(loop_scope="module"),
]

AUDIT, SPOIL = ((Path(__file__).parent / f"{name}.js").read_text() for name in ("audit", "spoil"))
THERE = ".shed:not(.away)"
PAGES = (
    f"#/shed/{SHEDS[2]}",
    f"#/o/{SHEDS[2]}/{OUTLET}",
    "#/alarms",
    "#/orders",
    f"#/orders/{SHEDS[2]}/{ORDER}",
    "#/days",
    f"#/find/{STICKER}",
)


class Office:
    """A browser of somebody who is signed in."""

    def __init__(self, browser: Browser, url: str, signed_in: Any) -> None:
        self._browser, self._url, self._signed_in = browser, url, signed_in

    @asynccontextmanager
    async def page(self, language: str = "en", size: tuple[int, int] = DESK) -> AsyncIterator[Page]:
        """Open the list of sheds; whatever the browser complains about fails the test."""
        opened = await window(self._browser, language=language, size=size, signed_in=self._signed_in)
        page, complaints = await opened.new_page(), list[str]()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
        )
        await page.goto(self._url)
        await page.wait_for_selector(THERE)
        try:
            yield page
        finally:
            await page.unroute_all(behavior="ignoreErrors")  # answers may still be on their way
            await opened.close()
        assert complaints == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(real_program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    real_program("chromium")
    if importlib.util.find_spec("playwright") is None:
        (pytest.fail if os.environ.get("GATEWAY_REQUIRE_REAL") else pytest.skip)("playwright is not installed")
    folder = tmp_path_factory.mktemp("fleet")
    async with running_fleet(real_program, folder) as fleet, running_browser() as browser:
        staff = await window(browser)
        page = await staff.new_page()
        await page.goto(fleet.link)
        await page.wait_for_selector(THERE)
        signed_in = await staff.storage_state()
        await staff.close()
        yield Office(browser, fleet.url, signed_in)


@pytest.mark.parametrize(("language", "size"), [("zh-CN", PHONE), ("en", DESK)])
async def test_every_page_is_readable_reachable_and_named(office: Office, language: str, size: tuple[int, int]) -> None:
    found = []
    async with office.page(language, size) as page:
        for where in ("#/", *PAGES):
            await turn_to(page, where)
            assert len(await page.inner_text("main")) > 20, where
            for scheme in ("light", "dark"):
                await page.emulate_media(color_scheme=scheme)
                found += [f"{where} {scheme}: {each}" for each in await page.evaluate(AUDIT)]
    assert found == []


async def test_what_the_sheds_have_told_never_becomes_markup(office: Office) -> None:
    async with office.page() as page:
        await page.route("**/api/{orders,stories,shed-days,reconciliation}*", spoil)
        await page.route("**/api/orders/*/receipt*", spoil)
        for where in PAGES:
            await turn_to(page, where)
            await page.evaluate(SPOIL, MARKUP)
            await shows_only_text(page)


async def test_no_press_cuts_off_anything_before_one_shed_is_chosen(office: Office) -> None:
    async with office.page() as page:
        await page.click("button.emergency")
        dialog = page.locator("dialog.act")
        assert await dialog.locator("button.emergency").count() == 0
        await dialog.locator("input").fill("shed-03")
        await dialog.locator(".which button").click()
        offered = dialog.locator("button.emergency")
        assert await offered.count() == 1
        said = await offered.inner_text()
        assert SHEDS[2] in said
        assert "12" in said


async def test_a_complaint_is_answered_by_the_sticker_from_the_list_of_all_sheds(office: Office) -> None:
    async with office.page() as page:
        await page.fill("input[type=search]", STICKER)
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".stories li")
        told = await page.inner_text("main")
        assert "power 1,320 W was above its limit of 1,000 W" in told
        await page.click(f"a[href='#/o/{SHEDS[2]}/{OUTLET}'] >> nth=0")
        await page.wait_for_selector("button:text('Cut off')")
        await page.click("button:text('Show that moment')")
        await page.wait_for_selector("figcaption:has-text('290 W')")  # asked of the gateway, which keeps it


async def test_times_are_written_and_read_by_the_zone_of_the_console_through_its_summer_time(office: Office) -> None:
    moments = [datetime.fromtimestamp(1_760_000_000 + hour * 3600, ZONE) for hour in range(0, 9000, 5)]
    typed = [moment.strftime("%Y-%m-%dT%H:%M:%S") for moment in moments]
    async with office.page() as page:
        read, written = await page.evaluate(
            """async said => {
                const {momentOf, time} = await import('./js/i18n.js'), read = said.map(momentOf);
                return [read, read.map(time)];
            }""",
            typed,
        )
        unknown = await page.evaluate(
            """async () => {
                const {keepTimeOf, time} = await import('./js/i18n.js');
                keepTimeOf('Mars/Olympus');
                return time(0);
            }"""
        )
    assert unknown == "01/01/1970, 00:00:00 UTC"
    assert written == [moment.strftime("%d/%m/%Y, %H:%M:%S") for moment in moments]
    assert [datetime.fromtimestamp(ms / 1000, ZONE).strftime("%Y-%m-%dT%H:%M:%S") for ms in read] == typed


async def test_what_gateways_say_of_alarms_is_read_in_chinese_as_notices_say_it(office: Office) -> None:
    said = [re.sub(r"\{\w+\}", "7", phrase.en) for phrase in PHRASES]
    said += ["weld, power-limit", "one; without an order", "", "nobody knows this", "x" * 501 + " g left"]
    said += ["x above y g left", "x: has said nothing for y: no connection within 3 s"]  # two phrases weigh the same
    async with office.page("zh-CN") as page:
        await turn_to(page, "#/alarms")
        await page.locator("li.alarm", has_text="桩门打开").wait_for(state="attached")  # it may be shelved by now
        read = await page.evaluate(
            "async said => { const {beside} = await import('./js/beside.js'); return said.map(beside); }", said
        )
    assert read == [read_as(each, "zh-CN") for each in said]


async def test_an_alarm_that_stands_is_shelved_from_afar_with_the_keyboard_alone(office: Office) -> None:
    async with office.page() as page:
        await turn_to(page, "#/alarms")
        alarm = page.locator("li.alarm", has_text="door")
        await alarm.locator("button:text('Shelve')").focus()
        await page.keyboard.press("Enter")
        await alarm.locator("input[name=reason]").wait_for()
        while not await page.evaluate("document.activeElement.matches('input[name=reason]')"):
            await page.keyboard.press("Tab")
        await page.keyboard.type("the lock is on order")
        await page.keyboard.press("Enter")
        await alarm.locator(".alarm-state", has_text="shelved").wait_for(state="attached")
        assert "the lock is on order" in (await alarm.text_content() or "")


async def test_an_alarm_is_acknowledged_from_afar_and_shown_so_once_its_gateway_tells_it(office: Office) -> None:
    async with office.page() as page:
        await turn_to(page, "#/alarms")
        alarm = page.locator("li.alarm", has_text="pile-01/outlet-01")
        await alarm.locator("button:text('Acknowledge')").click()
        await alarm.locator(".alarm-state:text-is('acknowledged')").wait_for()
        await alarm.locator("[role=status]:text('Recorded')").wait_for()
