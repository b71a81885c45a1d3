"""What stays open after a trip, and until when (IEEE C37.2 device 86, lock-out).

A *facility trip* (50, weld, over-temperature, 50BF) latches until a person resets it with a reason; smoke, leakage and
the temperature of a whole pile latch the pile, not its outlets. A
*load rejection* (the order's power limit, 51, 49) is the load's fault: the outlet is free again once the plug has been
out for `plug_out_s`; the third in 24 h latches. Every other trip (voltage, totals, lost sight, current without a
command) latches nothing: a start is refused for as long as its cause lasts. Nothing here ever closes anything.
"""

from __future__ import annotations

from gateway.protection.decision import Element

LATCHING = frozenset({Element.DEFINITE_TIME, Element.WELD, Element.OVER_TEMPERATURE, Element.BREAKER_FAILURE})
REJECTING = frozenset({Element.POWER_LIMIT, Element.INVERSE_TIME, Element.THERMAL})

REJECTION_WINDOW_S = 24 * 3600.0


class Latch:
    """One outlet's memory of its trips. `causes`: what latched it, oldest first. `rejected`: waits for the plug."""

    __slots__ = ("_out_since_s", "_plug_out_s", "_rejections_to_latch", "causes", "rejected", "rejections_s")

    def __init__(self, plug_out_s: float, rejections_to_latch: int) -> None:
        self._plug_out_s = plug_out_s
        self._rejections_to_latch = rejections_to_latch
        self._out_since_s: float | None = None
        self.causes: list[Element] = []
        self.rejected: Element | None = None
        self.rejections_s: list[float] = []

    @property
    def blocks(self) -> bool:
        return bool(self.causes) or self.rejected is not None

    def apply(self, element: Element, now_s: float) -> bool:
        """Note a trip by this element; return whether it latches."""
        if element in REJECTING:
            return self._reject(element, now_s)
        if element in LATCHING:
            self._latch(element)
        return element in LATCHING

    def _reject(self, element: Element, now_s: float) -> bool:
        self.rejected = element
        self._out_since_s = None
        recent = [moment for moment in self.rejections_s if now_s - moment < REJECTION_WINDOW_S]
        self.rejections_s = [*recent, now_s][-self._rejections_to_latch :]
        if len(self.rejections_s) < self._rejections_to_latch:
            return False
        self._latch(element)
        return True

    def _latch(self, element: Element) -> None:
        if element not in self.causes:
            self.causes.append(element)

    def plug(self, taken_s: float, *, out: bool) -> bool:
        """Take a plug reading in; return whether a rejection ended with it. Only readings count, not time alone."""
        if not out or self.rejected is None:
            self._out_since_s = None
            return False
        if self._out_since_s is None:
            self._out_since_s = taken_s
        if taken_s - self._out_since_s < self._plug_out_s:
            return False
        self.rejected = None
        return True

    def lost(self) -> None:
        """Note that the plug is out of sight: its time starts over."""
        self._out_since_s = None

    def reset(self) -> None:
        """Forget everything: a person has looked."""
        self.causes.clear()
        self.rejected = None
        self.rejections_s.clear()
