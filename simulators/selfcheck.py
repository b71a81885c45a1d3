"""Measure the simulator itself: `python -m simulators.selfcheck --baud 9600`.

A bare loop asks for 12 registers, waits for the reply and for t3.5, and asks again. What it misses of the theoretical
cycle is the simulator's and the host's share together, so no gateway can do better on this machine.
"""

from __future__ import annotations

import argparse
import os
import select
import sys
import time
from itertools import pairwise
from typing import TYPE_CHECKING

from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest

from gateway.model.wiring import Table
from simulators.line import start_line
from simulators.precise import prefer_punctuality
from simulators.spec import Cells, LineSpec, SlaveSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

REGISTERS = 12
FIRST = 100
REPLY_BYTES = 5 + 2 * REGISTERS
TURNAROUND_MS = 2.0
REPLY_S = 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one table for each baud rate; 1 when a reply was missing or a silence broken."""
    parser = argparse.ArgumentParser(prog="python -m simulators.selfcheck", description=__doc__)
    parser.add_argument("--baud", type=int, action="append", help="may be given several times (9600 and 115200)")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--units", type=int, default=1)
    given = parser.parse_args(arguments)
    results = [_measure(baud, given.seconds, given.units) for baud in given.baud or (9600, 115200)]
    return 0 if all(results) else 1


def _measure(baud: int, seconds: float, units: int) -> bool:
    cells = (Cells(table=Table.HOLDING, address=FIRST, values=tuple(range(REGISTERS))),)
    slaves = tuple(SlaveSpec(unit=unit, turnaround_ms=TURNAROUND_MS, cells=cells) for unit in range(1, units + 1))
    spec = LineSpec(name="selfcheck", baud=baud, slaves=slaves)
    framer = FramerRTU(DecodePDU(is_server=True))
    requests = [
        framer.buildFrame(ReadHoldingRegistersRequest(address=FIRST, count=REGISTERS, dev_id=unit))
        for unit in range(1, units + 1)
    ]
    with start_line(spec) as line:
        prefer_punctuality()
        begins_s = _ask(line.path, requests, seconds, spec.t35_s)
        counters = line.control.counters()
        entries = list(line.control.journal())
    theory_s = (len(requests[0]) + REPLY_BYTES) * spec.char_s + TURNAROUND_MS / 1000.0 + spec.t35_s
    cycles_s = [later - begin for begin, later in pairwise(begins_s)]
    seen_us = [(entry.arrival_s - begin) * 1e6 for begin, entry in zip(begins_s, entries, strict=False)]
    late_us = [entry.late_s * 1e6 for entry in entries]
    over_us = [(entry.silence_s - spec.t35_s) * 1e6 for entry in entries if entry.silence_s is not None]
    p50_s = _part(cycles_s, 0.5)
    sys.stdout.write(
        f"{baud} baud, {units} units, {len(cycles_s)} cycles\n"
        f"  cycle   theory {theory_s * 1e3:.3f} ms, p50 {p50_s * 1e3:.3f}, p99 {_part(cycles_s, 0.99) * 1e3:.3f}\n"
        f"  efficiency at p50 {theory_s / p50_s:.4f}\n"
        f"  own lateness  p50 {_part(late_us, 0.5):.0f} us, p99 {_part(late_us, 0.99):.0f}, max {max(late_us):.0f}\n"
        f"  request seen after its write  p50 {_part(seen_us, 0.5):.0f} us, p99 {_part(seen_us, 0.99):.0f}"
        f" (the system's own delivery: no silence is known better than this)\n"
        f"  silence over t3.5  p50 {_part(over_us, 0.5):.0f} us, min {min(over_us):.0f}\n"
        f"  blind  max {max(entry.blind_s for entry in entries) * 1e6:.0f} us\n"
        f"  broken silences {counters.broken_silences}, late over 1 ms {counters.replies_late_1ms}\n"
    )
    return counters.broken_silences == 0 and counters.replies == counters.requests


def _ask(path: str, requests: Sequence[bytes], seconds: float, t35_s: float) -> list[float]:
    """Ask in a ring until the time is over; return when each cycle began, and when the last one ended."""
    host = os.open(path, os.O_RDWR | os.O_NOCTTY)
    begins_s = [time.monotonic()]
    end_s = begins_s[0] + seconds
    try:
        while begins_s[-1] < end_s:
            os.write(host, requests[len(begins_s) % len(requests)])
            missing = REPLY_BYTES
            while missing:
                if not select.select([host], (), (), REPLY_S)[0]:
                    sys.stdout.write("no reply\n")
                    return begins_s
                missing -= len(os.read(host, missing))
            next_s = time.monotonic() + t35_s
            while (rest_s := next_s - time.monotonic()) > 0:
                select.select((), (), (), rest_s)
            begins_s.append(time.monotonic())
    finally:
        os.close(host)
    return begins_s


def _part(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)]


if __name__ == "__main__":
    sys.exit(main())
