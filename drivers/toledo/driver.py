"""Mettler-Toledo continuous output: an indicator that sends its display about 7 times a second, with checksum.

Register map; a read listens for the next frame, nothing is sent for it:

    table  address  meaning
    input  0        displayed weight, s32, whole grams (kg, g, t and lb are converted)
    input  2        tare, s32, whole grams
    input  4        bit 0: stable; bit 1: the weight is net; bit 2: not zeroed since power-up; bit 3: print was pressed
    coil   0        write 1: tare (sends T)
    coil   1        write 1: zero (sends Z)
    coil   2        write 1: clear the tare (sends C)

Nobody answers a write: its effect is seen in the next frames. A display out of range, without digits, in an unknown
unit or in the expanded mode (ten times finer) is no weight: it counts as refused, with the codes below. The indicator
must be set to send its checksum. A line has one indicator, and its unit is 1.

Sources: Rice Lake 680 manual, page 64; WildCat technical manual, 6-4; KERN FTC (inputs P, T, Z, C with CR LF).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.toledo import frames
from gateway.sdk import Block, DriverError, FrameWindow, Noise, Refusal, Reply, Request, Table, Write

if TYPE_CHECKING:
    from gateway.sdk import Received, Report, Skipped

UNIT = 1
OUT_OF_RANGE, NO_WEIGHT, EXPANDED = 1, 2, 3

INPUTS = (b"T\r\n", b"Z\r\n", b"C\r\n")
"""What the coils send, by address."""

_WORDS = 5
_LARGEST_G = 2**31 - 1


class Toledo:
    """A line with one indicator. Implements `gateway.sdk.Driver`."""

    cuts_blocks = False

    def __init__(self) -> None:
        self._window = FrameWindow(_Framing())

    def read(self, unit: int, block: Block) -> Request:
        _check_unit(unit)
        if block.table is not Table.INPUT or not 0 <= block.address < block.end <= _WORDS:
            raise DriverError(f"a display has the input registers 0..{_WORDS - 1}, not {block}")
        return Request(
            unit=unit,
            frame=b"",
            reply_bytes=frames.FRAME_BYTES,
            is_write=False,
            payload_bytes=block.payload_bytes,
            asks=block,
        )

    def write(self, unit: int, write: Write) -> Request:
        _check_unit(unit)
        if write.table is not Table.COIL or not 0 <= write.address < len(INPUTS) or write.values != (1,):
            raise DriverError(f"an indicator is told by writing 1 to a coil 0..{len(INPUTS) - 1}, not by {write}")
        return Request(unit=unit, frame=INPUTS[write.address], reply_bytes=0, is_write=True, asks=write)

    def open(self, request: Request) -> None:
        self._window.open(request)

    def receive(self, data: bytes) -> tuple[Received, ...]:
        return self._window.receive(data)

    def close(self) -> tuple[Skipped | Report, ...]:
        return self._window.close()


class _Framing:
    """Implements `gateway.sdk.Framing`."""

    def heads(self, request: Request) -> tuple[bytes, ...]:
        return (bytes((frames.STX,)),) if request.listens else ()

    def measure(self, kept: bytearray, at: int) -> int:
        return frames.measure(kept, at)

    def is_intact(self, frame: bytes) -> bool:
        return frames.is_intact(frame)

    def answer(self, frame: bytes, request: Request) -> Reply | Refusal | None:
        shown = frames.display(frame)
        refusal = _why_no_weight(shown)
        if refusal or not isinstance(request.asks, Block):
            return Refusal(refusal, frame)
        block, words = request.asks, _words(shown)
        return Reply(words[2 * block.address : 2 * block.end], frame)

    def judge(self, frame: bytes, request: Request) -> Noise:
        """Judge a good frame that nobody listened for: the next one will do."""
        del frame, request
        return Noise.LATE


def _why_no_weight(shown: frames.Display) -> int:
    if shown.is_out_of_range:
        return OUT_OF_RANGE
    if shown.weight_g is None or shown.tare_g is None or max(abs(shown.weight_g), shown.tare_g) > _LARGEST_G:
        return NO_WEIGHT
    return EXPANDED if shown.is_expanded else 0


def _words(shown: frames.Display) -> bytes:
    bits = (shown.is_stable, shown.is_net, shown.is_not_zeroed, shown.wants_print)
    status = sum(is_set << bit for bit, is_set in enumerate(bits))
    weights = (shown.weight_g or 0, shown.tare_g or 0)
    return b"".join(grams.to_bytes(4, "big", signed=True) for grams in weights) + status.to_bytes(2, "big")


def _check_unit(unit: int) -> None:
    if unit != UNIT:
        raise DriverError(f"unit {unit}: an indicator has no address, its unit is {UNIT}")
