"""The outlet's protection and the record of its trip, and the frames of a line, as people see them in a real browser."""

from __future__ import annotations

import csv
import io
import json
from math import isclose, log
from typing import TYPE_CHECKING

import pytest

from gateway.protection.curve import PUBLISHED, Curve, operate_s
from tests.browser.markup import MARKUP, shows_only_text
from tests.browser.stage import DESK, PHONE, turn_to
from tests.browser.test_console import faults

if TYPE_CHECKING:
    from playwright.async_api import Route

    from tests.browser.sight import Sight

pytestmark = [
    pytest.mark.endtoend,
    pytest.mark.asyncio(loop_scope="session"),
]

SLOW_MS = """async ([limits, amps]) => {
  const {slowMs} = await import(new URL("js/protection.js", document.baseURI));
  return amps.map(each => slowMs(limits, each)).map(ms => ms === Infinity ? null : ms);
}"""
BOUND_MS = """async path => {
  const {documents} = await import(new URL("js/live.js", document.baseURI));
  return documents.get(path).bound_ms;
}"""
AMPS = (1.0, 8.0, 8.7, 8.9, 10.5, 25.0, 100.0, 159.0, 200.0)
DOWNLOADED = "async () => (await fetch(document.querySelector('.monitor a[download]').href)).text()"
DEVICES = "[...new Set([...document.querySelectorAll('.frames .whose')].map(each => each.textContent.slice(2)))]"


@pytest.mark.parametrize(("language", "size"), [("zh-CN", PHONE), ("en", DESK)])
async def test_the_page_of_a_tripped_outlet_shows_its_curve_the_trip_on_it_and_the_frames_around_it(
    sight: Sight, language: str, size: tuple[int, int]
) -> None:
    async with sight.page(language, size) as page:
        await turn_to(page, sight.tripped)
        await page.wait_for_selector(".plot .zone")
        await page.wait_for_selector(".axes line.dot", state="attached")
        assert "10.00 A" in await page.inner_text(".plot .legend"), "the pick-up"
        bound_ms = await page.evaluate(BOUND_MS, sight.tripped.removeprefix("#/"))
        assert f"{bound_ms:.0f} ms" in await page.inner_text(".plot .legend"), "what is guaranteed"
        await page.wait_for_selector(".chart .limit", state="attached")
        assert "100,000" in await page.inner_text("main"), "what its relay is rated for"
        button = page.locator(".trips button[aria-expanded=false]").first
        await button.click()
        await page.wait_for_selector(".trips .frames li.after")
        assert await page.locator(".trips .frames li.after code").count() > 2, "the OFF, its reply, what verified it"
        assert "outlet-01..12/current" in await page.inner_text(".trips .frames"), "what was read, in words"
        assert await faults(page) == []
        await page.locator(".trips button[aria-expanded=true]").first.click()
        await page.wait_for_selector(".trips .frames", state="detached")


async def test_the_curve_that_is_drawn_is_the_one_that_protects(sight: Sight) -> None:
    inverse = {"setting_a": 8.0, "tms": 0.5, "k_s": PUBLISHED[Curve.VI].k, "alpha": PUBLISHED[Curve.VI].alpha}
    thermal = {"base_a": 9.0, "k": 1.05, "tau_s": 300.0}
    async with sight.page() as page:
        by_inverse = await page.evaluate(SLOW_MS, [{"inverse": inverse}, AMPS])
        by_thermal = await page.evaluate(SLOW_MS, [{"thermal": thermal}, AMPS])
    for amps, shown in zip(AMPS, by_inverse, strict=True):
        wanted = operate_s(amps / 8.0, 0.5, PUBLISHED[Curve.VI])
        assert (shown is None) if amps < 1.1 * 8.0 else isclose(shown, 1000 * wanted)
    for amps, shown in zip(AMPS, by_thermal, strict=True):
        limit = 1.05 * 9.0
        assert (shown is None) if amps <= limit else isclose(shown, 300_000 * log(amps**2 / (amps**2 - limit**2)))


@pytest.mark.parametrize(("language", "size"), [("zh-CN", PHONE), ("en", DESK)])
async def test_a_line_is_watched_held_still_filtered_and_taken_away(
    sight: Sight, language: str, size: tuple[int, int]
) -> None:
    async with sight.page(language, size) as page:
        await turn_to(page, "#/lines")
        await page.locator(".bus > button").first.click()
        await page.wait_for_function("() => document.querySelectorAll('.frames li').length > 40")
        assert "current" in await page.inner_text(".frames"), "what a reading means"
        assert len(await page.evaluate(DEVICES)) > 1
        await page.select_option(".monitor select", "pile-02")
        await page.wait_for_function(f"() => {DEVICES}.length === 1")
        assert await page.evaluate(DEVICES) == ["pile-02"]
        await page.click(".monitor button[aria-pressed]")
        held = await page.inner_text(".frames")
        rows = list(csv.DictReader(io.StringIO(await page.evaluate(DOWNLOADED))))
        assert {row["device"] for row in rows} == {"pile-02"}
        assert json.dumps(rows[-1]["bytes"])[1:-1] in held
        assert await faults(page) == []
        assert await page.inner_text(".frames") == held
        await page.click(".monitor button:not([aria-pressed])")
        await page.wait_for_selector(".monitor", state="detached")


async def test_what_a_frame_says_never_becomes_markup(sight: Sight) -> None:
    async def spoil(route: Route) -> None:
        names = ("device", "bytes", "says", "failure")
        row = {"n": 1, "ts": 0, "way": "in", "kind": "report", **dict.fromkeys(names, MARKUP)}
        await route.fulfill(json={"last": 1, "dropped": 0, "frames": [row]})

    async with sight.fresh_page() as page:
        await page.route("**/api/lines/*/frames?*", spoil)
        await turn_to(page, "#/lines")
        await page.locator(".bus > button").first.click()
        await page.wait_for_selector(".frames li.bad")
        await shows_only_text(page)
