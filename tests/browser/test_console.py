"""The console as people meet it: a running demo, a real Chromium, two languages, a desk and a phone."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.app.pss import children
from tests.browser.markup import MARKUP, shows_only_text, spoil
from tests.browser.sight import TRIPPED
from tests.browser.stage import DESK, PHONE, turn_to, window
from tests.depth import sample

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

    from tests.browser.sight import Sight

pytestmark = [
    pytest.mark.endtoend,
    pytest.mark.asyncio(loop_scope="session"),
]

AUDIT, SPOIL = ((Path(__file__).parent / f"{name}.js").read_text() for name in ("audit", "spoil"))
OUT_OF_TOUCH = f"""async () => {{
  const live = await import(new URL("js/live.js", document.baseURI));
  Object.defineProperty(live.line, "state", {{configurable: true, get: () => "away", set() {{}}}}); // whatever comes in while we look
  live.redraw();
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  if (!document.querySelector("main.stale")) return ["not shown as stale"];
  const found = ({AUDIT})();
  delete live.line.state;
  live.line.state = "live";
  return found;
}}"""
SEEN_WITHIN_MS = 2000
"""One second is promised; what is asserted leaves room for a machine that runs other tests beside this one."""

FEW_TABS = 60
WINDOWS = sample(
    [pytest.param("zh-CN", PHONE, id="zh-CN-phone"), pytest.param("en", DESK, id="en-desk")],
    deep=[
        pytest.param(language, size, id=f"{language}-{name}")
        for language in ("zh-CN", "en")
        for size, name in ((DESK, "desk"), (PHONE, "phone"))
    ],
)


@pytest.mark.parametrize(("language", "size"), WINDOWS)
async def test_every_page_is_readable_reachable_and_named(sight: Sight, language: str, size: tuple[int, int]) -> None:
    found = []
    pages = (
        "#/",
        sight.tripped,
        "#/alarms",
        "#/orders",
        "#/lines",
        "#/uplinks",
        "#/config",
        "#/find/pile-04",
        "#/accounts",
    )
    async with sight.page(language, size) as page:
        assert await page.get_attribute("html", "lang") == language
        for where in pages:
            await turn_to(page, where)
            assert len(await page.inner_text("main")) > 20, where
            found += [f"{where} {each}" for each in await faults(page)]
        await turn_to(page, "#/")
        found += [f"out of touch: {each}" for each in await faults(page, OUT_OF_TOUCH)]
        await page.click("header .menu summary")
        found += [f"menu: {each}" for each in await faults(page)]
        await page.keyboard.press("Escape")
        assert await page.evaluate("document.activeElement.matches('header .menu summary')")
        assert not await page.locator("header .menu select").is_visible()
    assert found == []


async def faults(page: Page, audit: str = AUDIT) -> list[str]:
    """Return what is wrong with what is drawn, in light and in dark."""
    found = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {each}" for each in await page.evaluate(audit)]
    return found


async def test_a_person_could_not_read_or_press_what_is_complained_about(sight: Sight) -> None:
    planted = {
        "small": "<button>x</button>",
        "nameless": "<input style='width:60px;height:60px'>",
        "contrast": "<p style='color:#999;background:#fff'>pale</p>",
        "not reached": "<a href='#' tabindex=-1 style='display:block;width:60px;height:60px'>here</a>",
        "wider": "<p style='width:3000px'>long</p>",
    }
    opened = await window(sight.browser)
    page = await opened.new_page()
    for complaint, markup in planted.items():
        await page.set_content(f"<body style='background:#fff'>{markup}")
        (found,) = await page.evaluate(AUDIT)
        assert found.startswith(complaint)
    await opened.close()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_who_is_not_known_can_sign_in_or_set_up(sight: Sight, language: str) -> None:
    async def stranger(route: Route) -> None:
        await route.fulfill(json={"name": "", "role": "", "has_accounts": True, "can_set_up": True, "timezone": "UTC"})

    async with sight.fresh_page(language, known=False) as page:
        await page.route("**/api/me", stranger)
        await page.goto(sight.demo.url)
        await page.wait_for_selector("input[name=password]")
        assert await page.locator("header").count() == 0
        for width, height in (DESK, PHONE):
            await page.set_viewport_size({"width": width, "height": height})
            assert await faults(page) == []


async def test_a_trip_is_seen_within_a_second_of_its_event(sight: Sight) -> None:
    if sight.seen_ms is None:
        pytest.skip("this machine was so busy that the page was open only after the trip")
    print(f"trip to page: {sight.seen_ms - sight.happened_ms} ms")
    assert 0 <= sight.seen_ms - sight.happened_ms < SEEN_WITHIN_MS


@pytest.mark.parametrize(("language", "says"), [("zh-CN", "过流"), ("en", "overcurrent")])
async def test_the_tripped_outlet_is_found_from_the_overview_and_says_why(
    sight: Sight, language: str, says: str
) -> None:
    async with sight.page(language, PHONE) as page:
        await page.click(TRIPPED)
        await page.wait_for_selector("main .trips")
        assert says in await page.inner_text("main .condition")
        assert "10.00 A" in await page.inner_text("main .trips"), "the pickup that was passed"


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_the_emergency_stop_is_one_tap_away_and_escape_takes_it_back(sight: Sight, size: tuple[int, int]) -> None:
    async with sight.page("zh-CN", size) as page:
        for where in (sight.tripped, "#/orders"):
            await turn_to(page, where)
            await page.mouse.wheel(0, 3000)
            await (page.tap if size == PHONE else page.click)("header button.emergency")
            assert await page.locator("dialog[open] button.emergency").count() >= 1
            assert await page.evaluate(AUDIT) == []
            await page.keyboard.press("Escape")
            await page.wait_for_selector("dialog", state="detached")
            assert await page.locator(".deeds").count() == 0


async def test_an_outlet_is_reached_with_the_keyboard_alone(sight: Sight) -> None:
    async with sight.page() as page:
        for _ in range(FEW_TABS):
            await page.keyboard.press("Tab")
            outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", "who uses the keyboard does not see where they are"
            if await page.evaluate("document.activeElement.matches('a.outlet')"):
                break
        await page.keyboard.press("Enter")
        await page.wait_for_selector("main .condition")
        assert await page.evaluate("location.hash.startsWith('#/o/')")


async def test_an_alarm_is_acknowledged_with_the_keyboard_alone(sight: Sight) -> None:
    async with sight.page() as page:
        await turn_to(page, "#/alarms")
        await page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true; })")
        unseen = page.locator("li.alarm:visible", has=page.locator("button:text('Acknowledge'):visible"))
        key = await unseen.last.locator("a.button").get_attribute("href")
        alarm = page.locator("li.alarm", has=page.locator(f"a.button[href='{key}']"))
        await alarm.locator("button:text('Acknowledge')").focus()
        await page.keyboard.press("Enter")
        await alarm.locator("button:text('Acknowledge')").wait_for(state="detached")


async def test_a_page_waits_for_an_edge_that_starts_again_and_goes_on_by_itself(sight: Sight) -> None:
    supervisor = children(sight.demo.pid)["supervise"]
    before = children(supervisor)["edge"]
    async with sight.page() as page:
        await turn_to(page, sight.tripped)
        await page.wait_for_selector("main .trips")
        await page.evaluate("window.isSame = true")
        os.kill(before, signal.SIGKILL)
        await page.wait_for_selector("main.stale")
        said = await page.inner_text("header .line.bad")
        await page.wait_for_function("said => document.querySelector('header .line')?.textContent !== said", arg=said)
        await page.wait_for_selector("main:not(.stale)")
        assert children(supervisor)["edge"] != before
        assert await page.evaluate("window.isSame"), "the page was not loaded again"
        await page.wait_for_selector("header button.emergency")
        await page.wait_for_selector("main .trips")


async def test_what_is_said_to_the_console_never_becomes_markup(sight: Sight) -> None:
    async with sight.fresh_page() as page:
        await page.route("**/api/{orders,stories,configuration,lines,uplinks,reconciliation}*", spoil)
        await page.fill("input[type=search]", MARKUP)
        await page.keyboard.press("Enter")
        await page.wait_for_function("() => location.hash.startsWith('#/find/')")
        await shows_only_text(page)
        for where in (
            "#/",
            sight.tripped,
            "#/alarms",
            "#/orders",
            "#/config",
            "#/find/pile-04",
            "#/uplinks",
        ):
            await turn_to(page, where)
            await page.evaluate(SPOIL, MARKUP)
            await shows_only_text(page)
