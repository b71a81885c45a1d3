"""What can happen to a delivery or a collection. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.orders.deposit.points_rule import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """The card list, the platform or the face terminal knows this person."""

    user_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Nobody knows this person, or the person may not."""

    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangerIdentified:
    """Somebody else has identified at this very door. While staff empties the bin that means nothing."""

    user_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """The person or the platform calls it off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BinStopped:
    """The bin takes no more: full, too heavy, out of order. Whoever empties it is not stopped by that."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """The whole weight on the scale of this door. `moving`: the scale says that it is not at rest, or is overloaded."""

    grams: int
    moving: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSeen:
    """The door of this order."""

    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The person says done, or has gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandSeen:
    """The hand protection of the door."""

    present: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Jammed:
    """The door has stopped on the way and opened again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategorySensed:
    """A sensor says what has been thrown in; None is one that only says that it does not belong into this bin."""

    category: Category | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoTaken:
    """A photo is kept under this reference."""

    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarted:
    """The gateway has started again. `away_ms` is how long nobody watched, None where no clock can tell."""

    away_ms: int | None


Event = (
    Identified
    | Refused
    | StrangerIdentified
    | Withdrawn
    | BinStopped
    | Weighed
    | DoorSeen
    | Finished
    | HandSeen
    | Jammed
    | CategorySensed
    | PhotoTaken
    | Tick
    | Restarted
)
