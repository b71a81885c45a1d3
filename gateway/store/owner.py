"""The thread that owns the log. Between two event commits it does at most one slice of anything else."""

from __future__ import annotations

import struct
import threading
import time
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.store.batch import Packed, pack
from gateway.store.errors import LogRefused, Refusal
from gateway.store.logfile import LogFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.model.scan import Scan
    from gateway.store.keeper import Keeper
    from gateway.store.record import NewEvent

    Job = tuple[Callable[[Keeper], Any], Future[Any]]
    Asked = tuple[Sequence[NewEvent], Future[list[int]]]

_EVENTS_A_COMMIT = 64
_EVENT_COMMIT_BYTES = 512 << 10
_SCANS_A_BATCH = 256
_READING_COMMIT_BYTES = 512 << 10
_EVENTS_WAITING_MAX = 1024
_JOBS_WAITING_MAX = 256
_SCANS_WAITING_MAX = 32_768
_PACKED_BYTES_MAX = 4 << 20

T = TypeVar("T")


class Owner:
    """`make` runs in the thread. Readings are committed every `commit_s`, sooner when many wait or `flush` asks."""

    def __init__(self, make: Callable[[], Keeper], commit_s: float) -> None:
        self._make = make
        self._commit_s = commit_s
        self._wake = threading.Condition()
        self._events: deque[Asked] = deque()
        self._jobs: deque[Job] = deque()
        self._ids: list[int] = []
        self._scans: list[Scan] = []
        self._lost = 0
        self._packed: list[Packed] = []
        self._due_s = 0.0
        self._stopping = False
        self._opened: Future[None] = Future()
        self._closed: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)

    def start(self) -> Future[None]:
        """Begin; the future tells when the log is open, or why it is not."""
        self._thread.start()
        return self._opened

    def stop(self) -> Future[None]:
        """Commit what waits and close; done when the thread has let go of the files. Later requests are refused."""
        with self._wake:
            if not self._stopping:
                self._jobs.append((self._stop_now, Future()))
                self._wake.notify()
        return self._closed

    # ------------------------------------------------------------------ asked from outside

    def events(self, events: Sequence[NewEvent]) -> Future[list[int]]:
        """Their numbers, once the disk has them: all of them, or none."""
        future: Future[list[int]] = Future()
        with self._wake:
            self._admit(len(self._events) < _EVENTS_WAITING_MAX)
            self._events.append((events, future))
            self._wake.notify()
        return future

    def do(self, act: Callable[[LogFile], T]) -> Future[T]:
        """Give the result of one short piece of work in the thread, behind the events that wait."""
        return self._ask(lambda keeper: keeper.call(act))

    def flush(self) -> Future[None]:
        """Done when the scans that were offered so far are on the disk; refused if they cannot be stored now."""
        return self._ask(self._flush_now)

    def scans(self, ids: Sequence[int], scans: Sequence[Scan]) -> int:
        """Take scans for the next commit; answers how many there was no room for (they are marked as dropped)."""
        with self._wake:
            room = max(0, _SCANS_WAITING_MAX - len(self._scans))
            self._ids += ids[:room]
            self._scans += scans[:room]
            over = max(0, len(scans) - room)
            self._lost += over
            if len(self._scans) >= _SCANS_WAITING_MAX // 4 and self._due_s:
                self._due_s = 0.0
                self._wake.notify()
        return over

    def lose(self, count: int) -> None:
        """Use up numbers for scans that never arrived, so that receivers see the gap."""
        with self._wake:
            self._lost += count

    def _ask(self, act: Callable[[Keeper], T]) -> Future[T]:
        future: Future[T] = Future()
        with self._wake:
            self._admit(len(self._jobs) < _JOBS_WAITING_MAX)
            self._jobs.append((act, future))
            self._wake.notify()
        return future

    def _admit(self, room: bool) -> None:  # noqa: FBT001 - the answer to the question asked at the call
        if self._stopping:
            raise LogRefused(Refusal.CLOSED)
        if not room:
            raise LogRefused(Refusal.BUSY)

    # ------------------------------------------------------------------ in the thread

    def _run(self) -> None:
        try:
            keeper = self._make()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the one who waits for the log must hear it
            self._end(error)
            self._opened.set_exception(error)
            return
        self._opened.set_result(None)
        reason: BaseException = LogRefused(Refusal.CLOSED)
        try:
            while self._turn(keeper):
                pass
        except BaseException as error:  # noqa: BLE001 - a thread that ends in silence would leave its callers waiting
            reason = error
        try:
            keeper.close()
        finally:
            self._end(reason)
            self._closed.set_result(None)

    def _turn(self, keeper: Keeper) -> bool:
        """One event commit, then one job, then one piece of the readings; False when it is time to end."""
        with self._wake:
            self._wake.wait_for(self._has_work, timeout=max(0.0, self._due_s - time.monotonic()))
            events = self._take_events()
            job = self._jobs.popleft() if self._jobs else None
        if events:
            self._append(keeper, events)
        if job is not None:
            act, future = job
            if future.set_running_or_notify_cancel():
                _resolve(lambda: act(keeper), future)
        if time.monotonic() >= self._due_s:
            self._readings_step(keeper)
        return not self._stopping or bool(self._events or self._jobs)

    def _append(self, keeper: Keeper, taken: Sequence[Asked]) -> None:
        """Commit all at once; if one of them cannot be stored at all, each for itself, so that only it is refused."""
        wanted = [(events, future) for events, future in taken if future.set_running_or_notify_cancel()]
        try:
            seqs = iter(keeper.call(LogFile.append_events, [event for events, _ in wanted for event in events]))
        except Exception as error:  # noqa: BLE001 - it belongs to those who asked
            if len(wanted) == 1 or (isinstance(error, LogRefused) and error.reason is not Refusal.TOO_LARGE):
                for _, future in wanted:
                    future.set_exception(error)
                return
            for events, future in wanted:
                _resolve(partial(keeper.call, LogFile.append_events, events), future)
        else:
            for events, future in wanted:
                future.set_result([next(seqs) for _ in events])

    def _has_work(self) -> bool:
        return bool(self._events or self._jobs) or time.monotonic() >= self._due_s

    def _take_events(self) -> list[Asked]:
        taken: list[Asked] = []
        count = size = 0
        while self._events and count < _EVENTS_A_COMMIT and size < _EVENT_COMMIT_BYTES:
            taken.append(self._events.popleft())
            count += len(taken[-1][0])
            size += sum(len(event.body) for event in taken[-1][0])
        return taken

    def _readings_step(self, keeper: Keeper) -> None:
        """Pack one batch, or commit, or keep house: one piece a turn. A refusal is tried again at the next period."""
        try:
            if _size(self._packed) < _READING_COMMIT_BYTES and self._pack_one(keeper):
                return
            if self._packed:
                self._commit(keeper)
                return
            if keeper.call(LogFile.maintain):
                return
        except LogRefused:
            self._trim(keeper)
        self._due_s = time.monotonic() + self._commit_s

    def _commit(self, keeper: Keeper) -> None:
        batches, size = [], 0
        for batch in self._packed:
            if size >= _READING_COMMIT_BYTES:
                break
            batches.append(batch)
            size += len(batch.body)
        keeper.call(LogFile.append_readings, batches)
        del self._packed[: len(batches)]

    def _pack_one(self, keeper: Keeper) -> bool:
        """Turn the oldest waiting scans into a batch; False when none waits."""
        with self._wake:
            ids, scans = self._ids[:_SCANS_A_BATCH], self._scans[:_SCANS_A_BATCH]
            if not scans:
                return False
            del self._ids[:_SCANS_A_BATCH], self._scans[:_SCANS_A_BATCH]
            lost, self._lost = self._lost, 0
        try:
            self._packed.append(Packed(count=len(scans), body=pack(ids, scans), lost_before=lost))
        except (ValueError, OverflowError, struct.error):
            # No scan that a bus makes is like this; one that is must not stop the log.
            lost += len(scans)
            self.lose(lost)
        if lost:
            keeper.call(LogFile.note_unstored, lost)
        return True

    def _trim(self, keeper: Keeper) -> None:
        """Let the oldest batches give way while nothing can be stored; their numbers are skipped."""
        count = 0
        while len(self._packed) > 1 and _size(self._packed) > _PACKED_BYTES_MAX:
            oldest = self._packed.pop(0)
            self._packed[0].lost_before += oldest.count + oldest.lost_before
            count += oldest.count
        keeper.call(LogFile.note_unstored, count)

    def _flush_now(self, keeper: Keeper) -> None:
        while self._pack_one(keeper):
            pass
        while self._packed:
            self._commit(keeper)
        keeper.call(LogFile.maintain)

    def _stop_now(self, keeper: Keeper) -> None:
        try:
            self._flush_now(keeper)
        except LogRefused:
            keeper.call(LogFile.note_unstored, sum(batch.count for batch in self._packed))
        finally:
            self._stopping = True

    def _end(self, error: BaseException) -> None:
        with self._wake:
            self._stopping = True
            waiting = [future for _, future in self._events] + [future for _, future in self._jobs]
            self._events.clear()
            self._jobs.clear()
        for future in waiting:
            future.set_exception(error)


def _size(batches: Sequence[Packed]) -> int:
    return sum(len(batch.body) for batch in batches)


def _resolve(act: Callable[[], Any], future: Future[Any]) -> None:
    """Do it, and tell the one who waits."""
    try:
        result = act()
    except Exception as error:  # noqa: BLE001 - it belongs to the one who asked
        future.set_exception(error)
    else:
        future.set_result(result)
