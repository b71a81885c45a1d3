"""What protection remembers over a restart: a plain dictionary of latches, load rejections and thermal memory.

Monotonic time does not outlive a boot, so moments are kept as ages, and the time between is taken for nothing: a
rejection is not forgiven and a replica does not cool while nobody watches. A pile is found again by its name and an
outlet by its number. What cannot be read is left as after a cold start, which is the careful side; what belongs to
a pile or an outlet that is no longer there is dropped.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gateway.protection.decision import Element

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.protection.circuit import Circuit
    from gateway.protection.pile import Pile

VERSION = 1


def snapshot(piles: Iterable[Pile], now_s: float) -> dict[str, object]:
    """Return the memory of all piles, for JSON."""
    return {
        "version": VERSION,
        "piles": {
            pile.settings.name: {
                "latched": [element.value for element in pile.latched],
                "outlets": {str(circuit.settings.number): _outlet(circuit, now_s) for circuit in pile.circuits},
            }
            for pile in piles
        },
    }


def _outlet(circuit: Circuit, now_s: float) -> dict[str, object]:
    latch = circuit.latch
    return {
        "latched": [element.value for element in latch.causes],
        "rejected": None if latch.rejected is None else latch.rejected.value,
        "rejections_ago_s": [max(0.0, now_s - moment) for moment in latch.rejections_s],
        "theta": None if circuit.thermal is None else circuit.thermal.theta,
    }


def restore(piles: Iterable[Pile], kept: object, now_s: float) -> None:
    """Bring new piles to what was kept; never raises, whatever it is given."""
    for circuit, of_outlet in _recall(piles, kept, now_s):
        for theta in _numbers([of_outlet.get("theta")]):
            if circuit.thermal is not None:
                circuit.thermal.theta = min(1.0, theta)


def recall(piles: Iterable[Pile], kept: object, now_s: float) -> None:
    """Add another copy's latches to piles that already run: a latch in either copy is a latch. Never raises."""
    piles = tuple(piles)
    _recall(piles, kept, now_s)
    for pile in piles:
        pile.wake()


def _recall(piles: Iterable[Pile], kept: object, now_s: float) -> list[tuple[Circuit, dict[object, object]]]:
    """Add latches and rejections; return each circuit with what was kept of it."""
    by_name = _dictionary(_dictionary(kept).get("piles"))
    found = []
    for pile in piles:
        of_pile = _dictionary(by_name.get(pile.settings.name))
        pile.latched.extend(_new(pile.latched, of_pile.get("latched")))
        by_number = _dictionary(of_pile.get("outlets"))
        for circuit in pile.circuits:
            of_outlet = _dictionary(by_number.get(str(circuit.settings.number)))
            latch = circuit.latch
            latch.causes.extend(_new(latch.causes, of_outlet.get("latched")))
            latch.rejected = latch.rejected or next(iter(_elements([of_outlet.get("rejected")])), None)
            if not latch.rejections_s:
                latch.rejections_s.extend(now_s - age_s for age_s in _numbers(of_outlet.get("rejections_ago_s")))
            found.append((circuit, of_outlet))
    return found


def _new(known: Iterable[Element], value: object) -> list[Element]:
    return [element for element in _elements(value) if element not in known]


def _dictionary(value: object) -> dict[object, object]:
    return value if isinstance(value, dict) else {}


def _elements(value: object) -> list[Element]:
    known = {element.value: element for element in Element}
    names = value if isinstance(value, list) else []
    return list(dict.fromkeys(known[name] for name in names if isinstance(name, str) and name in known))


def _numbers(value: object) -> list[float]:
    """Return the finite numbers of a list that are not negative."""
    numbers = value if isinstance(value, list) else []
    return [
        float(number)
        for number in numbers
        if isinstance(number, int | float) and not isinstance(number, bool) and 0.0 <= number < math.inf
    ]
