"""Scans to the text that travels: one template for each layout, filled in one go. Pure.

A telemetry message carries several scans of one block, column by column: `seq[i]`, `ts[i]` and every `values[name][i]`
belong together. Each scan keeps its own `seq`, so a receiver proves gaps and duplicates by (boot, seq).
"""

from __future__ import annotations

import json
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.model.device import PointType
from gateway.profile.codec import plausible, unpacker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.device import Point
    from gateway.model.layout import Layout
    from gateway.model.scan import Quality
    from gateway.profile.codec import Values

CLOCKS = ("unset", "held", "synced")
_CLOCK_TEXTS = (',"clock":"unset"', ',"clock":"held"', "")
_TEXTS_KEPT = 1024
_MOST_DECIMALS = 9
_BITS_A_WORD = 16


class Dated(NamedTuple):
    """A scan with its number in the log and its wall time in ms."""

    seq: int
    ts_ms: int
    raw: bytes


class Template:
    """Made once for a layout, used for each message of it."""

    def __init__(self, layout: Layout) -> None:
        block = layout.block
        self._read = plausible(unpacker(layout.block, layout.points))
        self._block = f"{block.table}-{block.address}-{block.count}"
        self._names = [json.dumps(point.name) for point in layout.points]
        self._formats = [number_format(point) for point in layout.points]
        words = ((place, words_of(point)) for place, point in enumerate(layout.points))
        self._words = [(place, texts) for place, texts in words if texts is not None]
        self._quick: dict[int, str] = {}

    def telemetry(self, boot: str, clock: int, scans: Sequence[Dated]) -> bytes:
        """Return the message of one or more good scans; `quality` is there, `partial`, when a value is not."""
        rows = [self._read(scan.raw) for scan in scans]
        if any(None in row for row in rows):
            return self._partial(boot, clock, scans, rows)
        if self._words:
            rows = [self._worded(row) for row in rows]
        count = len(scans)
        text = self._quick.get(count) or self._prepare(count)
        seqs, stamps, _ = zip(*scans, strict=True)
        return (
            text % (boot, _CLOCK_TEXTS[clock], *seqs, *stamps, *chain.from_iterable(zip(*rows, strict=True)))
        ).encode()

    def failed(self, boot: str, clock: int, scans: Sequence[Dated], quality: Quality) -> bytes:
        """Return the message of scans that brought no data: no values, and the reason as `quality`."""
        return self._message(boot, clock, scans, quality_word(quality), None)

    def _prepare(self, count: int) -> str:
        names = [name.replace("%", "%%") for name in self._names]
        columns = ((name, ",".join([form] * count)) for name, form in zip(names, self._formats, strict=True))
        numbers = ",".join(["%d"] * count)
        body = ",".join(f"{name}:[{column}]" for name, column in columns)
        text = f'{{"v":1,"boot":"%s"%s,"block":"{self._block}","seq":[{numbers}],"ts":[{numbers}],"values":{{{body}}}}}'
        self._quick[count] = text
        return text

    def _worded(self, row: Values) -> Values:
        worded: list[Any] = list(row)
        for place, texts in self._words:
            worded[place] = texts[worded[place]]
        return tuple(worded)

    def _partial(self, boot: str, clock: int, scans: Sequence[Dated], rows: Sequence[Values]) -> bytes:
        words = dict(self._words)
        columns = []
        for place, (name, form) in enumerate(zip(self._names, self._formats, strict=True)):
            texts = words.get(place)
            cells = [
                "null" if (at := row[place]) is None else form % (at if texts is None else texts[at]) for row in rows
            ]
            columns.append(f"{name}:[{','.join(cells)}]")
        return self._message(boot, clock, scans, "partial", ",".join(columns))

    def _message(self, boot: str, clock: int, scans: Sequence[Dated], quality: str, body: str | None) -> bytes:
        return undecoded(boot, clock, scans, quality, self._block, "" if body is None else f',"values":{{{body}}}')


def undecoded(boot: str, clock: int, scans: Sequence[Dated], quality: str, block: str, rest: str = "") -> bytes:
    """Return a message of scans with a quality other than good."""
    seqs = ",".join(str(scan.seq) for scan in scans)
    stamps = ",".join(str(scan.ts_ms) for scan in scans)
    head = f'{{"v":1,"boot":"{boot}"{_CLOCK_TEXTS[clock]},"block":"{block}"'
    return f'{head},"seq":[{seqs}],"ts":[{stamps}],"quality":"{quality}"{rest}}}'.encode()


def quality_word(quality: Quality) -> str:
    """Return a quality as it is published."""
    return quality.name.lower().replace("_", "-")


def number_format(point: Point) -> str:
    """Return how a point's number is written: as many decimals as its scale has, seven digits for a float."""
    if words_of(point) is not None:
        return "%s"
    if point.type is PointType.F32:
        return "%.7g"
    decimals = max(_decimals(point.scale), _decimals(point.offset))
    return f"%.{decimals}f" if decimals else "%d"


def _decimals(number: float) -> int:
    exponent = Decimal(repr(number)).normalize().as_tuple().exponent
    return min(_MOST_DECIMALS, max(0, -int(exponent)))


class _Texts(dict[float, str]):
    """JSON texts of the values met so far of a point that is no number."""

    def __init__(self, point: Point) -> None:
        super().__init__()
        self._point = point

    def __missing__(self, value: float) -> str:
        if len(self) >= _TEXTS_KEPT:
            self.clear()
        text = self[value] = json.dumps(_meaning(self._point, int(value)))
        return text


def words_of(point: Point) -> _Texts | None:
    """Return the texts of a switch, a state or a set of flags; None for a point that is a number."""
    if point.type is PointType.BIT or point.table.is_bits:
        return _Texts(point)
    return _Texts(point) if point.type in (PointType.ENUM, PointType.BITS) and point.labels else None


def _meaning(point: Point, raw: int) -> bool | str | list[str]:
    if point.type is PointType.ENUM:
        return point.labels.get(raw, f"unknown-{raw}")
    if point.type is PointType.BITS:
        return [point.labels.get(bit, f"bit-{bit}") for bit in range(_BITS_A_WORD) if raw >> bit & 1]
    return bool(raw)
