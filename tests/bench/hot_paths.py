"""What the code that runs for every scan costs, each beside a bare witness that does the least of the same.

The codec's 60 registers to scaled values, beside `struct.unpack`; the relay's step for the currents of a pile's 12
outlets, beside one comparison for each; the text of a bundle of scans for the cloud, beside `json.dumps` of the same
columns. Processor time of one thread, the best of some rounds.
"""

from __future__ import annotations

import json
import struct
import sys
import time
import timeit
from typing import TYPE_CHECKING

from gateway.field.device import make_layout
from gateway.model.device import GroupClass, Kind, Role
from gateway.model.layout import Layout
from gateway.protection.relay import Relay
from gateway.protection.settings import BusSettings
from gateway.site.settings import pile_settings
from gateway.uplink.encode import Dated, Template
from gateway.uplink.outgoing import SCANS_A_MESSAGE
from tests.bench.cutoff_case import bench_site
from tests.bench.models import CURRENTS, OUTLETS, TELEMETRY, pile_model
from tests.bench.report import Report, arguments

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7
PERIOD_S = 0.25
PICKUP_A = 10.0
MODEL = pile_model(4.0)
RAW = struct.pack(f">{TELEMETRY.count}H", *(3000 + n for n in range(TELEMETRY.count)))
TS_MS = 1_763_800_000_000


def codec() -> tuple[Callable[[], object], Callable[[], object]]:
    """Return the way from a scan's 60 registers to values, and its witness."""
    values = make_layout(0, TELEMETRY, GroupClass.TELEMETRY, MODEL).values
    unpack = struct.Struct(f">{TELEMETRY.count}H").unpack
    assert values(RAW) == tuple(map(float, unpack(RAW)))
    return lambda: values(RAW), lambda: unpack(RAW)


def relay_step() -> tuple[Callable[[], object], Callable[[], object]]:
    """Return a relay's step for 12 normal currents that change a little each time, and its witness."""
    device = bench_site("/dev/null", 9600, MODEL, units=[1]).devices[0]
    relay = Relay(BusSettings(piles=(pile_settings(device),)))
    for outlet in range(OUTLETS):
        relay.commanded(0, outlet, True, 0.0, found=True)
    layout = make_layout(0, CURRENTS, GroupClass.PROTECTION, MODEL)
    frames = [struct.pack(f">{OUTLETS}H", *(300 + n + turn for n in range(OUTLETS))) for turn in range(2)]
    samples = [(layout.values(raw), layout.raws(raw)) for raw in frames]
    turn = 0

    def step() -> object:
        nonlocal turn
        turn += 1
        now_s = turn * PERIOD_S
        values, raws = samples[turn & 1]
        return relay.sample(0, Role.CURRENT, values, raws, now_s - 0.01, now_s)

    assert not step()
    amps = [value or 0.0 for value in samples[0][0]]
    return step, lambda: [value for value in amps if value >= PICKUP_A]


def bundle() -> tuple[Callable[[], object], Callable[[], object]]:
    """Return the text of a bundle of scans of 60 registers, and its witness."""
    points = tuple(point for point in MODEL.points if point.address < TELEMETRY.end)
    template = Template(Layout(device="pile-01", kind=Kind.PILE, block=TELEMETRY, points=points))
    scans = [Dated(seq, TS_MS + seq, RAW) for seq in range(1, SCANS_A_MESSAGE + 1)]
    said = json.loads(template.telemetry("1-bench", 2, scans))
    assert len(said["values"]) == TELEMETRY.count
    return lambda: template.telemetry("1-bench", 2, scans), lambda: json.dumps(said).encode()


def best_us(act: Callable[[], object], times: int) -> float:
    """Return the processor time of one call in the best round, in microseconds."""
    seconds = min(timeit.repeat(act, timer=time.thread_time, number=times, repeat=ROUNDS))
    return seconds / times * 1e6


def main() -> int:
    given = arguments("hot_paths", __doc__ or "").parse_args()
    report = Report("hot_paths")
    for case, (act, witness), witness_name, times in (
        ("profile codec, a scan of 60 registers", codec(), "struct.unpack of the same", 20_000),
        ("relay step, a scan of 12 outlets", relay_step(), "12 comparisons", 20_000),
        (f"text of a bundle of {SCANS_A_MESSAGE} scans of 60 registers", bundle(), "json.dumps of the same", 500),
    ):
        report.add(case, "cost", best_us(act, times), "us")
        report.add(case, f"witness: {witness_name}", best_us(witness, times), "us")
    return report.finish(as_json=given.json)


if __name__ == "__main__":
    sys.exit(main())
