"""Fuzz a driver with streams made of frames and damage, and compare it with a plain reading of the rules.

    python -m tests.fuzz.fuzz_driver --driver modbus --frames 1000000 --seed 7

Here is the Modbus driver; the others are in `tests.fuzz.fuzz_vendor`. The harness makes lengths and checksums itself (with pymodbus's framers), so that most bytes get past the first check.
Checked for every stream: nothing raises; each byte comes back once and in order; there is at most one answer, and it
is the one that `plain_answer` finds; nothing grows. A finding prints the seed of its stream and ends with status 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU

from drivers.modbus.driver import ModbusRtu, ModbusTcp
from gateway.sdk import Block, Driver, Refusal, Reply, Table, Write
from gateway.testing.driver_suite import all_bytes, answers
from tests.fuzz import fuzz_vendor
from tests.fuzz.finding import MOST_KEPT_BYTES, Finding, chunks, flipped
from tests.fuzz.vendor_wires import WIRES

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.sdk import Received, Request

MODBUS = "modbus"
READ_FUNCTIONS = {1: Table.COIL, 2: Table.DISCRETE, 3: Table.HOLDING, 4: Table.INPUT}
WRITE_FUNCTIONS = {5: (Table.COIL, False), 6: (Table.HOLDING, False), 15: (Table.COIL, True), 16: (Table.HOLDING, True)}
_RTU = FramerRTU(DecodePDU(False))
_SOCKET = FramerSocket(DecodePDU(False))


def rtu_frame(unit: int, pdu: bytes, tid: int) -> bytes:
    return _RTU.encode(pdu, unit, tid)


def tcp_frame(unit: int, pdu: bytes, tid: int) -> bytes:
    return _SOCKET.encode(pdu, unit, tid & 0xFFFF)


def is_intact_rtu(frame: bytes) -> bool:
    return FramerRTU.compute_CRC(frame[:-2]) == int.from_bytes(frame[-2:], "big")


def is_intact_tcp(frame: bytes) -> bool:
    return len(frame) == 6 + int.from_bytes(frame[4:6], "big")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """A framing as the harness knows it."""

    make: Callable[[], Driver]
    frame: Callable[[int, bytes, int], bytes]
    is_intact: Callable[[bytes], bool]
    before_pdu: int
    after_pdu: int


RTU = Wire(make=ModbusRtu, frame=rtu_frame, is_intact=is_intact_rtu, before_pdu=1, after_pdu=2)
TCP = Wire(make=ModbusTcp, frame=tcp_frame, is_intact=is_intact_tcp, before_pdu=7, after_pdu=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An open request, and all that may answer it."""

    wire: Wire
    request: Request
    function: int
    tid: int
    head: bytes
    refusal: bytes

    def frame(self, pdu: bytes) -> bytes:
        return self.wire.frame(self.request.unit, pdu, self.tid)

    def good(self, random: Random) -> bytes:
        known = self.head[self.wire.before_pdu :]
        return self.frame(known + random.randbytes(self.request.payload_bytes))


def ask(random: Random, wire: Wire, driver: Driver, tid: int) -> Asked:
    """Build a request of any kind with the driver under test; say by the book how its answers begin."""
    function = random.choice((1, 2, 3, 4, 5, 6, 15, 16))
    unit, address = random.randrange(1, 248), random.randrange(0xFF00)
    if function in READ_FUNCTIONS:
        block = Block(READ_FUNCTIONS[function], address, random.choice((1, 2, 8, 12, 40, 125)))
        request = driver.read(unit, block)
        known = bytes((function, request.payload_bytes))
    else:
        table, multiple = WRITE_FUNCTIONS[function]
        values = tuple(random.randrange(2) for _ in range(random.randrange(1, 17) if multiple else 1))
        request = driver.write(unit, Write(table, address, values, multiple=multiple))
        one = (0xFF00 if table is Table.COIL else 1) * values[0]
        known = bytes((function,)) + address.to_bytes(2, "big") + (len(values) if multiple else one).to_bytes(2, "big")
    good = wire.frame(unit, known + bytes(request.payload_bytes), tid)
    refused = wire.frame(unit, bytes((function | 0x80, 0)), tid)
    return Asked(
        wire=wire,
        request=request,
        function=function,
        tid=tid,
        head=good[: wire.before_pdu + len(known)],
        refusal=refused[: wire.before_pdu + 1],
    )


def plain_answer(asked: Asked, stream: bytes) -> bytes | None:
    """Return the frame that is the answer: the earliest fitting one that is intact; None behind an unfinished one."""
    at = stream.find(asked.head[0])
    while at >= 0:
        rest = stream[at:]
        for begin, size in (
            (asked.head, asked.request.reply_bytes),
            (asked.refusal, asked.wire.before_pdu + 2 + asked.wire.after_pdu),
        ):
            if begin.startswith(rest[: len(begin)]):
                if len(rest) < size:
                    return None
                if asked.wire.is_intact(rest[:size]):
                    return rest[:size]
                break
        at = stream.find(asked.head[0], at + 1)
    return None


