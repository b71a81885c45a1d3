"""From the stamp of a trip to the pixels that say so: outlets of the demo estate, one overload after the other.

The stamp is the wall time that field gives the trip; the pixels are there in the second frame after the page's own
script has changed the outlet, by the browser's clock, which is the same. Beside it a bare page told by a bare server,
in the same browser.
"""

from __future__ import annotations

import asyncio
import random
import sys
from typing import TYPE_CHECKING

from gateway.app.demo_acts import FIRST_ORDERS, Acts, _is_short
from gateway.app.demo_cloud import cloud_of
from gateway.app.demo_hands import Hands
from gateway.app.demo_site import free_port
from tests.bench.report import percentile, progress
from tests.browser.stage import window

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from gateway.app.demo import Stage
    from tests.bench.report import Report

OVERLOAD = "overload=16A"
GAP_S = (0.25, 0.65)
"""Between two trips: another moment of the console's look each time."""

ON_WITHIN_S, SETTLE_S = 5.0, 3.0
SEEN_WITHIN_MS = 10_000
MUST_MS = "<= 1000"
BARE_HZ, BARE_BYTES = 4.0, 400

SEEN = """() => {
  window.seen = {};
  const look = () => {
    for (const element of document.querySelectorAll("a.outlet.c-tripped, li.told")) {
      const name = element.getAttribute("href") ?? element.dataset.ms;
      if (name in window.seen) continue;
      window.seen[name] = null;
      requestAnimationFrame(() => requestAnimationFrame(() => { window.seen[name] = Date.now(); }));
    }
  };
  new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ["class"]});
}"""
TRIPS = """async () => {
  const {documents} = await (await fetch("api/snapshot")).json();
  return Object.entries(documents).filter(([key]) => key.startsWith("t/"))
    .flatMap(([, {ts, causes}]) => causes.map(({outlet}) => [outlet, ts]));
}"""


async def measure_pixels(report: Report, stage: Stage, browser: Browser, url: str, trips: int) -> None:
    """Trip outlets while a page shows them; report how long each took to be seen."""
    page = await (await window(browser)).new_page()
    await page.add_init_script(f"({SEEN})()")
    await page.goto(url)
    await page.wait_for_selector("a.outlet")
    under_way_ms = await _under_way_ms(page, await _trip_many(stage, trips))
    bare_ms = await _bare_ms(browser, trips)
    await page.context.close()
    report.add("trip to pixel", "trips seen", len(under_way_ms), "", f">= {trips}")
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        report.add("trip to pixel", name, percentile(under_way_ms, share), "ms", MUST_MS if share > 0.5 else "")
    report.add("trip to pixel", "a bare page beside it, p99", percentile(bare_ms, 0.99), "ms")


async def charge(stage: Stage, begin: int = 0) -> list[str]:
    """Switch some of the outlets with a bike on, and return those that are."""
    acts = Acts(stage.picture, stage._broker, Hands(stage._estate.control), stage._prefix)
    async with cloud_of(stage._broker, stage.picture, stage._prefix) as cloud:
        plugged = [outlet for outlet in await acts._plugged() if not _is_short(outlet)]
        wanted = plugged[begin : begin + FIRST_ORDERS]
        await acts._order(cloud, set(wanted))
        await cloud.until(lambda: all(acts._state(each) == "on" for each in wanted), ON_WITHIN_S)
        return [outlet for outlet in wanted if acts._state(outlet) == "on"]


async def _trip_many(stage: Stage, trips: int) -> int:
    """Overload outlets one after the other; return how many."""
    hands, chance = Hands(stage._estate.control), random.Random(1)  # noqa: S311 - phases, no secrets
    done, begin = 0, 0
    while done < trips and (ready := (await charge(stage, begin))[: trips - done]):
        await asyncio.sleep(SETTLE_S)
        for outlet in ready:
            await hands.do(outlet, OVERLOAD)
            await asyncio.sleep(chance.uniform(*GAP_S))
        done, begin = done + len(ready), begin + FIRST_ORDERS
        progress(f"  {done} of {trips} trips")
    return done


async def _under_way_ms(page: Page, trips: int) -> list[float]:
    """Return how long each trip was under way, once all have been seen or it has been waited for long enough."""
    await page.wait_for_function(
        "trips => Object.values(seen).filter(Boolean).length >= trips", arg=trips, timeout=SEEN_WITHIN_MS
    )
    seen = {href.split("/", 4)[-1]: ms for href, ms in (await page.evaluate("seen")).items()}
    return [seen[outlet] - ts for outlet, ts in await page.evaluate(TRIPS) if outlet in seen]


async def _bare_ms(browser: Browser, stamps: int) -> list[float]:
    port = free_port()
    bare = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.bare_sse", str(port), str(BARE_HZ), str(BARE_BYTES)
    )
    page = await (await window(browser)).new_page()
    try:
        await page.add_init_script(f"({SEEN})()")
        for _ in range(50):
            try:
                await page.goto(f"http://127.0.0.1:{port}/")
                break
            except Exception:  # noqa: BLE001 - the driver has one kind of error: it does not listen yet
                await asyncio.sleep(0.1)
        enough = "stamps => Object.values(seen).filter(Boolean).length >= stamps"
        await page.wait_for_function(enough, arg=stamps, timeout=SEEN_WITHIN_MS + stamps / BARE_HZ * 1000)
        return [ms - int(stamp) for stamp, ms in (await page.evaluate("seen")).items() if ms]
    finally:
        await page.context.close()
        bare.terminate()
        await bare.wait()
