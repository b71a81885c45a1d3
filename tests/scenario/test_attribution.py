"""Tens of thousands of transactions on a bad line (a hundred thousand in the deep tier): no value is taken for another device's, block's or moment's.

Each reply says in its registers who answered, which block, and which request of the line it answers. Devices answer in
order, but late by up to five timeouts, twice, damaged, cut short, after garbage, beside foreign frames, or not at all.
(A copy that comes later than in the silence after a reply, when the same block has been asked for again, cannot be
told from an answer on RTU.)
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from gateway.bus.timing import LineTiming
from gateway.testing.clock import run_virtual
from gateway.testing.line import Answer
from tests.depth import sample
from tests.scenario.shed import Asked, Piles, Shed, Silent, polling, sealed

if TYPE_CHECKING:
    from gateway.bus.job import Job
    from gateway.model.transaction import Exchange
    from gateway.testing.line import MemoryLine

TRANSACTIONS = sample(20_000, deep=100_000)
LATE_MS = 600.0
LINE = LineTiming.serial(115200)
TIMEOUT_S = 0.011
FAULTS = ("late", "twice", "damaged", "short", "garbage", "foreign", "none")


def signed(asked: Asked) -> bytes:
    """Return registers that say which request they answer."""
    words = (asked.unit, asked.address, asked.number >> 16, asked.number & 0xFFFF)
    return b"".join(word.to_bytes(2, "big") for word in words) + bytes(2 * (asked.count - 4))


@dataclass(slots=True)
class BadLine:
    """What becomes of each reply. `rate` of them are disturbed."""

    random: Random
    rate: float
    free_s: dict[int, float] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)

    def __call__(self, asked: Asked, answer: Answer) -> list[Answer]:
        random = self.random
        fault = random.choice(FAULTS) if random.random() < self.rate else ""
        after_s = answer.after_s + (random.randint(1, 5) * TIMEOUT_S if fault == "late" else 0.0)
        after_s = max(after_s, self.free_s.get(asked.unit, 0.0) - asked.end_s)
        if fault == "none" or after_s > LATE_MS / 1000:
            return []
        self.free_s[asked.unit] = asked.end_s + after_s + (0.009 if fault in ("twice", "foreign") else 0.003)
        self.done[fault] += 1
        return self._put(fault, asked, answer.data, after_s)

    def _put(self, fault: str, asked: Asked, data: bytes, after_s: float) -> list[Answer]:
        random = self.random
        good = Answer(data, after_s)
        if fault == "twice":
            return [good, Answer(data, after_s + len(data) * LINE.char_s + random.choice([0.0, 0.0002]))]
        if fault == "damaged":
            broken = bytearray(data)
            broken[random.randrange(len(data))] ^= 1 << random.randrange(8)
            return [Answer(bytes(broken), after_s)]
        if fault == "short":
            return [Answer(data[: random.randrange(len(data))], after_s)]
        if fault == "garbage":
            noise = random.randbytes(random.randint(1, 12))
            return [Answer(noise, max(0.0, after_s - len(noise) * 0.0001)), good]
        if fault == "foreign":
            other = bytes((asked.unit + 10,)) + data[1:-2]
            return [Answer(sealed(other), after_s / 2), Answer(data, after_s + 0.003)]
        return [good]


@dataclass(slots=True)
class Judge(Silent):
    """Compares what a reading says of itself with what the bus says of it."""

    shed: Shed | None = None
    asked: list[Asked] = field(default_factory=list)
    good: int = 0
    total: int = 0
    older: int = 0
    wrong: list[str] = field(default_factory=list)

    def finished(self, job: Job, exchange: Exchange, *, changed: bool) -> None:
        self.total += 1
        if changed:
            self.changes.append((job.device, exchange.failure is None))
        if job.piece is None or exchange.failure is not None or job.piece.block.table.is_bits:
            return
        self.good += 1
        words = [int.from_bytes(exchange.payload[at : at + 2], "big") for at in range(0, 8, 2)]
        true = self.asked[words[2] << 16 | words[3]]
        if (words[0], words[1], true.unit) != (job.device + 1, job.piece.block.address, job.device + 1):
            self.wrong.append(f"{words} for {job.piece}")
        if exchange.asked_s > true.end_s + 1e-9:
            self.wrong.append(f"dated {exchange.asked_s - true.end_s:.3f} s too young: {job.why} {job.piece.block}")
        self.older += exchange.asked_s < true.end_s - 1e-9


async def suffer(seed: int, rate: float, transactions: int) -> tuple[Judge, BadLine]:
    random = Random(seed)  # noqa: S311 - repeatable chance
    shed = Shed.cutoff(115200, 2.0, 0.2, late_reply_ms=LATE_MS)
    line = BadLine(random, rate)
    piles = Piles(lambda: random.uniform(0.0, 0.002), registers=signed, disturb=line)
    judge = Judge(shed=shed, asked=piles.asked)
    async with polling(shed, piles, judge, chunk=16) as (_, link):
        while judge.total < transactions:
            await asyncio.sleep(random.uniform(0.2, 1.0))
            await disturb(link, piles, random)
            link.heard.clear()
    return judge, line


async def disturb(link: MemoryLine, piles: Piles, random: Random) -> None:
    """Let a device die or come back, somebody babble, or the adapter be pulled out."""
    what = random.random()
    if what < 0.1:
        piles.dead = {random.randint(1, 4)}
    elif what < 0.3:
        piles.dead = set()
    elif what < 0.6:
        link.say(random.randbytes(random.randint(1, 100)))
    elif what < 0.63:
        link.lose("pulled out")
        await asyncio.sleep(LATE_MS / 1000)
        link.refuse = ""


def test_no_value_is_taken_for_another_s() -> None:
    total = 0
    for seed, rate, share in ((1, 0.02, 0.5), (5, 0.2, 0.3), (3, 0.6, 0.2)):
        judge, line = run_virtual(suffer(seed, rate, int(TRANSACTIONS * share)))
        print(
            f"rate {rate}: {judge.total} transactions, {judge.good} readings, {judge.older} dated older; {dict(line.done)}"
        )
        assert judge.wrong == []
        assert judge.good > judge.total * (1 - rate) * 0.4
        assert all(line.done[fault] > 100 for fault in FAULTS if fault != "none" and rate > 0.1)
        assert len(judge.changes) >= 2 or rate < 0.1
        total += judge.total
    assert total >= TRANSACTIONS
