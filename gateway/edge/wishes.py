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
"""Of the names under which wishes are stored, by id."""

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
    wishes = {}
    for name, value in states.items():
        if name.startswith(PREFIX):
            try:
                wish = _understood(value)
            except (KeyError, TypeError, ValueError):
                continue
            wishes[wish.id] = wish
    return wishes


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
