"""What must hold before an outlet is closed, and before a person's reset is taken: lists of reasons why not.

ON needs everything, OFF needs nothing. The reasons are written for a person: they appear in outcomes and on screens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.protection.totals import START_SHARE

if TYPE_CHECKING:
    from gateway.protection.circuit import Circuit
    from gateway.protection.pile import Pile

FLOWS = "current-still-flows"


def against_closing(
    pile: Pile, circuit: Circuit, bus_total_a: float, bus_pickup_a: float, now_s: float
) -> tuple[str, ...]:
    """Return every reason against closing this outlet; empty means that it may be closed."""
    rules = (
        *_latches(pile, circuit),
        *_sight(pile, circuit, now_s),
        *_conditions(pile, circuit),
        (
            pile.counted_a > START_SHARE * pile.summed.pickup,
            f"the pile's total of {pile.counted_a:.1f} A leaves no room below {pile.summed.pickup:.1f} A",
        ),
        (
            bus_total_a > START_SHARE * bus_pickup_a,
            f"the bus's total of {bus_total_a:.1f} A leaves no room below {bus_pickup_a:.1f} A",
        ),
    )
    return tuple(reason for holds, reason in rules if holds)


def _latches(pile: Pile, circuit: Circuit) -> tuple[tuple[bool, str], ...]:
    latch = circuit.latch
    return (
        (bool(pile.latched), f"the pile is latched until reset: {', '.join(pile.latched)}"),
        (bool(latch.causes), f"latched until reset: {', '.join(latch.causes)}"),
        (latch.rejected is not None, f"load rejected ({latch.rejected}): the plug must be out first"),
    )


def _is_out_of_sight(pile: Pile, now_s: float) -> bool:
    """Whether sight is lost, or would be at the next tick."""
    return pile.sight.lost or pile.sight.unseen_s(now_s) >= pile.settings.upstream_after_s


def _sight(pile: Pile, circuit: Circuit, now_s: float) -> tuple[tuple[bool, str], ...]:
    return (
        (_is_out_of_sight(pile, now_s), "the pile is out of sight"),
        (pile.stillness.frozen, "the pile's readings are frozen"),
        (circuit.implausible, "its current reads implausible"),
        (circuit.frozen, "its readings are frozen"),
        (not circuit.seen, "its current was not read yet"),
        (circuit.commanded is None, "its relay's state was not read yet"),
    )


def _conditions(pile: Pile, circuit: Circuit) -> tuple[tuple[bool, str], ...]:
    thermal = circuit.thermal
    return (
        (circuit.opening.active, "an OFF of it is not verified yet"),
        (circuit.definite.picked_up_s is not None, f"its current is {circuit.current_a:.2f} A"),
        (thermal is not None and thermal.hot, "its thermal replica is still hot"),
        (circuit.over_voltage.picked_up_s is not None, "its voltage is too high"),
        (circuit.temperature.picked_up_s is not None, "it is too hot"),
        (pile.temperature.picked_up_s is not None, "the pile is too hot"),
        (pile.smoke.picked_up_s is not None, "the pile reports smoke"),
        (pile.door.picked_up_s is not None, "the pile's door is open"),
        (pile.residual.picked_up_s is not None, "the pile's residual current is too high"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """Why a reset is refused: one word for machines and catalogues, and the figure behind it for people."""

    word: str
    detail: str = ""


def against_reset(pile: Pile, circuit: Circuit | None, now_s: float) -> Against | None:
    """Return why a latch may not be reset yet; `circuit` None asks for the pile's own latch."""
    if circuit is None:
        rules: tuple[tuple[bool, str], ...] = (
            (not pile.latched, "not-latched"),
            (_is_out_of_sight(pile, now_s) or pile.stillness.frozen, "out-of-sight"),
            (pile.smoke.picked_up_s is not None, "still-smoke"),
            (pile.temperature.picked_up_s is not None, "still-too-hot"),
            (pile.residual.picked_up_s is not None, "still-leaking"),
        )
    else:
        rules = (
            (not circuit.latch.blocks, "not-latched"),
            (circuit.is_unseen or _is_out_of_sight(pile, now_s), "current-not-seen"),
            (circuit.opening.active, "opening-not-seen"),
            (circuit.may_be_on, "not-known-off"),
            (circuit.current_a > circuit.settings.residue_a, FLOWS),
            (circuit.temperature.picked_up_s is not None, "still-too-hot"),
        )
    word = next((word for holds, word in rules if holds), None)
    if word is None:
        return None
    return Against(word=word, detail=f"{circuit.current_a:.2f} A" if circuit is not None and word == FLOWS else "")
