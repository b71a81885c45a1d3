"""One gateway as it is known from its messages: whether it is there, its pages' documents, what is missing. Pure.

It is there while its last status says so and its echo, or its status, is heard: a gateway calls its own echo every
10 s. A status that the broker had kept proves nothing until the first echo of the same session.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from gateway.console.picture import Picture
from gateway.console.today import Today
from gateway.fleet.gaps import Gaps, News
from gateway.fleet.loss import Loss
from gateway.uplink.alarms import AlarmList
from gateway.uplink.inventory import Inventory
from gateway.uplink.message import DeviceState, DroppedMessage, EventMessage, Message, OutcomeMessage, Status

if TYPE_CHECKING:
    from datetime import tzinfo

SILENT_AFTER_S = 31.0
"""Three echoes are missing then; with a look every second it is seen well within 35 s."""

Shape = TypeVar("Shape", bound=Message)
_EVENT: TypeAdapter[EventMessage | DroppedMessage] = TypeAdapter(EventMessage | DroppedMessage)


class Unreadable(Exception):  # noqa: N818 - what it was, said in one line
    """A message is not of the contract."""


class Shed:
    """`name` is `SITE/GATEWAY`. `heard_s` (monotonic) is when it was last heard, None: not yet.

    `alarm_turn` rises whenever its alarms may have changed; `beside`: documents of what this console says of it.
    """

    def __init__(self, name: str, zone: tzinfo, gaps: Gaps | None = None) -> None:
        self.name = name
        self.picture = Picture()
        self.gaps = gaps or Gaps()
        self.today = Today(zone)
        self.loss = Loss()
        self.heard_s: float | None = None
        self.refused = 0
        self.status: Status | None = None
        self.config_hash = ""
        self.documents: dict[str, int] = {}
        self.coordinates: tuple[float, float] | None = None
        self.alarm_turn = 0
        self.beside: dict[str, dict[str, Any]] = {}
        self._shown = ""
        self._applied: dict[tuple[str, str], tuple[int, int]] = {}
        self._clock: tuple[int, float] | None = None

    # ------------------------------------------------------------------ presence

    def standing(self, now_s: float) -> str:
        """Return `online`, `offline`, `awaited` (not heard yet) or `silent` (no longer heard)."""
        if self.status is None or self.status.state == "offline":
            return "offline"
        if self.heard_s is None:
            return "awaited"
        return "online" if now_s - self.heard_s <= SILENT_AFTER_S else "silent"

    @property
    def session(self) -> str:
        """What a command must name; empty where none is known."""
        return self.status.session if self.status is not None else ""

    def take_status(self, payload: bytes, now_s: float, *, retained: bool) -> None:
        """Take a status; one that the broker had kept is not yet a sign of life. Raises `Unreadable`."""
        said = _read(Status, payload)
        is_same = self.status is not None and self.status.session == said.session
        self.status = said
        if not retained:
            self.heard_s = now_s
        elif not is_same:
            self.heard_s = None

    def take_echo(self, payload: bytes, now_s: float) -> None:
        """Take an echo; one of another session is not this connection's."""
        if self.status is not None and payload == self.status.session.encode():
            self.heard_s = now_s

    def look(self, now_s: float) -> bool:
        """Show it as it stands now; return whether that has changed."""
        standing = self.standing(now_s)
        shown = f"{standing} {self.session}"
        if shown == self._shown:
            return False
        self._shown = shown
        told = {} if self.status is None else self.status.model_dump()
        self.picture.take_status(self.name, told | {"state": standing})
        return True

    # ------------------------------------------------------------------ what is told

    def clock_ms(self, now_s: float, now_ms: int) -> int:
        """Return what its clock says now as near as can be known: ours, `now_ms`, may go wrong by minutes."""
        return now_ms if self._clock is None else self._clock[0] + round((now_s - self._clock[1]) * 1000)

    def take_inventory(self, payload: bytes) -> None:
        """Take what there is. Raises `Unreadable`."""
        said = _read(Inventory, payload)
        self.config_hash = said.config_hash
        self.documents = {f"{each.kind}/{each.name}": each.version for each in said.documents}
        self.coordinates = None
        if said.latitude is not None and said.longitude is not None:
            self.coordinates = said.latitude, said.longitude
        self.picture.take_inventory(self.name, said.model_dump())

    def take_alarms(self, payload: bytes) -> None:
        """Take the list of the alarms that stand. Raises `Unreadable`."""
        self.picture.take_alarms(self.name, _read(AlarmList, payload).model_dump())
        self.alarm_turn += 1

    def take_state(self, device: str, payload: bytes, now_s: float, *, retained: bool) -> None:
        """Take how a device stands. Raises `Unreadable`."""
        said = _read(DeviceState, payload)
        if not retained:
            self._clock = said.ts, now_s
        self.picture.take_state(self.name, device, said.model_dump())

    def take_event(self, payload: bytes) -> EventMessage | None:
        """Take an event; return it if it was not known. Raises `Unreadable`."""
        try:
            said = _EVENT.validate_json(payload)
        except ValidationError as error:
            raise Unreadable(_why(error)) from None
        if isinstance(said, DroppedMessage):
            if said.stream == "event":
                self.gaps.dropped(said.first_seq, said.last_seq)
            return None
        news = self.gaps.take(said.boot, said.event_seq, said.ts)
        if news is News.KNOWN:
            return None
        self.show_event(said)
        return said

    def show_event(self, event: EventMessage) -> None:
        """Let an event be seen, unless a later one of the same matter was: what comes late must not undo it."""
        if not isinstance(event.body, dict):
            return
        if event.kind == "gateway":
            self.loss.take(event.body)
        if event.kind == "order":
            if event.clock != "unset":
                self.today.take(event.ts, event.target, event.body)
            return
        if event.kind == "alarm":
            matter, at = (event.target, str(event.body.get("alarm", ""))), (event.ts, event.event_seq)
            if self._applied.get(matter, at) > at:
                return
            self._applied[matter] = at
            self.alarm_turn += 1
        self.picture.take_event(self.name, event.model_dump())

    # ------------------------------------------------------------------ in one line

    @property
    def sockets(self) -> int:
        """How many outlets of piles there are: those that can charge."""
        return len(self._sockets())

    def _sockets(self) -> list[dict[str, Any]]:
        documents = self.picture.documents
        return [
            document
            for key, document in documents.items()
            if key.startswith("o/") and documents[f"d{key[1:].rpartition('/')[0]}"]["kind"] == "pile"
        ]

    def summary(self, now_s: float) -> dict[str, Any]:
        """Return the shed as the list of sheds shows it; powers in W, amounts in 0.001 yuan."""
        documents = self.picture.documents
        outlets = [document for key, document in documents.items() if key.startswith("o/")]
        sockets = self._sockets()
        return {
            "state": self.standing(now_s),
            "version": "" if self.status is None else self.status.version,
            "config_hash": self.config_hash,
            "documents": self.documents,
            "coordinates": self.coordinates,
            "outlets": len(outlets),
            "sockets": len(sockets),
            "counts": dict(Counter(document["condition"] for document in outlets)),
            "w": round(sum(document.get("w") or 0 for document in outlets if document["condition"] != "offline")),
            "running": sum(bool(document.get("order_id")) for document in outlets),
            "occupied": sum(document.get("stage") == "occupied" for document in sockets),
            "loss_pct": self.loss.pct,
            "loss_day": self.loss.day,
            "alarms": sum(key.startswith("a/") for key in (*documents, *self.beside)),
            "missing": self.gaps.missing,
            "gone": self.gaps.gone,
            "refused": self.refused,
        }


def outcome_of(payload: bytes) -> OutcomeMessage:
    """Return what became of a command. Raises `Unreadable`."""
    return _read(OutcomeMessage, payload)


def _read(shape: type[Shape], payload: bytes) -> Shape:
    try:
        return shape.model_validate_json(payload)
    except ValidationError as error:
        raise Unreadable(_why(error)) from None


def _why(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'the message'}: {first['msg']}"
