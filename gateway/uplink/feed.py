"""Reads the log for an uplink: where it stands in each stream, and what the layouts of its scans make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from gateway.model.layout import understand
from gateway.uplink.source import EVENT, Batch, Missing, StoredBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from gateway.model.layout import Layout
    from gateway.uplink.source import Record, Source, StoredEvent, StreamName

T = TypeVar("T")

EVENTS_A_SLICE = 64
BATCHES_A_SLICE = 4
"""Scans of the same block in one slice share messages; four batches of the log hold about a thousand scans."""


class Feed(Generic[T]):
    """One consumer's reading; begins at the acknowledged offsets. `make` gives what the sink needs of a layout."""

    def __init__(self, source: Source, make: Callable[[Layout], T]) -> None:
        self._source = source
        self._make = make
        self._made: dict[tuple[str, int], T | None] = {}
        self._events_to = 0
        self._readings_to = 0

    @property
    def has_events(self) -> bool:
        return self._source.newest_event() > self._events_to

    async def events(self) -> Sequence[StoredEvent | Missing]:
        """Return the next slice of events."""
        records = await self._source.events(EVENTS_A_SLICE, self._events_to)
        if records:
            self._events_to = last_seq(records[-1])
        return records

    async def readings(self) -> Sequence[Batch | Missing]:
        """Return the next slice of readings."""
        records = await self._source.readings(BATCHES_A_SLICE, self._readings_to)
        opened = [_opened(record) if isinstance(record, StoredBatch) else record for record in records]
        if opened:
            self._readings_to = last_seq(opened[-1])
        return opened

    async def again(self, boot: str, stream: StreamName, first: int, last: int) -> Sequence[Record]:
        """Return the first slice of a range, whatever was acknowledged."""
        limit = EVENTS_A_SLICE if stream == EVENT else BATCHES_A_SLICE
        records = await self._source.replay(boot, stream, first, last, limit)
        return [_opened(record) if isinstance(record, StoredBatch) else record for record in records]

    async def layouts(self, records: Iterable[Record]) -> Mapping[tuple[str, int], T | None]:
        """Return what was made of layouts, those of these records among them, by (boot, layout id).

        None stands for a layout that cannot be known.
        """
        for record in records:
            if isinstance(record, Batch):
                for layout_id in {scan.layout_id for scan in record.scans}:
                    if (record.boot, layout_id) not in self._made:
                        self._made[record.boot, layout_id] = await self._understood(layout_id)
        return self._made

    async def _understood(self, layout_id: int) -> T | None:
        try:
            return self._make(understand(await self._source.layout(layout_id)))
        except (KeyError, ValueError):
            return None


def last_seq(record: Record) -> int:
    """Return the last number that a record takes."""
    return record.last_seq if isinstance(record, Batch | Missing) else record.seq


def _opened(batch: StoredBatch) -> Batch:
    return Batch(batch.boot, batch.first_seq, batch.last_seq, batch.at, batch.scans())
