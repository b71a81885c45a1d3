"""What a simulated device offers to a line that speaks another protocol than Modbus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from simulators.units.unit import Thing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulators.vendor.said import Said


class Speaker(Thing, Protocol):
    """One device on such a line. Moments never go back; `settle` comes before everything else."""

    def answer(self, frame: bytes, at_s: float, /) -> Sequence[Said]:
        """Obey a frame that is for it and return what it says."""

    def speak(self, at_s: float, /) -> bytes:
        """Return the frame that it sends by itself, empty when it has nothing to say."""
