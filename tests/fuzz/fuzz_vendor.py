"""Feed a driver of another protocol than Modbus with streams made of frames and damage, and check what it owes.

For every stream: nothing raises; each byte comes back once and in order; nothing grows; there is at most one answer, and
it is the earliest frame that answers by the fuzzer's own rules, with the payload that was put into it. No answer is
right only where there is none, or where an unfinished frame before it may still be completing at the stream's end.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from gateway.sdk import Reply
from gateway.testing.driver_suite import all_bytes, answers
from tests.fuzz.finding import MOST_KEPT_BYTES, Finding, chunks, flipped
from tests.fuzz.vendor_wires import WIRES

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.sdk import Driver, Received, Request
    from tests.fuzz.wires.wire import VendorWire


def run(*, name: str, frames: int, seed: int, progress: Callable[[int], None] | None = None) -> int:
    """Fuzz until `frames` frames have been fed; return how many streams that took. Raises `Finding`."""
    wire = WIRES[name]
    driver = wire.make()
    fed = streams = 0
    while fed < frames:
        random = Random(f"{seed}:{name}:{streams}")  # noqa: S311 - samples, not secrets
        request = wire.ask(random, driver)
        payloads: dict[bytes, bytes] = {}
        pieces = [_piece(random, wire, request, payloads) for _ in range(random.randrange(1, 6))]
        try:
            driver.open(request)
            _judge(driver, wire, request, chunks(random, b"".join(pieces)), payloads)
        except Exception as error:
            raise Finding(f"{name}, seed {seed}, stream {streams}: {error!r}") from error
        fed += len(pieces)
        streams += 1
        if progress is not None and streams % 10_000 == 0:
            progress(fed)
    return streams


def _piece(random: Random, wire: VendorWire, request: Request, payloads: dict[bytes, bytes]) -> bytes:
    good, payload = wire.good(random, request)
    payloads[good] = payload
    cut = random.randrange(len(good))
    made = (
        good,
        good,
        good,
        flipped(random, good),
        good[:cut],
        good[cut:],
        random.randbytes(random.randrange(40)),
        request.frame,
        random.choice(wire.neighbours(random, request)),
    )
    return random.choice(made)


def _judge(
    driver: Driver, wire: VendorWire, request: Request, parts: list[bytes], payloads: dict[bytes, bytes]
) -> None:
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
    at, expected = _first_answer(wire, request, stream)
    found = [one.frame for one in answers(received)]
    may_wait = at > len(stream) - request.reply_bytes
    if found != [expected][: len(found)] or (expected is not None and not found and not may_wait):
        raise Finding(f"asked {request.asks}: expected {expected!r} at {at}, found {found} in {stream.hex(' ')}")
    for one in answers(received):
        known = payloads.get(one.frame)
        if known is not None and (not isinstance(one, Reply) or one.payload != known):
            raise Finding(f"expected the payload {known!r} of {request.asks}: {one}")


def _first_answer(wire: VendorWire, request: Request, stream: bytes) -> tuple[int, bytes | None]:
    for at in range(len(stream)):
        frame = wire.whole(request, stream[at:])
        if frame is not None:
            return at, frame
    return len(stream), None
