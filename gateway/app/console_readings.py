"""Readings of the log for one outlet: decoded slice by slice, for one asker after another, with pauses between."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.model.layout import understand
from gateway.model.scan import Quality
from gateway.profile.codec import plausible, unpacker
from gateway.store.log import last_of
from gateway.store.record import ReadingBatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.console.buckets import Buckets
    from gateway.profile.codec import Values
    from gateway.store.log import Log

WANTED = ("current", "power", "temperature")
LATE_MS = 15_000
"""How long after they were taken readings may be stored."""

PAUSE_S = 0.002
"""After each slice everybody else comes first."""


class _Picker:
    """What a layout has of one outlet: where its values stand, by their name."""

    def __init__(self, description: bytes, target: str) -> None:
        layout = understand(description)
        device, _, outlet = target.partition("/")
        names = {f"{outlet}/{name}": name for name in WANTED}
        found = [(place, point) for place, point in enumerate(layout.points) if point.name in names]
        self.places = [] if layout.device != device else [(place, names[each.name], each.unit) for place, each in found]
        self.read: Callable[[bytes], Values] = plausible(unpacker(layout.block, layout.points))


class LocalReadings:
    """The readings of one gateway."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._alone = asyncio.Lock()

    async def history(self, target: str, buckets: Buckets) -> None:
        """Put what was measured at an outlet into buckets. Raises `GatewayError` while the log is too busy."""
        async with self._alone:
            pickers: dict[int, _Picker] = {}
            after = await self._log.readings_since(buckets.from_ms)
            while records := await self._log.readings(after):
                after = last_of(records[-1]) + 1
                batches = [record for record in records if isinstance(record, ReadingBatch)]
                for batch in batches:
                    await self._take(batch, target, pickers, buckets)
                if batches and batches[-1].at.ts_ms > buckets.to_ms + LATE_MS:
                    return
                await asyncio.sleep(PAUSE_S)

    async def _take(self, batch: ReadingBatch, target: str, pickers: dict[int, _Picker], buckets: Buckets) -> None:
        offset_ms = batch.at.ts_ms - batch.at.mono_s * 1000.0
        for scan in batch.scans():
            if scan.layout_id not in pickers:
                pickers[scan.layout_id] = _Picker((await self._log.layout(scan.layout_id))[2], target)
            picker = pickers[scan.layout_id]
            if not picker.places or scan.quality != Quality.GOOD:
                continue
            values = picker.read(scan.raw)
            for place, name, unit in picker.places:
                if (value := values[place]) is not None:
                    buckets.take(name, unit, offset_ms + scan.taken_s * 1000.0, value)
