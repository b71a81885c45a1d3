"""Kill field, edge or both at random moments while orders run and currents step, and judge at the slave and the broker.

`python -m tests.faults.kill_processes --kills 100` is the long one; tests/endtoend/test_kill.py runs the short one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.gateway_under_test import NORMAL, OUTLETS, OVERLOAD, PILES, gateway

if TYPE_CHECKING:
    from tests.faults.gateway_under_test import Gateway

LONGEST_ORDER_S = 5
CUT_OFF_S = 1.0
RESTART_S = 3.0
"""How long a process may take to be at work again on a busy machine."""

VICTIMS = (("field",), ("edge",), ("field", "edge"))


@dataclass
class Report:
    kills: int = 0
    orders_run: int = 0
    steps: int = 0
    slowest_cut_ms: float = 0.0
    problems: list[str] = field(default_factory=list)


async def kill_at_random(shed: Gateway, kills: int, seed: int) -> Report:
    """Do it, then let everything settle, and report what was not as it must be."""
    chance, report = random.Random(seed), Report()  # noqa: S311 - moments, not secrets
    await shed.start("field", "edge")
    await shed.online()
    await shed.charging(1, 0, "first", LONGEST_ORDER_S)
    customers = asyncio.create_task(_customers(shed, random.Random(seed + 1)))  # noqa: S311 - likewise
    for _ in range(kills):
        await asyncio.sleep(chance.random() * 2)
        victims = chance.choice(VICTIMS)
        await shed.kill(*victims)
        report.kills += 1
        if victims == ("edge",):
            await _step(shed, report)
        await asyncio.sleep(chance.random())
        await shed.start(*victims)
    await asyncio.sleep(RESTART_S)
    customers.cancel()
    await asyncio.gather(customers, return_exceptions=True)
    await asyncio.sleep(LONGEST_ORDER_S + RESTART_S)
    await _judge(shed, report)
    return report


async def _customers(shed: Gateway, chance: random.Random) -> None:
    """Start short orders on random outlets, whatever becomes of them."""
    number = 0
    while True:
        number += 1
        with contextlib.suppress(Exception):  # the broker's client is between two connections
            unit, outlet = chance.randint(1, PILES), chance.randrange(OUTLETS)
            await shed.order(unit, outlet, f"order-{number}", chance.randint(1, LONGEST_ORDER_S))
        for unit in range(1, PILES + 1):  # living currents move
            shed.set_current(unit, chance.randrange(OUTLETS), NORMAL + chance.randint(-9, 9))
        await asyncio.sleep(0.2 + chance.random() * 0.5)


async def _step(shed: Gateway, report: Report) -> None:
    """Let a current step while edge is away: it must be cut off."""
    running = [(unit, n) for unit in range(1, PILES + 1) for n in range(OUTLETS) if shed.is_on(unit, n)]
    if not running:
        return
    unit, outlet = running[0]
    stepped_s = shed.set_current(unit, outlet, OVERLOAD)
    report.steps += 1
    try:
        off = await shed.until_off(unit, outlet, stepped_s, within_s=CUT_OFF_S + 4)
    except TimeoutError:
        report.problems.append(f"pile {unit} outlet {outlet + 1}: an overcurrent was not cut off while edge was away")
    else:
        report.slowest_cut_ms = max(report.slowest_cut_ms, (off.at_s - stepped_s) * 1000)
        if off.at_s - stepped_s > CUT_OFF_S:
            report.problems.append(f"pile {unit} outlet {outlet + 1}: cut off after {off.at_s - stepped_s:.3f} s")
    shed.set_current(unit, outlet, NORMAL)


async def _judge(shed: Gateway, report: Report) -> None:
    on = [(unit, n + 1) for unit in range(1, PILES + 1) for n in range(OUTLETS) if shed.is_on(unit, n)]
    if on:
        report.problems.append(f"still on after every limit: {on}")
    try:
        await shed.settle()
    except TimeoutError:
        await shed.kill("edge")
        events, readings = shed.heads()
        for stream, head in (("event", events), ("reading", readings)):
            missing = sorted(shed.missing(stream, head))
            if missing:
                report.problems.append(f"{len(missing)} of {head} {stream}s never arrived, from {missing[0]}")
    for each in shed.unexplained(slack_s=0.5):
        report.problems.append(f"switched on without a grant: {each}")
    for boot, numbers in shed.field_events().items():
        if numbers != list(range(1, len(numbers) + 1)):
            report.problems.append(f"field {boot}: its events are {numbers[:50]}")
    report.orders_run = sum(e["body"]["stage"] == "on" for e in shed.watcher.of("event/order"))


async def _long(kills: int, seed: int) -> Report:
    mosquitto = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if mosquitto is None:
        raise SystemExit("mosquitto must be installed")
    with tempfile.TemporaryDirectory() as folder:
        async with gateway(Path(folder), mosquitto) as shed:
            return await kill_at_random(shed, kills, seed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.kill_processes", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    report = asyncio.run(_long(given.kills, given.seed))
    print(f"seed {given.seed}: {report}")
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
