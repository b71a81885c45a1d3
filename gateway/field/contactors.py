"""The contactors upstream of piles: which one feeds what, and what speaks against closing one again.

Protection opens one as its last rung, a safety-off of the site or of the board opens it with everything else. Nothing
closes one by itself: a reset that names it does, from a person with a reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.protection.decision import Element

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from gateway.field.device import FieldDevice
    from gateway.field.loop import ControlLoop

NEVER_OPENED = frozenset({Element.WELD, Element.BREAKER_FAILURE})
"""Latches of an outlet that only the contactor keeps without current."""


class Contactors:
    """All of one site, each by the name of its channel (`contactors-a/outlet-01`)."""

    def __init__(self, loops: Iterable[ControlLoop] = (), upstream: Mapping[str, str] | None = None) -> None:
        self._upstream = dict(upstream or {})
        self._fed: dict[str, list[tuple[ControlLoop, FieldDevice]]] = {}
        for loop in loops:
            for device in loop.devices:
                if device.name in self._upstream:
                    self._fed.setdefault(self._upstream[device.name], []).append((loop, device))

    def of(self, device: str) -> str:
        """Return the contactor upstream of a device; an empty string where there is none."""
        return self._upstream.get(device, "")

    def against_closing(self, contactor: str, opening: Container[str]) -> tuple[str, str]:
        """Return why a contactor must stay open, as a word and a line for people; two empty strings for nothing.

        `opening`: outlets whose OFF is not verified yet.
        """
        for loop, device in self._fed.get(contactor, ()):
            if loop.bus.planner.health[device.index].is_silent:
                return "feeds-silent", f"{device.name} does not answer: what it would do with power is not known"
            latched = _latched(loop, device)
            if latched:
                return "feeds-latched", f"{latched}: reset that first"
            name = next((name for name in device.outlet_names if name in opening), None)
            if name is not None:
                return "feeds-opening", f"{name} was not seen to open yet"
        return "", ""


def _latched(loop: ControlLoop, device: FieldDevice) -> str:
    """Return the latch that keeps a contactor open: one of the whole pile, or of an outlet that did not open."""
    if device.pile is None:
        return ""
    whole = loop.relay.latched(device.pile, None)
    if whole:
        return f"{device.name} is latched ({', '.join(whole)})"
    for position, name in enumerate(device.outlet_names):
        causes = [cause for cause in loop.relay.latched(device.pile, position) if cause in NEVER_OPENED]
        if causes:
            return f"{name} is latched ({', '.join(causes)})"
    return ""
