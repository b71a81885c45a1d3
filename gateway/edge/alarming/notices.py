"""The notice desk: what the plan says is due is stored with the fact that it was told; only then does it leave.

A notice leaves in its turn, again and again with growing pauses, until its receiver has taken it; a death forgets none
and may repeat one, under the same id. One that nobody has taken for a day is given up, and says so.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from pydantic import ValidationError

from gateway.alarm.notice import NOTICE, TOLD, Notice, Told, after, due, notice_of
from gateway.alarm.post import refusal, request
from gateway.edge.journal import Entry
from gateway.model.errors import GatewayError
from gateway.model.event import EventKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.alarm.alarms import Alarms
    from gateway.alarm.ground import Ground
    from gateway.alarm.post import Place, Request
    from gateway.edge.charging.clock import BusinessClock
    from gateway.edge.journal import Moment
    from gateway.model.site import Receiver
    from gateway.orders.clock import Now

PREFIX = "notice/"
STATE = "notices/told"
LOOK_S = 1.0
PAUSE_FIRST_S, PAUSE_MOST_S = 5.0, 600.0
GIVE_UP_MS = 86_400_000
UNREACHED_MS = 300_000
"""A receiver that has not taken a notice for so long is an alarm itself."""

UNREACHED = "people-not-reached"


class Source(Protocol):
    """Whose alarms people are told of: the desk of a site, or that of many gateways."""

    @property
    def alarms(self) -> Alarms: ...
    @property
    def ground(self) -> Ground: ...
    @property
    def clock(self) -> BusinessClock: ...
    def now(self) -> Moment: ...
    async def append(self, entry: Entry) -> None:
        """Store an event, and what stands beside it. Raises `GatewayError`."""


class Post(Protocol):
    """Who carries requests; and reads the files in which addresses and secrets are."""

    async def send(self, wanted: Request) -> tuple[int, bytes]:
        """Return status and body of the answer. Raises `OSError` where there is none."""

    def read(self, file: str) -> str:
        """Return the text of a file without the space around it. Raises `OSError`."""


@dataclass(slots=True)
class _Line:
    """How it goes with one receiver. `problem` is a line for people; empty while it takes what it gets."""

    receiver: Receiver
    retry_s: float = 0.0
    pause_s: float = PAUSE_FIRST_S
    problem: str = ""


class NoticeDesk:
    """One site's notices. `new_id` gives names that nothing else has."""

    def __init__(
        self,
        *,
        alarms: Source,
        roster: tuple[Receiver, ...],
        post: Post,
        place: Place,
        states: Mapping[str, bytes],
        new_id: Callable[[], str],
    ) -> None:
        self._alarms = alarms
        self._lines = {receiver.name: _Line(receiver) for receiver in roster}
        self._post = post
        self._place = place
        self._new_id = new_id
        self._told = _read_told(states.get(STATE))
        self.waiting: dict[str, Notice] = _read_notices(states)
        self._strangers = [each for each in self.waiting.values() if each.receiver not in self._lines]

    async def run(self) -> None:
        """Plan and deliver until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._planning())
            for line in self._lines.values():
                tasks.create_task(self._delivering(line))

    # ------------------------------------------------------------------ planning

    async def _planning(self) -> None:
        while True:
            try:
                await self._forget_strangers()
                for name in self._lines:
                    await self._plan(name)
            except GatewayError:  # a log that refuses is told elsewhere: it is planned again
                await asyncio.sleep(LOOK_S)
            await asyncio.sleep(LOOK_S)

    async def _plan(self, name: str) -> None:
        alarms, at = self._alarms.alarms, self._alarms.now()
        now = self._alarms.clock.now(at)
        waiting = sum(each.receiver == name for each in self.waiting.values())
        wanted = due(alarms, self._lines[name].receiver, self._told, waiting, now)
        if wanted.is_nothing:
            return
        notice_id = f"{now.at_ms:015d}-{self._new_id()}"
        notice = notice_of(wanted, name, alarms, self._alarms.ground, notice_id, now)
        told = after(self._told, name, wanted, now)
        state = {STATE: TOLD.dump_json(told), PREFIX + notice_id: NOTICE.dump_json(notice)}
        counts = {part: len(getattr(notice, part)) for part in ("raised", "again", "closed")}
        await self._note("notice-made", notice, state, counts)
        self._told = told
        self.waiting[notice_id] = notice

    async def _forget_strangers(self) -> None:
        """Give up what waits for somebody who is not on the roster any more."""
        while self._strangers:
            notice = self._strangers[-1]
            await self._note("notice-given-up", notice, {PREFIX + notice.id: None}, {"detail": "not on the roster"})
            self.waiting.pop(notice.id, None)
            self._strangers.pop()

    # ------------------------------------------------------------------ delivering

    async def _delivering(self, line: _Line) -> None:
        while True:
            notice = next(
                (each for _, each in sorted(self.waiting.items()) if each.receiver == line.receiver.name), None
            )
            if notice is None:
                await asyncio.sleep(LOOK_S)
                continue
            line.problem = await self._attempt(line.receiver, notice)
            try:
                await self._settle(line, notice)
            except GatewayError:  # as above; it may reach its receiver twice, under the same id
                await asyncio.sleep(LOOK_S)
            if line.problem:
                await asyncio.sleep(line.pause_s)
                line.pause_s = min(2 * line.pause_s, PAUSE_MOST_S)
            else:
                line.pause_s = PAUSE_FIRST_S

    async def _attempt(self, receiver: Receiver, notice: Notice) -> str:
        """Return why a notice did not reach its receiver; empty where it did."""
        try:
            url = self._post.read(receiver.url_file) if receiver.url_file else receiver.url
            secret = self._post.read(receiver.secret_file) if receiver.secret_file else ""
            ts_ms = self._alarms.now().ts_ms
            status, body = await self._post.send(request(notice, receiver, url, secret, self._place, ts_ms))
        except (OSError, ValueError) as error:
            return str(error)[:200] or type(error).__name__
        return refusal(receiver, status, body)

    async def _settle(self, line: _Line, notice: Notice) -> None:
        now = self._now()
        late_ms = now.at_ms - notice.at_ms
        if not line.problem:
            await self._note("notice-delivered", notice, {PREFIX + notice.id: None}, {})
            self.waiting.pop(notice.id, None)
            await self._alarm(line, active=False)
        elif late_ms >= GIVE_UP_MS:
            await self._note("notice-given-up", notice, {PREFIX + notice.id: None}, {"detail": line.problem})
            self.waiting.pop(notice.id, None)
        if line.problem and late_ms >= UNREACHED_MS:
            await self._alarm(line, active=True)

    async def _alarm(self, line: _Line, *, active: bool) -> None:
        key = f"*:{UNREACHED}"
        record = self._alarms.alarms.records.get(key)
        is_known = record is not None and record.incident.active
        if is_known is active or (not active and any(each.problem for each in self._lines.values())):
            return
        body = {
            "alarm": UNREACHED,
            "active": active,
            "detail": f"{line.receiver.name}: {line.problem}" if active else "",
        }
        entry = Entry(id=self._new_id(), kind=EventKind.ALARM, target="*", at=self._alarms.now(), body=body)
        await self._alarms.append(entry)

    # ------------------------------------------------------------------ inside

    def _now(self) -> Now:
        return self._alarms.clock.now(self._alarms.now())

    async def _note(
        self, what: str, notice: Notice, state: Mapping[str, bytes | None], more: Mapping[str, object]
    ) -> None:
        body = {"what": what, "notice": notice.id, "receiver": notice.receiver, **more}
        entry = Entry(id=self._new_id(), kind=EventKind.GATEWAY, target="*", at=self._alarms.now(), body=body)
        await self._alarms.append(replace(entry, state=state))


def _read_told(stored: bytes | None) -> Told:
    try:
        return TOLD.validate_json(stored or b"{}")
    except ValidationError:
        return Told()


def _read_notices(states: Mapping[str, bytes]) -> dict[str, Notice]:
    found: dict[str, Notice] = {}
    for name, value in states.items():
        if name.startswith(PREFIX):
            try:
                notice = NOTICE.validate_json(value)
            except ValidationError:
                continue
            found[notice.id] = notice
    return found
