"""Somebody who has read nothing: an operator at a desk, an installer with a phone, in Chinese and in English.

Each finds the tripped outlet, sees why, looks at its record, stops another one, acknowledges an alarm and finds today's
money; the installer resets. Every press is counted, and what is said to be done has been measured.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from gateway.console.access.roles import Role
from tests.browser.sight import TRIPPED
from tests.browser.stage import DESK, PHONE, running_demo, window
from tests.depth import sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.async_api import Browser, Locator, Page

pytestmark = [
    pytest.mark.endtoend,
    pytest.mark.asyncio(loop_scope="session"),
]

TRIP_MS = 60_000
MEASURED_MS = 15_000
"""What is asked for is confirmed within some three seconds; this leaves room for a machine that runs other tests."""

SETTLED_MS = 30_000
"""A demo's first order is paid for some seconds after its first trip."""

VISITORS = sample(
    (("zh-CN", PHONE, Role.INSTALLER),), deep=(("zh-CN", DESK, Role.OPERATOR), ("en", PHONE, Role.INSTALLER))
)
MOST_PRESSES = {
    "find the tripped outlet": 1,
    "look at its record": 1,
    "reset it with a reason": 2,
    "stop another outlet": 4,
    "acknowledge an alarm": 2,
    "find today's money": 1,
}
SAYS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "why": "overcurrent",
        "reset": "Reset",
        "stop": "End the charge",
        "done": "confirmed",
        "money": "Money today",
    },
    "zh-CN": {"why": "过流", "reset": "复位", "stop": "结束充电", "done": "确认", "money": "今日金额"},
}


@dataclass(slots=True)
class Visitor:
    """One person at one page. `presses` counts since the last task was begun."""

    page: Page
    says: Mapping[str, str]
    presses: int = 0

    def begin(self) -> None:
        self.presses = 0

    async def did(self, task: str) -> None:
        """End a task; whatever page it ends on says that its data are simulated."""
        print(f"{task}: {self.presses} presses")
        assert self.presses <= MOST_PRESSES[task], task
        assert await self.page.locator(".simulated .simulation").count(), task

    async def press(self, what: str | Locator) -> None:
        self.presses += 1
        await (self.page.locator(what).first if isinstance(what, str) else what.first).click()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=re.compile(f"^{name}"))

    async def code(self) -> str:
        """Return the sticker of the outlet that is looked at."""
        return (await self.page.inner_text("main h1")).split()[0]

    async def is_told(self, code: str) -> None:
        """Wait until what was asked of an outlet is told as done, by what was measured."""
        told = self.page.locator(".deeds li", has_text="✓").filter(has_text=self.says["done"]).filter(has_text=code)
        await told.first.wait_for(timeout=MEASURED_MS)


async def test_a_newcomer_does_the_days_work_without_a_book(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with running_demo(tmp_path_factory.mktemp("visit")) as demo:
        for language, size, role in VISITORS:
            opened = await window(browser, language=language, size=size)
            page = await opened.new_page()
            await page.goto(await demo.link(role))
            await page.wait_for_selector(TRIPPED, timeout=TRIP_MS)
            visitor = Visitor(page, SAYS[language])
            await works_through(visitor, resets=role is Role.INSTALLER)
            await opened.close()


async def works_through(visitor: Visitor, *, resets: bool) -> None:
    await sees_why(visitor)
    await acknowledges(visitor)
    if resets:
        await resets_it(visitor)
    await stops_another(visitor)
    await finds_the_money(visitor)


async def sees_why(visitor: Visitor) -> None:
    page = visitor.page
    visitor.begin()
    await visitor.press(".totals .c-tripped a")
    await page.wait_for_selector("main .condition.bad")
    await visitor.did("find the tripped outlet")
    said = await page.inner_text("main")
    assert visitor.says["why"] in said
    assert "10.00 A" in said, "the limit that was exceeded"
    visitor.begin()
    await visitor.press("button[aria-expanded=false]")
    await page.wait_for_selector("ol.frames li", timeout=MEASURED_MS)
    await visitor.did("look at its record")


async def resets_it(visitor: Visitor) -> None:
    page, says = visitor.page, visitor.says
    await visitor.press('a[href="#/"]')
    await visitor.press(".totals .c-tripped a")
    visitor.begin()
    await visitor.press(visitor.button(says["reset"]))
    await page.fill("dialog input[name=reason]", "charger replaced")
    await visitor.press("dialog button[type=submit]")
    await visitor.is_told(await visitor.code())
    await visitor.did("reset it with a reason")
    await page.wait_for_selector("main .condition:not(.bad)", timeout=MEASURED_MS)


async def stops_another(visitor: Visitor) -> None:
    says = visitor.says
    visitor.begin()
    await visitor.press('a[href="#/"]')
    await visitor.press("a.outlet.c-charging")
    await visitor.press(visitor.button(says["stop"]))
    await visitor.press("dialog button[type=submit]")
    await visitor.is_told(await visitor.code())
    await visitor.did("stop another outlet")


async def acknowledges(visitor: Visitor) -> None:
    page = visitor.page
    visitor.begin()
    await visitor.press('a[href="#/alarms"]')
    waiting = page.locator("li.alarm", has=page.locator("b.bad"))
    before = await waiting.count()
    assert before
    await visitor.press(waiting.locator(".acts button:not(.quiet)"))
    await page.wait_for_function("before => document.querySelectorAll('li.alarm b.bad').length < before", arg=before)
    await visitor.did("acknowledge an alarm")


async def finds_the_money(visitor: Visitor) -> None:
    page = visitor.page
    visitor.begin()
    await visitor.press('a[href="#/"]')
    paid = page.locator(".totals div", has_text=visitor.says["money"]).filter(has_text=re.compile(r"¥.*[1-9]"))
    await paid.wait_for(timeout=SETTLED_MS)
    await visitor.did("find today's money")
