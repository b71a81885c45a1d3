"""How far each consumer has been acknowledged in each stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.store.record import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.store.database import Transaction
    from gateway.store.notes import Notes

_SEQ_BYTES = 8


class Consumers:
    """Offsets move in memory at once and ride with the next commit.

    After a crash a consumer may see a record twice; it never misses one.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._offsets: dict[str, dict[Stream, int]] = {}
        self._unsaved: set[tuple[str, Stream]] = set()
        for name, value in notes.of_kind("offset").items():
            stream, _, consumer = name.partition("/")
            self._offsets.setdefault(consumer, {})[Stream(stream)] = int.from_bytes(value, "big")

    @property
    def offsets(self) -> Mapping[str, Mapping[Stream, int]]:
        return self._offsets

    @property
    def unsaved(self) -> bool:
        return bool(self._unsaved)

    def knows(self, consumer: str) -> bool:
        return consumer in self._offsets

    def add(self, work: Transaction, consumer: str, start: Mapping[Stream, int]) -> None:
        """Begin after these numbers."""
        for stream, seq in start.items():
            self._save(work, consumer, stream, seq)
        work.after(lambda: self._offsets.update({consumer: dict(start)}))

    def forget(self, work: Transaction, consumer: str) -> None:
        """Let a sink that is gone for good hold nothing back any more."""
        for stream in Stream:
            self._notes.put(work, "offset", f"{stream}/{consumer}", None)
        work.after(lambda: self._remove(consumer))

    def offset(self, consumer: str, stream: Stream) -> int:
        """Return the last number that this consumer has acknowledged; KeyError where it is unknown."""
        return self._offsets[consumer][stream]

    def ack(self, consumer: str, stream: Stream, seq: int) -> None:
        """Everything up to `seq` has arrived; an older number changes nothing."""
        if seq > self.offset(consumer, stream):
            self._offsets[consumer][stream] = seq
            self._unsaved.add((consumer, stream))

    def lowest(self, stream: Stream, otherwise: int) -> int:
        """Return what every consumer has acknowledged; `otherwise` where there is no consumer."""
        return min((offsets[stream] for offsets in self._offsets.values()), default=otherwise)

    def highest(self, stream: Stream) -> int:
        """Return the largest number that any consumer has been told."""
        return max((offsets[stream] for offsets in self._offsets.values()), default=0)

    def save(self, work: Transaction) -> None:
        """Let the offsets that moved ride with this transaction."""
        moved = self._unsaved.copy()
        for consumer, stream in moved:
            self._save(work, consumer, stream, self._offsets[consumer][stream])
        work.after(lambda: self._unsaved.difference_update(moved))

    def _save(self, work: Transaction, consumer: str, stream: Stream, seq: int) -> None:
        self._notes.put(work, "offset", f"{stream}/{consumer}", seq.to_bytes(_SEQ_BYTES, "big"))

    def _remove(self, consumer: str) -> None:
        self._offsets.pop(consumer, None)
        self._unsaved = {entry for entry in self._unsaved if entry[0] != consumer}
