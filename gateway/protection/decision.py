"""What protection decides: values that the control loop acts upon. Outlets are positions in their pile, from 0."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.model.device import Role


class Element(StrEnum):
    """One protective function; `ansi` is its device number of IEEE C37.2, empty where there is none."""

    DEFINITE_TIME = "definite-time"
    INVERSE_TIME = "inverse-time"
    THERMAL = "thermal"
    POWER_LIMIT = "power-limit"
    OVER_VOLTAGE = "over-voltage"
    UNDER_VOLTAGE = "under-voltage"
    OVER_TEMPERATURE = "over-temperature"
    PILE_TOTAL = "pile-total"
    BUS_TOTAL = "bus-total"
    SMOKE = "smoke"
    LEAKAGE = "leakage"
    SIGHT = "sight"
    UNCOMMANDED = "uncommanded"
    WELD = "weld"
    BREAKER_FAILURE = "breaker-failure"
    LOCK_OUT = "lock-out"

    @property
    def ansi(self) -> str:
        return _ANSI.get(self, "")


_ANSI = {
    Element.DEFINITE_TIME: "50",
    Element.INVERSE_TIME: "51",
    Element.THERMAL: "49",
    Element.POWER_LIMIT: "32",
    Element.OVER_VOLTAGE: "59",
    Element.UNDER_VOLTAGE: "27",
    Element.OVER_TEMPERATURE: "26",
    Element.PILE_TOTAL: "50",
    Element.BUS_TOTAL: "50",
    Element.LEAKAGE: "50N",
    Element.BREAKER_FAILURE: "50BF",
    Element.LOCK_OUT: "86",
}


class AlarmKind(StrEnum):
    IMPLAUSIBLE = "implausible"
    FROZEN = "frozen"
    REJECTED = "rejected"
    WELD = "weld"
    BREAKER_FAILURE = "breaker-failure"
    PILE_TOTAL = "pile-total"
    BUS_TOTAL = "bus-total"
    OVER_TEMPERATURE = "over-temperature"
    LEAKAGE = "leakage"
    SMOKE = "smoke"
    DOOR = "door"


class RungKind(StrEnum):
    """The ladder of breaker failure, from the smallest step to the largest."""

    REPEAT = "repeat"
    OTHER_FUNCTION = "other-function"
    WHOLE_PILE = "whole-pile"
    UPSTREAM = "upstream"


@dataclass(frozen=True, slots=True, kw_only=True)
class TripCause:
    """Why one outlet is opened. `inputs` are the element's own figures, for the record; `latches`: until reset.

    `measured` and `pickup` share the element's unit (A, W, V, degrees C; 1 and 0.5 for a contact).
    `picked_up_s` is when the sample was taken that first passed the pick-up.
    """

    outlet: int
    element: Element
    measured: float
    pickup: float
    picked_up_s: float
    latches: bool
    inputs: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """Open these outlets now, with one frame where the pile can."""

    pile: int
    outlets: tuple[TripCause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """Read this pile's protection block again, so that it is taken at `not_before_s` or as soon after as can be.

    Where that moment is still to come, a reading at once is worth it too: it counts if the raw value has changed.
    """

    pile: int
    not_before_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAgain:
    """Read what brings this role of the pile again, from `not_before_s` on and ahead of all other slow reads."""

    pile: int
    role: Role
    not_before_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """OFF did not stop the current of these outlets: take this step. `upstream` opens the pile's contactor."""

    pile: int
    outlets: tuple[int, ...]
    rung: RungKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What the current says about an OFF.

    `verified` is false where no current flowed before (its absence proves nothing), where it cannot be seen, or
    where it still flows. `acknowledged`: the device confirmed the OFF frame, which proves nothing about the contact.
    """

    pile: int
    outlet: int
    verified: bool
    acknowledged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """An alarm becomes active; `outlet` is None for a whole pile, `pile` for the whole bus."""

    alarm: AlarmKind
    pile: int | None
    outlet: int | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """The condition of an alarm is gone; a latch, if there is one, stays."""

    alarm: AlarmKind
    pile: int | None
    outlet: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SightLost:
    """The pile's currents have not been seen since `since_s`; `answering`: it talks, but what it says is bad."""

    pile: int
    since_s: float
    misses: int
    answering: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SightBack:
    pile: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockStarts:
    """No outlet of this pile may be started until `may_close` allows it again."""

    pile: int
    reason: str


Decision = Trip | Confirm | ReadAgain | Rung | Verified | Raise | Clear | SightLost | SightBack | BlockStarts
