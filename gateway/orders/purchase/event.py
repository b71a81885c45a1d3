"""What can happen to a purchase. Pure values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorised:
    """The platform, or the staff list, says yes. `limit_mil` is the money held, 0.001 yuan; staff needs none."""

    limit_mil: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The platform says no."""

    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """The customer or the platform calls it off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleStopped:
    """The health watch has put a shelf on stop-sale."""

    shelf: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfRead:
    """The sensors of a shelf: grams (`moving`: the scale says that it is not at rest), RFID tags, goods in the slot."""

    shelf: str
    grams: int | None = None
    moving: bool = False
    tags: tuple[str, ...] | None = None
    present: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSeen:
    """A door of the cabinet, whether of this order or not."""

    door: str
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LockAnswered:
    """The lock board's word on an unlock."""

    door: str
    released: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoTaken:
    """A photo is kept under this reference."""

    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One article as staff found and left it: `found` on arrival, then `added` (expiring together) and `removed`.

    `tags`: the RFID tags of all pieces of it that stand there now; None where its tags stay what they were.
    """

    shelf: str
    sku: str
    found: int
    added: int = 0
    removed: int = 0
    expires_ts_ms: int | None = None
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What staff declares to have found and done."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarted:
    """The gateway has started again. `away_ms` is how long nobody watched, None where no clock can tell."""

    away_ms: int | None


Event = (
    Authorised
    | Refused
    | Withdrawn
    | SaleStopped
    | ShelfRead
    | DoorSeen
    | LockAnswered
    | PhotoTaken
    | Declared
    | Tick
    | Restarted
)
