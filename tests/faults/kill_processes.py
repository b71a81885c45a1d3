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

from gateway.app.orders import orders_of
from tests.faults.gateway_under_test import CEILING_MIL, NORMAL, OUTLETS, OVERLOAD, PILES, gateway

if TYPE_CHECKING:
    from tests.faults.gateway_under_test import Gateway

LONGEST_ORDER_S = 5
SETTLED_S = 12.0
"""How long the last orders may take to settle: the wait for a plug, the wait for the last readings, and a retell."""

CUT_OFF_S = 1.0
LONGEST_CALM_S = 5.0
RESTART_S = 3.0
"""How long a process may take to be at work again on a busy machine."""

VICTIMS = (("field",), ("edge",), ("field", "edge"))


@dataclass
class Report:
    kills: int = 0
    orders_run: int = 0
    settled: int = 0
    amount_mil: int = 0
    steps: int = 0
    slowest_cut_ms: float = 0.0
    problems: list[str] = field(default_factory=list)


async def kill_at_random(shed: Gateway, kills: int, seed: int) -> Report:
    """Do it, then let everything settle, and report what was not as it must be."""
    chance, report = random.Random(seed), Report()  # noqa: S311 - moments, not secrets
    await shed.start("field", "edge")
    await shed.online()
    await shed.charging(1, 0, "first", LONGEST_ORDER_S)
    latched: list[tuple[int, int]] = []
    customers = asyncio.create_task(_customers(shed, random.Random(seed + 1), latched))  # noqa: S311 - likewise
    back_end = asyncio.create_task(_back_end(shed))
    for _ in range(kills):
        await asyncio.sleep(chance.random() * LONGEST_CALM_S)
        victims = chance.choice(VICTIMS)
        await shed.kill(*victims)
        report.kills += 1
        if victims == ("edge",):
            await _step(shed, report, latched)
        await asyncio.sleep(chance.random())
        await shed.start(*victims)
    await asyncio.sleep(RESTART_S)
    customers.cancel()
    await asyncio.gather(customers, return_exceptions=True)
    await asyncio.sleep(LONGEST_ORDER_S + RESTART_S + SETTLED_S)
    back_end.cancel()
    await asyncio.gather(back_end, return_exceptions=True)
    await _judge(shed, report)
    return report


async def _back_end(shed: Gateway) -> None:
    """Acknowledge settlements, and let energy flow."""
    known: set[str] = set()
    while True:
        with contextlib.suppress(Exception):  # the broker's client is between two connections
            shed.use_energy()
            await shed.acknowledge(known)
        await asyncio.sleep(0.5)


async def _customers(shed: Gateway, chance: random.Random, latched: list[tuple[int, int]]) -> None:
    """Start short orders on random outlets, whatever becomes of them; reset what has tripped."""
    number = 0
    while True:
        number += 1
        with contextlib.suppress(Exception):  # the broker's client is between two connections
            for unit, outlet in latched:
                target = f"pile-{unit:02d}/outlet-{outlet + 1:02d}"
                await shed.command("service", "reset", target, by="a test", reason="the step is over")
            del latched[:-1]  # asked for more than once: edge may be dead
            unit, outlet = chance.randint(1, PILES), chance.randrange(OUTLETS)
            await shed.order(unit, outlet, f"order-{number}", chance.randint(1, LONGEST_ORDER_S))
        for unit in range(1, PILES + 1):  # living currents move
            shed.set_current(unit, chance.randrange(OUTLETS), NORMAL + chance.randint(-9, 9))
        await asyncio.sleep(0.2 + chance.random() * 0.5)


async def _step(shed: Gateway, report: Report, latched: list[tuple[int, int]]) -> None:
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
    latched.append((unit, outlet))


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
    report.orders_run = len(shed.told("charging"))
    _judge_settlements(shed, report)


def _judge_settlements(shed: Gateway, report: Report) -> None:
    """Every order that was accepted is settled once: one digest, the same in the log, none above its ceiling."""
    accepted, settled = shed.told("accepted"), shed.told("settled")
    logged = {order_id: order for order_id, order in orders_of(shed.folder / "log.sqlite").items() if order.receipt()}
    for order_id, events in accepted.items():
        digests = {event["body"]["digest"] for event in settled.get(order_id, ())}
        if len(events) != 1 or len(digests) != 1:
            report.problems.append(f"{order_id}: accepted {len(events)} times, settled {len(digests)} times")
        elif order_id not in logged or logged[order_id].said("digest") not in digests:
            report.problems.append(f"{order_id}: the settlement that arrived is not the log's")
    for order_id in (settled.keys() | logged.keys()) - accepted.keys():
        report.problems.append(f"{order_id}: settled and never accepted")
    amounts = [events[0]["body"]["receipt"]["total_mil"] for events in settled.values()]
    if any(amount > CEILING_MIL for amount in amounts):
        report.problems.append("an amount is above its ceiling")
    report.settled, report.amount_mil = len(settled), sum(amounts)


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
