"""What an uplink consumes: the log, as far as a consumer sees it. The application passes objects that fit.

Record numbers grow in each stream; a consumer's offset is the last number that it has acknowledged with all before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

StreamName = Literal["event", "reading"]
EVENT: StreamName = "event"
READING: StreamName = "reading"


class Moment(Protocol):
    """One moment on both clocks. `clock` says how far `ts_ms` can be believed: 0 unset, 1 held, 2 synchronised."""

    @property
    def ts_ms(self) -> int: ...
    @property
    def clock(self) -> int: ...
    @property
    def mono_s(self) -> float: ...


class StoredEvent(Protocol):
    """An event as it was logged. `body` is the JSON object `{"target": ..., "body": {...}}`."""

    @property
    def boot(self) -> str: ...
    @property
    def seq(self) -> int: ...
    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> Moment: ...
    @property
    def body(self) -> bytes: ...


class StoredScan(Protocol):
    """A scan as it was logged; `layout_id` is the log's own number, `quality` a `gateway.model.scan.Quality`."""

    @property
    def layout_id(self) -> int: ...
    @property
    def taken_s(self) -> float: ...
    @property
    def raw(self) -> bytes: ...
    @property
    def quality(self) -> int: ...


@runtime_checkable
class StoredBatch(Protocol):
    """Scans `first_seq`..`last_seq`; `at` ties their monotonic times to wall time."""

    @property
    def boot(self) -> str: ...
    @property
    def first_seq(self) -> int: ...
    @property
    def last_seq(self) -> int: ...
    @property
    def at(self) -> Moment: ...
    def scans(self) -> Sequence[StoredScan]: ...


@runtime_checkable
class Missing(Protocol):
    """These numbers were given and their records are gone; the receiver is told, and the offset moves on."""

    @property
    def stream(self) -> str: ...
    @property
    def first_seq(self) -> int: ...
    @property
    def last_seq(self) -> int: ...


class Batch(NamedTuple):
    """A batch with its scans unpacked, once."""

    boot: str
    first_seq: int
    last_seq: int
    at: Moment
    scans: Sequence[StoredScan]


Record = StoredEvent | Batch | Missing
"""What a consumer meets."""


class Source(Protocol):
    """The log for one consumer. Reading past what is in flight is asked with `after`; nothing is removed by reading."""

    def newest_event(self) -> int:
        """Return the last number given in the event stream; asked often, so it must cost nothing."""

    async def events(self, limit: int, after: int) -> Sequence[StoredEvent | Missing]:
        """Return the next events after `after` or the offset, whichever is later."""

    async def readings(self, limit: int, after: int) -> Sequence[StoredBatch | Missing]:
        """Return the next batches after `after` or the offset, whichever is later."""

    async def replay(
        self, boot: str, stream: StreamName, first: int, last: int, limit: int
    ) -> Sequence[StoredEvent | StoredBatch | Missing]:
        """Return up to `limit` records of a range of one boot again, whoever has acknowledged them."""

    async def layout(self, layout_id: int) -> bytes:
        """Return the description of a layout (`gateway.model.layout`). Raises `KeyError` where it is unknown."""

    async def acknowledge(self, stream: StreamName, seq: int) -> None:
        """Take it that everything up to `seq` has arrived at the sink."""

    async def wait(self, timeout_s: float) -> None:
        """Return when something was committed since the last read, or after `timeout_s` at the latest."""
