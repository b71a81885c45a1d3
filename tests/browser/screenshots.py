"""Write the pictures of docs/screenshots anew: `python -m tests.browser.screenshots`.

Needs Chromium with its driver, and Mosquitto for the sheds of the fleet console.
"""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import struct
import sys
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.console.access.roles import Role
from tests.browser.fleet_stage import SHEDS, running_fleet
from tests.browser.stage import DESK, PHONE, running_browser, running_demo, turn_to, window

if TYPE_CHECKING:
    from playwright.async_api import Browser

FOLDER = Path(__file__).parents[2] / "docs/screenshots"
SHRINK = (Path(__file__).parent / "shrink.js").read_text()
TRIPPED = "a.outlet.c-tripped"
OUTLET, SHED = "a.outlet", ".shed:not(.away)"
"""What shows that a local console, or a fleet's, has been drawn."""

PAGES = {
    "overview": "#/",
    "alarms": "#/alarms",
    "orders": "#/orders",
    "lines": "#/lines",
    "uplinks": "#/uplinks",
    "config": "#/config",
    "accounts": "#/accounts",
}
FLEET = {"sheds": "#/", "shed": f"#/shed/{SHEDS[2]}", "days": "#/days"}
WALL = (1920, 1080)
LATE = """async () => Object.entries((await (await fetch("api/snapshot")).json()).documents)
  .some(([key, {condition}]) => key.endsWith(":bound-missed") || condition === "offline")"""
"""Whether the pictures would show a machine that was busy and not a gateway."""

STICKER = "async key => (await (await fetch('api/snapshot')).json()).documents[key].code"
LANGUAGES = ("zh-CN", "en")
ORDERS_S = 12.0
"""How long after the trip the first orders of every kind are there."""


async def main() -> None:
    """Run a demo until its trip and its first orders, and take each page once for each language."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with running_browser() as browser, running_demo(Path(folder)) as demo:
            office = await window(browser)
            page = await office.new_page()
            await page.goto(await demo.link(Role.INSTALLER))
            where = await page.get_attribute(TRIPPED, "href", timeout=60_000)
            await asyncio.sleep(ORDERS_S)
            if await page.evaluate(LATE):
                sys.exit(
                    "screenshots: this machine is so busy that its simulated lines are late; try again when it is not"
                )
            state = await office.storage_state()
            sticker = await page.evaluate(STICKER, (where or "").removeprefix("#/"))
            for language in LANGUAGES:
                pages = PAGES | {"outlet": where or "#/", "find": f"#/find/{sticker}"}
                await _take(browser, demo.url, state, language, DESK, pages)
                await _take(browser, demo.url, state, language, WALL, {"wall": "#/"})
                await _take(browser, demo.url, state, language, PHONE, {"phone": where or "#/"})
        async with running_browser() as browser, running_fleet(_program, Path(folder)) as fleet:
            office = await window(browser)
            page = await office.new_page()
            await page.goto(fleet.link)
            await page.wait_for_selector(SHED)
            for language in LANGUAGES:
                await _take(browser, fleet.url, await office.storage_state(), language, DESK, FLEET, drawn=SHED)


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        sys.exit(f"screenshots: {name} is not installed (apt install {name})")
    return found


async def _take(
    browser: Browser,
    url: str,
    state: object,
    language: str,
    size: tuple[int, int],
    pages: dict[str, str],
    *,
    drawn: str = OUTLET,
) -> None:
    opened = await window(browser, language=language, size=size, signed_in=state)
    page = await opened.new_page()
    await page.emulate_media(color_scheme="light")
    await page.goto(url)
    await page.wait_for_selector(drawn)
    for name, where in pages.items():
        await turn_to(page, where)
        picture = base64.b64encode(await page.screenshot()).decode()
        (FOLDER / f"{name}-{language}.png").write_bytes(_png(await page.evaluate(SHRINK, picture)))
    await opened.close()


def _png(drawn: dict[str, Any]) -> bytes:
    """Return a picture of few colours as a PNG file (W3C Portable Network Graphics, 5.3 and 11.2)."""
    head = struct.pack(">2I5B", drawn["width"], drawn["height"], 8, 3, 0, 0, 0)
    rows = zlib.compress(base64.b64decode(drawn["rows"]), 9)
    chunks = ((b"IHDR", head), (b"PLTE", bytes(drawn["palette"])), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


if __name__ == "__main__":
    asyncio.run(main())