def piece(random: Random, asked: Asked) -> bytes:
    """Make one frame or one kind of damage."""
    return random.choice(PIECES)(random, asked, asked.good(random))


def refused(random: Random, asked: Asked, good: bytes) -> bytes:
    del good
    return asked.frame(bytes((asked.function | 0x80, random.randrange(1, 12))))


def neighbour(random: Random, asked: Asked, good: bytes) -> bytes:
    """Make an intact frame that is no good reply: another unit, or another shape or time of the same."""
    del good
    size = 2 * random.randrange(1, 60)
    pdu = bytes((random.choice((asked.function, 1, 2, 3, 4)), size)) + random.randbytes(size)
    if random.randrange(2):
        return asked.wire.frame(random.randrange(1, 248), pdu, asked.tid)
    return asked.wire.frame(asked.request.unit, pdu, asked.tid - random.randrange(3))


PIECES: tuple[Callable[[Random, Asked, bytes], bytes], ...] = (
    lambda _random, _asked, good: good,
    lambda _random, _asked, good: good,
    lambda random, _asked, good: flipped(random, good),
    lambda random, _asked, good: good[: random.randrange(len(good))],
    lambda random, _asked, good: good[random.randrange(len(good)) :],
    lambda random, asked, _good: asked.head[: random.randrange(1, len(asked.head) + 1)],
    lambda _random, asked, _good: asked.request.frame,
    lambda random, _asked, _good: random.randbytes(random.randrange(40)),
    refused,
    lambda random, asked, good: flipped(random, refused(random, asked, good)),
    neighbour,
    neighbour,
)


def judge(driver: Driver, asked: Asked, parts: list[bytes]) -> None:
    """Feed one stream through the open window and check everything that is promised of it."""
    received: list[Received] = []
    fed = returned = 0
    for part in parts:
        fresh = driver.receive(part)
        received += fresh
        fed += len(part)
        returned += len(all_bytes(fresh))
        if fed - returned > MOST_KEPT_BYTES:
            raise Finding(f"{fed - returned} bytes kept")
    received += driver.close()
    stream = b"".join(parts)
    if all_bytes(received) != stream:
        raise Finding(f"bytes lost or moved: {received}")
    expected = plain_answer(asked, stream)
    found = answers(received)
    if [one.frame for one in found] != ([] if expected is None else [expected]):
        raise Finding(f"expected {expected!r}, found {found}")
    for one in found:
        _check_answer(asked, one)


def _check_answer(asked: Asked, one: Reply | Refusal) -> None:
    data = one.frame[asked.wire.before_pdu + 2 : len(one.frame) - asked.wire.after_pdu]
    if isinstance(one, Refusal):
        if one.code != one.frame[asked.wire.before_pdu + 1]:
            raise Finding(f"wrong code: {one}")
    elif one.payload != (data if asked.function in READ_FUNCTIONS else b""):
        raise Finding(f"wrong payload: {one}")


def run(*, name: str, frames: int, seed: int, progress: Callable[[int], None] | None = None) -> int:
    """Fuzz a driver until `frames` frames have been fed; return how many streams that took. Raises `Finding`."""
    if name != MODBUS:
        return fuzz_vendor.run(name=name, frames=frames, seed=seed, progress=progress)
    drivers = {RTU: (RTU.make(), [0]), TCP: (TCP.make(), [0])}
    fed = streams = 0
    while fed < frames:
        random = Random(f"{seed}:{streams}")  # noqa: S311 - samples, not secrets
        wire = RTU if streams % 4 else TCP
        driver, issued = drivers[wire]
        issued[0] += 1
        asked = ask(random, wire, driver, issued[0] & 0xFFFF)
        pieces = [piece(random, asked) for _ in range(random.randrange(1, 6))]
        driver.open(asked.request)
        try:
            judge(driver, asked, chunks(random, b"".join(pieces)))
        except Exception as error:
            raise Finding(f"seed {seed}, stream {streams}: {error}") from error
        fed += len(pieces)
        streams += 1
        if progress is not None and streams % 10_000 == 0:
            progress(fed)
    return streams


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--driver", choices=(MODBUS, *WIRES), default=MODBUS)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = time.perf_counter()

    def progress(fed: int) -> None:
        rate = fed / (time.perf_counter() - start)
        print(f"\r{fed:>10,} frames, {rate:,.0f}/s", end="", file=sys.stderr, flush=True)

    try:
        streams = run(name=options.driver, frames=options.frames, seed=options.seed, progress=progress)
    except Finding as finding:
        print(f"\n{finding}", file=sys.stderr)
        return 1
    seconds = time.perf_counter() - start
    print(
        f"\n{options.driver}: {options.frames:,} frames in {streams:,} streams, {seconds:.1f} s, {options.frames / seconds:,.0f} frames/s: no finding",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
