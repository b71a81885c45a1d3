"""What field was asked for and has not answered yet: stored beside its event, asked again after any restart. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from gateway.edge.journal import Moment
from gateway.edge.times import left_s
from gateway.model.command import Command, CommandKind, Origin
from gateway.wire.messages import Revocation

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "wish/"
"""Of the names under which wishes are stored."""

SLOTS = 8192
"""The names go round: the log keeps a row for every name that it was ever given, and a wish is over long before."""

OPENING = (CommandKind.STOP, CommandKind.SAFETY_OFF)
"""What opens does not expire and does not wait for a disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A command or a revocation under way; `until` None never expires."""

    wanted: Command | Revocation
    until: Moment | None
    machine: str

    @property
    def id(self) -> str:
        return self.wanted.id

    @property
    def starts(self) -> bool:
        return isinstance(self.wanted, Command) and self.wanted.kind is CommandKind.START

    @property
    def order_id(self) -> str:
        """Return the order that it belongs to; empty where it is no order's."""
        wanted = self.wanted
        return wanted.order_id if isinstance(wanted, Revocation) else str(wanted.args.get("order_id", ""))

    @property
    def adopts(self) -> bool:
        """Whether the grant that it asks for lets stay on what is on, and switches nothing on."""
        return isinstance(self.wanted, Command) and self.wanted.args.get("adopt") is True

    def left_s(self, now: Moment, machine: str) -> float | None:
        """Return how long it is worth anything; None for ever."""
        if self.until is None:
            return None
        return left_s(self.until, now, same_machine_boot=machine == self.machine)

    def to_bytes(self) -> bytes:
        said = {"wanted": asdict(self.wanted), "machine": self.machine}
        return json.dumps(said | {"until": self.until and asdict(self.until)}, separators=(",", ":")).encode()


def wish_of(command: Command, now: Moment, machine: str) -> Wish:
    """Return a command as it is stored; its expiry is on edge's monotonic clock."""
    until = None
    if command.expires_s is not None and command.kind not in OPENING:
        left_ms = round((command.expires_s - now.mono_s) * 1000)
        until = Moment(ts_ms=now.ts_ms + left_ms, clock=now.clock, mono_s=command.expires_s)
    return Wish(wanted=command, until=until, machine=machine)


def wishes_of(states: Mapping[str, bytes]) -> dict[str, Wish]:
    """Return the wishes among stored values, by id; what cannot be read is left out."""
    found = [_wish_or_none(value) for name, value in states.items() if name.startswith(PREFIX)]
    return {wish.id: wish for wish in found if wish is not None}


class WishNames:
    """Under which name each wish is stored, from its making until its answer."""

    def __init__(self, states: Mapping[str, bytes]) -> None:
        named = {name: _wish_or_none(value) for name, value in states.items() if name.startswith(PREFIX)}
        self._names = {wish.id: name for name, wish in named.items() if wish is not None}
        numbers = [name.removeprefix(PREFIX) for name in named]
        self._next = 1 + max((int(number) for number in numbers if number.isdecimal()), default=-1)

    def of(self, wish_id: str) -> str:
        """Return the name of a wish; a new one for a wish that has none."""
        name = self._names.get(wish_id)
        while name is None:
            candidate, self._next = f"{PREFIX}{self._next % SLOTS}", self._next + 1
            if candidate not in self._names.values():
                name = self._names[wish_id] = candidate
        return name

    def done(self, wish_id: str) -> str:
        """Return the name of a wish that is over, and forget it."""
        name = self.of(wish_id)
        del self._names[wish_id]
        return name


def _wish_or_none(value: bytes) -> Wish | None:
    try:
        return _understood(value)
    except (KeyError, TypeError, ValueError):
        return None


def _understood(value: bytes) -> Wish:
    said = json.loads(value)
    wanted, until = said["wanted"], said["until"]
    made: Command | Revocation
    if "kind" in wanted:
        kind, origin = CommandKind(wanted.pop("kind")), Origin(wanted.pop("origin"))
        made = Command(kind=kind, origin=origin, **wanted)
    else:
        made = Revocation(**wanted)
    return Wish(wanted=made, until=None if until is None else Moment(**until), machine=said["machine"])
