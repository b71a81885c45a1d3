"""Markup in whatever a console is told: it has to be seen, as the text that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

MARKUP = "<img src=x onerror=alert(1)>"
SPOILED = {
    "code", "detail", "device", "file", "gateway", "label", "name", "order_id", "outlet", "place", "problem", "reason",
    "text", "user_ref", "why",
}  # fmt: skip
"""Free texts: what words the rest are made of, the contract says."""


def spoiled(said: Any) -> Any:
    """Return an answer with markup in its free texts."""
    if isinstance(said, list):
        return [spoiled(each) for each in said]
    if not isinstance(said, dict):
        return said
    return {name: MARKUP if name in SPOILED and isinstance(each, str) else spoiled(each) for name, each in said.items()}


async def spoil(route: Route) -> None:
    """Let a request through, and spoil its answer."""
    answer = await route.fetch()
    await route.fulfill(response=answer, json=spoiled(await answer.json()))


async def shows_only_text(page: Page) -> None:
    """Hold that the page shows the markup, and has made nothing of it."""
    await page.wait_for_function("() => document.body.innerText.includes('onerror')")
    assert await page.locator("img").count() == 0
