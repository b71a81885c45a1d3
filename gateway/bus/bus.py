"""The owner of one line: asks the planner what is next, keeps the silences, sends, waits, reports. Nothing else writes.

Between the last byte of a reply and the first of the next request there is one synchronous pass: the listener's
`finished` (scan, protection, new wishes) and the planner's `next`. It hides inside the mandatory silence.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from gateway.bus.dating import OpenRequests
from gateway.bus.driver import Report
from gateway.bus.job import End, Job, Wait
from gateway.bus.plan import Planner
from gateway.bus.statistics import BusStatistics
from gateway.bus.window import Echo, Window, bytes_of
from gateway.model.errors import DriverError, LinkLost
from gateway.model.transaction import Exchange, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gateway.bus.driver import Driver, Received, Request
    from gateway.bus.job import PlannedDevice
    from gateway.bus.link import Link
    from gateway.bus.timing import LineTiming
    from gateway.model.wiring import Timing, Write

REOPEN_FIRST_S = 0.1
REOPEN_LAST_S = 2.0
LONGEST_SILENCE_WAIT_S = 0.05
"""A line that never falls silent (a babbling device) is not waited for longer than this."""

UNSAYABLE_S = 0.01
"""Pause after a job that the driver cannot put into words, so that a plan full of them does not hold the loop."""


_ENDS = {
    None: End.ANSWERED,
    Failure.EXCEPTION: End.REFUSED,
    Failure.TIMEOUT: End.SILENT,
    Failure.LINK: End.SILENT,
    Failure.QUIET: End.UNANSWERED,
}


class Listener(Protocol):
    """Who hears what becomes of each transaction. Called synchronously; must not block."""

    def finished(self, job: Job, exchange: Exchange, *, changed: bool) -> None:
        """Take a transaction that is over; `changed`: its device became silent or answers again by it."""

    def reported(self, device: int, report: Report, said_s: float) -> None:
        """Take what a device has said unasked, in a window of anyone or in none; never in the middle of `finished`.

        `said_s` is when it began, or when the request was sent in whose window it came.
        """

    def link_up(self) -> None:
        """Take note that the line is open."""

    def link_down(self, why: str) -> None:
        """Take note that the line is gone, or cannot be opened yet; called at each attempt."""


class Bus:
    """One line and its devices. `run` owns it until cancelled."""

    def __init__(
        self,
        *,
        name: str,
        link: Link,
        driver: Driver,
        line: LineTiming,
        devices: Sequence[PlannedDevice],
        units: Sequence[tuple[int, Timing]],
        listener: Listener,
    ) -> None:
        self.name = name
        self._link = link
        self._driver = driver
        self._line = line
        self._units = tuple(units)
        self._device_of = {unit: device for device, (unit, _) in enumerate(units)}
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self.now: Callable[[], float] = self._loop.time
        self.planner = Planner(devices, self.now())
        self.statistics = BusStatistics(len(units))
        self._open_requests = OpenRequests()
        self._echo = Echo()
        self._has_read = False
        self._heard_s = [0.0] * len(units)
        self._window: Window | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._busy_until_s = 0.0
        self._lost: LinkLost | None = None

    # ------------------------------------------------------------------ wishes, from anywhere on the loop

    def off(self, device: int, write: Write, token: int, tried: int = 0) -> None:
        """Open an outlet with the next frame, or in a slot where its urgent attempts are used up."""
        self.planner.off(device, write, token, self.now(), tried)
        self._wake_idle()

    def command(self, device: int, write: Write, token: int) -> None:
        """Write something in the next slot."""
        self.planner.command(device, write, token, self.now())
        self._wake_idle()

    def confirm(self, device: int, layouts: Sequence[int], not_before_s: float) -> None:
        """Read pieces again ahead of the ring."""
        self.planner.confirm(device, layouts, not_before_s)
        self._wake_idle()

    def read_again(self, device: int, layouts: Sequence[int], not_before_s: float) -> None:
        """Read slow pieces again before all other slow ones."""
        self.planner.read_again(device, layouts, not_before_s)
        self._wake_idle()

    def read_now(self, device: int, *, contacts_only: bool = False) -> None:
        """Read all slow pieces of a device, or only its contacts, as soon as slots allow."""
        self.planner.read_now(device, self.now(), contacts_only=contacts_only)
        self._wake_idle()

    # ------------------------------------------------------------------ the owner

    async def run(self) -> None:
        """Own the line: open it, serve it, reopen it. Ends only by cancellation."""
        reopen_s = REOPEN_FIRST_S
        try:
            while True:
                try:
                    await self._open()
                    reopen_s = REOPEN_FIRST_S
                    await self._serve()
                except LinkLost as lost:
                    self.statistics.link_losses += 1
                    self._link.close()
                    self._listener.link_down(str(lost))
                await asyncio.sleep(reopen_s)
                reopen_s = min(2 * reopen_s, REOPEN_LAST_S)
        finally:
            self._link.close()

    async def _open(self) -> None:
        self._lost = None
        self._echo = Echo()
        self._has_read = False
        self._open_requests = OpenRequests()
        await self._link.open(self)
        self._busy_until_s = self.now()
        self._heard_s = [self.now()] * len(self._units)
        self.planner.link_restored(self.now())
        self._listener.link_up()

    async def _serve(self) -> None:
        planner = self.planner
        while self._lost is None:
            job = planner.next(self.now())
            if isinstance(job, Wait):
                await self._until(job.until_s)
                continue
            if job.order is not None and not self._has_read:
                job = planner.probe(job.device)  # only a read shows whether the adapter hears itself
            version = planner.version
            try:
                request = self._request(job)
            except DriverError:
                await self._unsayable(job)
                continue
            if not request.listens:
                await self._silence()
            if planner.version != version or self._lost is not None:
                continue
            self._has_read = True
            planner.started(job, self.now())
            window = Window(self._driver, request, self._line, self._units[job.device][1], self._echo, self.now())
            await self._exchange(job, window)
            self._finished(job, window)
            self._told(window.reports, window.exchange.sent_s)
        raise self._lost

    async def _unsayable(self, job: Job) -> None:
        """Report a job that the protocol cannot express as refused: what lint has missed must not stop the line."""
        now_s = self.now()
        self.planner.started(job, now_s)
        unit = self._units[job.device][0]
        exchange = Exchange(
            unit=unit, request=b"", sent_s=now_s, request_end_s=now_s, asked_s=now_s, failure=Failure.EXCEPTION
        )
        await self._until(now_s + UNSAYABLE_S)
        self._end(job, exchange, _ENDS[exchange.failure])

    def _finished(self, job: Job, window: Window) -> None:
        exchange, request = window.exchange, window.request
        if exchange.failure is Failure.TIMEOUT and self.now() < self._heard_s[job.device] + request.quiet_s:
            exchange.failure = Failure.QUIET
        if exchange.failure in (None, Failure.EXCEPTION) and request.reply_bytes:
            self._heard_s[job.device] = self.now()
        end = _ENDS.get(exchange.failure, End.DAMAGED)
        is_unanswered = end is End.ANSWERED and not request.reply_bytes
        self._end(job, exchange, End.UNANSWERED if is_unanswered else end)

    def _end(self, job: Job, exchange: Exchange, end: End) -> None:
        now_s = self.now()
        if job.piece is not None and exchange.request:
            key = (job.device, job.piece.layout)
            self._open_requests.date(key, exchange, self._units[job.device][1], now_s)
        self.statistics.count(job, exchange)
        self.statistics.busy_s += now_s - exchange.sent_s
        changed = self.planner.finished(job, end, now_s)
        self._listener.finished(job, exchange, changed=changed)

    def _told(self, parts: Iterable[Received], asked_s: float | None) -> None:
        """Hand on what devices have said unasked; what belongs to none of this line's is only counted."""
        for part in parts:
            lasted_s = len(bytes_of(part)) * self._line.char_s + self._line.latency_s
            said_s = self.now() - lasted_s if asked_s is None else asked_s
            if isinstance(part, Report) and part.unit in self._device_of:
                device = self._device_of[part.unit]
                self._heard_s[device] = self.now()
                self.statistics.note_report(device, part)
                self._listener.reported(device, part, said_s)
            else:
                self.statistics.stray_bytes += len(bytes_of(part))

    async def _exchange(self, job: Job, window: Window) -> None:
        request = window.request
        self._busy_until_s = window.exchange.request_end_s
        try:
            self._window = window
            if not request.listens:
                self._link.write(request.frame)
            while self._window is window and self._lost is None:
                await self._until(window.deadline_s)
                if self._window is window and self.now() >= window.deadline_s:
                    window.expire()
                    break
        except LinkLost as lost:
            self._lost = lost
        if self._lost is not None and self._window is window:
            window.exchange.failure = Failure.LINK
        self._window = None
        self.statistics.note_noise(job.device, window.noise)

    def _request(self, job: Job) -> Request:
        unit = self._units[job.device][0]
        if job.piece is not None:
            return self._driver.read(unit, job.piece.block)
        assert job.order is not None  # noqa: S101 - a job has a piece or an order
        return self._driver.write(unit, job.order.write)

    # ------------------------------------------------------------------ the link's reports

    def bytes_came(self, data: bytes) -> None:
        now_s = self.now()
        self._busy_until_s = max(self._busy_until_s, now_s)
        if self._window is None:
            self._told(self._driver.receive(data), None)
        elif self._window.take(data, now_s):
            self._window = None
            self._wake()

    def link_went(self, why: LinkLost) -> None:
        self._lost = why
        self._wake()

    # ------------------------------------------------------------------ waiting

    async def _silence(self) -> None:
        """Wait until nothing has been on the line for t3.5, or for as long as a babbling line deserves."""
        give_up_s = self.now() + self._line.t35_s + LONGEST_SILENCE_WAIT_S
        while (quiet_s := self._busy_until_s + self._line.t35_s) > (now_s := self.now()) and self._lost is None:
            if now_s >= give_up_s:
                self.statistics.broken_silences += 1
                return
            await self._until(min(quiet_s, give_up_s))

    async def _until(self, when_s: float) -> None:
        """Wait for a moment, or until woken before it."""
        waiter = self._waiter = self._loop.create_future()
        timer = self._loop.call_at(when_s, self._wake) if when_s != float("inf") else None
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _wake_idle(self) -> None:
        """Look at the plan again for a new wish, unless a transaction is on the line."""
        if self._window is None:
            self._wake()
