"""Slaves of other protocols than Modbus: requests cut out of bytes here, answered by a `World` frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulators.errors import SimulatorError
from simulators.vendor.framing import FRAMINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from simulators.vendor.said import Said
    from simulators.world import World


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that is well formed; `frame` is all of it."""

    unit: int
    function: int
    frame: bytes


class Vendor:
    """The slaves' end of one line. Implements `simulators.tongue.Tongue`.

    `aliases`: the units that some requests name in another way.
    """

    def __init__(self, protocol: str, world: World, aliases: Mapping[int, int]) -> None:
        framing = FRAMINGS.get(protocol)
        if framing is None:
            raise SimulatorError(f"there is no simulated {protocol}: {', '.join(sorted(FRAMINGS))} can be had")
        self._framing, self._world, self._aliases = framing, world, aliases

    def take(self, data: bytes) -> tuple[int, Asked | None]:
        framing = self._framing
        rubbish = framing.skip(data)
        if rubbish:
            return rubbish, None
        size = framing.size(data)
        if not size or size > len(data):
            return 0, None
        frame = data[:size]
        if not framing.is_good(frame):
            return size, None
        unit = framing.unit(frame)
        return size, Asked(self._aliases.get(unit, unit), framing.function(frame), frame)

    def is_for_all(self, _asked: Asked) -> bool:
        return False

    def answer(self, asked: Asked, unit: int, at_s: float) -> Sequence[Said]:
        return self._world.hear(unit, asked.frame, at_s)

    def refuse(self, asked: Asked, code: int) -> bytes:
        refused = self._framing.refused
        return b"" if refused is None else refused(asked.frame, code)

    def foreign(self, _asked: Asked, reply: bytes) -> bytes:
        return self._framing.resealed(reply)

    def greet(self, unit: int, at_s: float) -> bytes:
        return self._world.greet(unit, at_s)

    def speak(self, unit: int, at_s: float) -> bytes:
        return self._world.speak(unit, at_s)
