"""Records to InfluxDB line protocol: a measurement for each kind of device, a line for each outlet. Pure.

Every number, switch and state is a float field, always: a field that changes its type is refused by the database for
good. The one exception is declared here: an event's `seq` is an integer, its `id` and `body` are strings.
"""

from __future__ import annotations

import json
import re
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.model.scan import Quality
from gateway.profile.codec import plausible, unpacker
from gateway.uplink.encode import number_format, words_of
from gateway.uplink.outgoing import read_body
from gateway.uplink.topic import level

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.model.device import Point
    from gateway.model.layout import Layout
    from gateway.uplink.settings import Identity
    from gateway.uplink.source import Batch, StoredEvent

_FIELD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_WHOLE = "%d"


class _Line(NamedTuple):
    """One line of a layout: its constant beginning, the fields, and where their values stand."""

    head: str
    fields: tuple[str, ...]
    places: tuple[int, ...]
    pick: Callable[[Sequence[Any]], tuple[Any, ...]]
    text: str


class LineTemplate:
    """Made once for a layout. Raises `ValueError` for names that would need escaping, which no profile has."""

    def __init__(self, layout: Layout, identity: Identity) -> None:
        self._read = plausible(unpacker(layout.block, layout.points))
        site, gateway, device = level(identity.site), level(identity.gateway), level(layout.device)
        block = layout.block
        tags = f"device={device},gateway={gateway},site={site}"
        self._failed = f"scan,block={block.table}-{block.address}-{block.count},{tags} quality="
        places: dict[int | None, list[int]] = {}
        for place, point in enumerate(layout.points):
            places.setdefault(point.outlet, []).append(place)
        kind = level(layout.kind)
        self._lines = []
        for outlet, own in places.items():
            tag = "" if outlet is None else f",outlet={outlet:02d}"
            fields = tuple(_field(layout.points[place]) for place in own)
            text = ",".join(fields)
            head = f"{kind},device={device},gateway={gateway}{tag},site={site} "
            self._lines.append(_Line(head, fields, tuple(own), _pick(own), text))

    def lines(self, ts_ms: int, raw: bytes) -> list[str]:
        """Return the lines of a good scan; a value that is none has no field, a line without fields is left out."""
        values = self._read(raw)
        if None in values:
            return self._partial(ts_ms, values)
        return [f"{line.head}{line.text % line.pick(values)} {ts_ms}" for line in self._lines]

    def failed(self, ts_ms: int, quality: Quality) -> list[str]:
        """Return the line of a scan that brought no data: its quality as a number, so that the gap can be seen."""
        return [f"{self._failed}{float(quality)} {ts_ms}"]

    def _partial(self, ts_ms: int, values: Sequence[float | None]) -> list[str]:
        found = []
        for line in self._lines:
            fields = zip(line.fields, line.places, strict=True)
            texts = [field % values[place] for field, place in fields if values[place] is not None]
            if texts:
                found.append(f"{line.head}{','.join(texts)} {ts_ms}")
        return found


def _pick(places: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Return what takes these values as a tuple; itemgetter gives a bare value for a single place."""
    if len(places) == 1:
        place = places[0]
        return lambda values: (values[place],)
    return itemgetter(*places)


def _field(point: Point) -> str:
    name = point.name.rpartition("/")[2]
    if not _FIELD.fullmatch(name):
        raise ValueError(f"{name!r} cannot be the name of a field")
    return f"{name}={_WHOLE if words_of(point) is not None else number_format(point)}"


def of_batch(batch: Batch, made: Mapping[tuple[str, int], LineTemplate | None]) -> tuple[list[list[str]], int]:
    """Return the lines of each scan, and how many scans have a layout that cannot be known."""
    found, unknown = [], 0
    offset_ms = batch.at.ts_ms - batch.at.mono_s * 1000.0
    for scan in batch.scans:
        template = made.get((batch.boot, scan.layout_id))
        ts_ms = round(offset_ms + scan.taken_s * 1000.0)
        if template is None:
            unknown += 1
        elif scan.quality == Quality.GOOD:
            found.append(template.lines(ts_ms, scan.raw))
        else:
            found.append(template.failed(ts_ms, Quality(scan.quality)))
    return found, unknown


def of_event(event: StoredEvent, identity: Identity) -> list[str]:
    """Return the line of an event; free text is escaped by the library."""
    import influxdb_client  # noqa: PLC0415 - an extra

    target, body = read_body(event.body)
    device, _, outlet = target.partition("/")
    library: Any = influxdb_client
    point = library.Point("event").tag("site", identity.site).tag("gateway", identity.gateway).tag("kind", event.kind)
    point = point.tag("device", device).tag("outlet", outlet.removeprefix("outlet-"))
    point = point.field("seq", event.seq).field("id", event.id)
    point = point.field("body", json.dumps(body, separators=(",", ":"), ensure_ascii=False))
    return [point.time(event.at.ts_ms, library.WritePrecision.MS).to_line_protocol()]
