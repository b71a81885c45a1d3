"""A fault as somebody wants it, and what it means for lines: the values between words and control commands. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from gateway.model.device import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulators.estate.directory import Directory, Level, Place, Target
    from simulators.estate.quantity import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A control command for one line, `delay_s` after the injection's moment."""

    bus: str
    command: str
    arguments: Mapping[str, Any]
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A fault as it was asked for. `value` is None where the fault has none; `off` ends it."""

    target: Target
    directory: Directory
    value: float | None
    off: bool
    options: Mapping[str, float]

    def order(self, command: str, delay_s: float = 0.0, /, **arguments: object) -> Order:
        return Order(bus=self.target.bus, command=command, arguments=arguments, delay_s=delay_s)

    @property
    def place(self) -> Place:
        assert self.target.place is not None  # noqa: S101 - only faults of lines have none, by their levels
        return self.target.place

    @property
    def unit(self) -> int | None:
        return None if self.target.place is None else self.target.place.unit


class Maker(Protocol):
    def __call__(self, wish: Wish, /) -> list[Order]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a fault is asked for.

    `kinds` are the devices that it can happen to, `drivers` what they must speak (None: anything), `room` what stands
    behind a lock board (empty: anything), `usual` its value where none is given; `ends` allows `=off`.
    """

    says: str
    levels: frozenset[Level]
    kinds: frozenset[Kind] = field(default=frozenset(Kind))
    make: Maker
    drivers: frozenset[str] | None = None
    room: str = ""
    value: Quantity | None = None
    usual: float | None = None
    options: tuple[str, ...] = ()
    ends: bool = False

    @property
    def where(self) -> str:
        """What it happens to, in words; empty where it happens to everything."""
        things = self.room or ("" if self.kinds == frozenset(Kind) else "/".join(sorted(self.kinds)))
        spoken = "" if self.drivers is None else f"{', '.join(sorted(self.drivers))}"
        return ": ".join(part for part in (things, spoken) if part)
