"""The window of one request: finds its answer among the bytes that come, and says what the others were.

The answer is the earliest place in the window where a fitting header stands and the checksum is right. A place whose
header fits so far is waited for; bytes before it are named as soon as they can no longer be part of the answer.
Everything that is received comes back once, in order: in the answer or in a `Skipped`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.sdk import Noise, Received, Refusal, Reply, Request, Skipped

if TYPE_CHECKING:
    from drivers.modbus.frames import Framing

MOST_KEPT_BYTES = 520
"""Twice the longest frame: a babbling line cannot make more of it."""

_UNOPENED = Request(unit=0, frame=bytes(12), reply_bytes=0, is_write=False)
_NO_HEAD = b"no frame begins so"


class Window:
    """The bytes of one half-duplex line, judged against one request at a time."""

    __slots__ = ("_at", "_framing", "_head", "_is_broken", "_is_open", "_kept", "_refusal", "_request", "_walked")

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._kept = bytearray()
        self._at = 0  # earliest place where the answer may yet begin
        self._walked = 0  # bytes of no frame before this place
        self._is_broken = False
        self._is_open = False
        self._request = _UNOPENED
        self._head = self._refusal = _NO_HEAD

    def open(self, request: Request) -> None:
        self._forget()
        self._request = request
        self._head = self._framing.answer_head(request.frame, request.payload_bytes)
        self._refusal = self._framing.refusal_head(request.frame)
        self._is_open = request.reply_bytes > 0

    def receive(self, data: bytes) -> tuple[Received, ...]:
        kept = self._kept
        kept += data
        if not self._is_open:
            return self.close()
        answer = self._seek()
        if answer is not None:
            return self._finish(answer)
        is_hopeless = self._is_broken and self._at == len(kept)
        passed = self._pass_over(is_final=is_hopeless or len(kept) > MOST_KEPT_BYTES)
        if is_hopeless:
            self._is_broken = False
        return tuple(passed)

    def close(self) -> tuple[Skipped, ...]:
        self._at = len(self._kept)
        self._is_open = False
        passed = self._pass_over(is_final=True)
        self._forget()
        return tuple(passed)

    def _forget(self) -> None:
        self._kept.clear()
        self._at = self._walked = 0
        self._is_broken = False

    def _finish(self, answer: Reply | Refusal) -> tuple[Received, ...]:
        """End the window with its answer; what follows in it is passed over."""
        before = self._pass_over(is_final=True) if self._at else ()
        del self._kept[: len(answer.frame)]
        return (*before, answer, *self.close())

    def _seek(self) -> Reply | Refusal | None:
        """Move to the earliest place where the answer begins or may yet begin; return it if it is complete."""
        kept, head, refusal = self._kept, self._head, self._refusal
        first = head[0]
        at = kept.find(first, self._at)
        while at >= 0:
            is_reply = head.startswith(kept[at : at + len(head)])
            if is_reply or refusal.startswith(kept[at : at + len(refusal)]):
                size = self._request.reply_bytes if is_reply else self._framing.refusal_bytes
                if len(kept) - at < size:
                    self._at = at
                    return None
                frame = bytes(kept[at : at + size])
                if self._framing.is_intact(frame):
                    self._at = at
                    return self._reply(frame) if is_reply else Refusal(frame[len(refusal)], frame)
                self._is_broken = self._is_broken or (is_reply and not self._is_echo(frame))
            at = kept.find(first, at + 1)
        self._at = len(kept)
        return None

    def _reply(self, frame: bytes) -> Reply:
        begin = self._framing.payload_at
        return Reply(frame[begin : begin + self._request.payload_bytes], frame)

    def _is_echo(self, frame: bytes) -> bool:
        """Tell whether this is what the adapter hears of our own request: it can begin like the reply."""
        return self._request.frame.startswith(frame)

    def _pass_over(self, *, is_final: bool) -> list[Skipped]:
        """Name the bytes before the place where the answer may yet begin, and drop them.

        Unless `is_final`, it stops where a frame of another may still be completing, and does not call a reply
        broken while a later one may come: a bus takes that as a reason to stop listening.
        """
        kept, end = self._kept, self._at
        passed: list[Skipped] = []
        begin, at = 0, self._walked
        while at < end:
            size = self._framing.measure(kept, at)
            is_whole = at + size <= end
            if not is_whole and not is_final:
                break
            noise = self._name(bytes(kept[at : at + size])) if size and is_whole else None
            if noise is None:
                at += 1
                continue
            if noise is Noise.CRC and not is_final and end < len(kept):
                break
            if begin < at:
                passed.append(Skipped(Noise.GARBAGE, bytes(kept[begin:at])))
            passed.append(Skipped(noise, bytes(kept[at : at + size])))
            begin = at = at + size
        if is_final and begin < end:
            passed.append(Skipped(Noise.GARBAGE, bytes(kept[begin:end])))
            begin = at = end
        del kept[:begin]
        self._at, self._walked = end - begin, at - begin
        return passed

    def _name(self, frame: bytes) -> Noise | None:
        """Say what a run of bytes with the length of a frame is; None if it is no frame."""
        if self._framing.is_intact(frame):
            return self._framing.judge(frame, self._request.frame)
        is_ours = frame.startswith((self._head, self._refusal)) and not self._is_echo(frame)
        return Noise.CRC if is_ours else None
