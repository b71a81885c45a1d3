"""The frames of the lines that somebody watches: asked of field meanwhile, kept for a while, put into words.

Nothing is asked for, kept or put into words for nobody.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.model.layout import understand
from gateway.model.transaction import Failure
from gateway.profile.codec import plausible, unpacker
from gateway.profile.reading_text import text_of
from gateway.wire.frames import Kind
from gateway.wire.watching import LONGEST_WATCH_S, Watch, encode_watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.edge.times import FieldTime
    from gateway.wire.watching import Seen, Sheaf

KEPT = 1000
"""Frames of a line that are kept: half a minute of a busy one."""

AGAIN_S = LONGEST_WATCH_S / 3
"""So often field is asked anew while somebody looks."""

Row = dict[str, Any]


@dataclass(slots=True)
class _Line:
    rows: deque[Row] = field(default_factory=lambda: deque(maxlen=KEPT))
    last: int = 0
    dropped: int = 0
    looked_s: float = 0.0
    asked_s: float = float("-inf")


class Frames:
    """`send` hands a frame to field; `now_s` is edge's monotonic clock."""

    def __init__(self, lines: Sequence[str], send: Callable[[Kind, bytes], None], now_s: Callable[[], float]) -> None:
        self._lines = {name: _Line() for name in lines}
        self._send = send
        self._now_s = now_s
        self._layouts: Mapping[int, str] = {}
        self._readers: dict[int, Callable[[bytes], str]] = {}

    # ------------------------------------------------------------------ from field

    def know(self, layouts: Mapping[int, str]) -> None:
        """Take what field reads: the description of each layout by its number."""
        self._layouts = layouts
        self._readers.clear()
        for line in self._lines.values():
            line.asked_s = float("-inf")  # a new field has not been asked

    def take(self, sheaf: Sheaf, time: FieldTime) -> None:
        """Take what has passed on a line."""
        line = self._lines.get(sheaf.bus)
        if line is None or self._is_left(line):
            return
        line.dropped += sheaf.dropped
        for seen in sheaf.seen:
            for row in self._rows(seen, time):
                line.last += 1
                line.rows.append({"n": line.last} | row)

    # ------------------------------------------------------------------ to those who look

    def look(self, name: str, after: int) -> Row | None:
        """Return the frames of a line after a number, and have more of them told; None for a line that is not here.

        Who knows a number that was never given has met another edge, and gets all that there is.
        """
        line = self._lines.get(name)
        if line is None:
            return None
        now_s = self._now_s()
        for other in self._lines.values():
            if self._is_left(other):
                other.rows.clear()
                other.dropped = 0
        line.looked_s = now_s
        if now_s - line.asked_s >= AGAIN_S:
            line.asked_s = now_s
            self._send(Kind.WATCH, encode_watch(Watch(bus=name, for_s=LONGEST_WATCH_S)))
        known = after if after <= line.last else 0
        return {
            "last": line.last,
            "dropped": line.dropped,
            "frames": [row for row in line.rows if row["n"] > known],
        }

    def kept(self, name: str) -> Sequence[Row] | None:
        """Return the frames of a line as they are, without asking for more; None for a line that is not here."""
        return list(self._lines[name].rows) if name in self._lines else None

    def _is_left(self, line: _Line) -> bool:
        """Return whether nobody looks at a line any more."""
        return self._now_s() - line.looked_s > LONGEST_WATCH_S

    # ------------------------------------------------------------------ into words

    def _rows(self, seen: Seen, time: FieldTime) -> list[Row]:
        """Return one row for what was sent, and one for what came or should have come."""
        about = {"device": seen.device, "kind": seen.kind}
        rows = []
        if seen.request:
            ts = time.moment(seen.sent_s).ts_ms
            rows.append(
                about | {"ts": ts, "way": "out", "bytes": seen.request.hex(" "), "says": seen.what, "why": seen.why}
            )
        if not seen.reply and seen.failure in ("", Failure.QUIET):
            return rows
        came_s = seen.reply_end_s or seen.sent_s
        row = about | {
            "ts": time.moment(came_s).ts_ms,
            "way": "in",
            "bytes": seen.reply.hex(" "),
            "says": self._says(seen),
        }
        if seen.request and seen.reply_end_s:
            row["took_ms"] = round((seen.reply_end_s - seen.sent_s) * 1000, 1)
        if seen.failure:
            row["failure"] = seen.failure
        return [*rows, row]

    def _says(self, seen: Seen) -> str:
        """Return what a reply means, in one line."""
        if seen.failure or (seen.kind == "read" and seen.layout not in self._layouts):
            return ""
        if seen.kind == "report":
            return seen.what
        return self._reader(seen.layout)(seen.payload) if seen.kind == "read" else ""

    def _reader(self, number: int) -> Callable[[bytes], str]:
        if number not in self._readers:
            self._readers[number] = _reader(self._layouts[number])
        return self._readers[number]


def _reader(description: str) -> Callable[[bytes], str]:
    layout = understand(description.encode())
    values, text = plausible(unpacker(layout.block, layout.points)), text_of(layout.points)
    return lambda payload: text(values(payload))
