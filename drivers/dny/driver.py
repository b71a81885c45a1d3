"""DNY piles (AP3000 family) on RS-485, with this gateway as their host. The unit is the pile's physical id.

Those that dial in over TCP are in `drivers.dny.server`. The physical id is the number under the QR code with the pile's
kind in the top byte: `kind * 16777216 + number`, kind 3 single, 4 double, 5 ten ports, 6 sixteen, 7 twelve. The host
gives each pile leave to speak in turn, by its virtual id (0..49, as its registration tells, or as it is found by
trying); the pile tells what it wishes, or nothing. So everything that piles measure is pushed: it comes as messages
(`drivers.dny.messages`), becomes blocks of the register map (`drivers.dny.image`), and what is not in this very message
enters no reading. A pile that has said nothing for `QUIET_S` counts as silent: it should send a heartbeat every 180 s.

What it is told goes to its physical id at once (`drivers.dny.commands`). The sources do not say whether a pile answers
a command before it is polled again: here it must, within the profile's turnaround and `PATIENCE_S`. Nor do they say
how a host hands out virtual ids, so this one gives none and says so in its polls (message id 0).

Source: host-to-server protocol V2.9, clause 4.0; AP3000 device-to-server protocol V8.6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.dny import commands, frames, image
from drivers.dny.messages import ANSWERED, CARD, TELLING, report_of
from drivers.dny.piles import Piles
from gateway.sdk import Block, DriverError, FrameWindow, Noise, Refusal, Reply, Request, Table, Write

if TYPE_CHECKING:
    from gateway.sdk import Received, Report, Skipped

QUIET_S = 400.0
"""Two heartbeats of 180 s that do not come, and some."""

PATIENCE_S = 1.0
"""What a pile has beyond its turnaround to carry out a command: a start may check the load first. Assumed."""

LONGEST_MESSAGE_BYTES = 104
"""The largest message of a pile with 16 ports (01)."""

_MESSAGES = 0x10000


class DnyHost:
    """A line of piles. Implements `gateway.sdk.Driver`."""

    cuts_blocks = False
    patience_s = PATIENCE_S
    reading_quiet_s = 0.0

    def __init__(self) -> None:
        self._piles = Piles()
        self._framing = _Framing(self._piles)
        self._window = FrameWindow(self._framing, self._framing.report)
        self._message = 0

    def read(self, unit: int, block: Block) -> Request:
        _check_unit(unit)
        self._piles.serve(unit)
        if block == image.SAID:
            return self._poll(unit, block)
        if block.table is Table.INPUT and any(pushed.contains(block) for pushed in image.PUSHED):
            return self._pushed(unit, block)
        return self._command(unit, block, commands.asking_of(block))

    def write(self, unit: int, write: Write) -> Request:
        _check_unit(unit)
        command = write.address >> 8
        if command in ANSWERED or command == CARD:
            message = int.from_bytes(write.data[:2], "little")
            data = commands.answer_to_card(write) if command == CARD else commands.answer_of(write)
            frame = frames.frame(unit, message, command, data)
            return Request(unit=unit, frame=frame, reply_bytes=0, is_write=True, asks=write)
        running = self._piles.order_of(unit, (write.address & 0xFF) // 2)
        return self._command(unit, write, commands.command_of(write, running))

    def open(self, request: Request) -> None:
        self._framing.answered = b""
        if request.asks == image.SAID and not request.listens:
            self._piles.polled(request.unit)
        self._window.open(request)

    def receive(self, data: bytes) -> tuple[Received, ...]:
        return self._window.receive(data)

    def close(self) -> tuple[Skipped | Report, ...]:
        return self._window.close()

    def _pushed(self, unit: int, block: Block) -> Request:
        return Request(
            unit=unit,
            frame=b"",
            reply_bytes=0,
            is_write=False,
            payload_bytes=block.payload_bytes,
            asks=block,
            quiet_s=QUIET_S,
        )

    def _poll(self, unit: int, block: Block) -> Request:
        virtual = self._piles.virtual_id(unit)
        return Request(
            unit=unit,
            frame=frames.frame(0, 0, frames.POLL, bytes((virtual,))),
            reply_bytes=LONGEST_MESSAGE_BYTES,
            is_write=False,
            payload_bytes=block.payload_bytes,
            asks=block,
            quiet_s=QUIET_S,
        )

    def _command(self, unit: int, asks: Block | Write, command: commands.Command) -> Request:
        self._message = self._message % (_MESSAGES - 1) + 1
        return Request(
            unit=unit,
            frame=frames.frame(unit, self._message, command.command, command.data),
            reply_bytes=frames.AROUND_DATA_BYTES + command.reply_bytes if command.reply_bytes else 0,
            is_write=isinstance(asks, Write),
            payload_bytes=asks.payload_bytes if isinstance(asks, Block) else 0,
            asks=asks,
            quiet_s=0.0 if isinstance(asks, Write) else self.reading_quiet_s,
            patience_s=self.patience_s,
        )


class _Framing:
    """Implements `gateway.sdk.Framing`. `answered` is the frame that has answered the last request, if any."""

    def __init__(self, piles: Piles) -> None:
        self._piles = piles
        self.answered = b""

    def heads(self, request: Request) -> tuple[bytes, ...]:
        return (frames.LETTERS,) if request.frame else ()

    def measure(self, kept: bytearray, at: int) -> int:
        return frames.measure(kept, at)

    def is_intact(self, frame: bytes) -> bool:
        return frames.is_intact(frame)

    def answer(self, frame: bytes, request: Request) -> Reply | Refusal | None:
        said, asked = frames.split(frame), frames.split(request.frame)
        is_mine = (said.physical, said.message, said.command) == (asked.physical, asked.message, asked.command)
        found: Reply | Refusal | None = None
        if request.asks == image.SAID:
            found = self._told(frame, said, request)
        elif is_mine and frame != request.frame:
            found = self._done(frame, said, asked, request.asks)
        if found is not None:
            self.answered = frame
        return found

    def report(self, frame: bytes) -> Report | None:
        """Return what a frame tells that is not the answer, or that answer once more."""
        if frame == self.answered:
            return None
        report = report_of(frame)
        if report is not None:
            self._piles.heard(frames.split(frame), None)
        return report

    def judge(self, frame: bytes, request: Request) -> Noise:
        """LATE if the asked pile says it; our own request heard back is no frame of a pile's."""
        if frame == request.frame:
            return Noise.GARBAGE
        said = frames.split(frame)
        return Noise.LATE if said.physical == request.unit else Noise.FOREIGN

    def _told(self, frame: bytes, said: frames.Frame, request: Request) -> Reply | None:
        """Take what a pile tells when it is polled; another pile's words are a report of that one."""
        report = report_of(frame) if said.command in TELLING else None
        if report is None:
            return None
        self._piles.heard(said, frames.split(request.frame).data[0])
        if said.physical != request.unit:
            return None
        return Reply(said.command.to_bytes(2, "big"), frame, report)

    def _done(
        self, frame: bytes, said: frames.Frame, asked: frames.Frame, asks: Block | Write | None
    ) -> Reply | Refusal | None:
        if isinstance(asks, Block):
            payload = commands.payload_of(said.command, said.data, asks)
            return None if payload is None else Reply(payload, frame)
        answer = commands.done(said.command, said.data, asked.data, frame)
        if isinstance(answer, Reply) and said.command == commands.SWITCH and commands.is_start(asked.data):
            self._piles.runs(said.physical, *commands.order_in(asked.data))
        return answer


def _check_unit(unit: int) -> None:
    if not 0 < unit <= frames.LARGEST_ID:
        raise DriverError(f"pile {unit} is outside 1..{frames.LARGEST_ID}")
