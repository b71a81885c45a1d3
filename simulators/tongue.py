"""What is spoken on a line: the contract between a line, which knows bytes and moments, and a protocol's slaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from simulators.slave_modbus import Modbus
from simulators.slave_vendor import Vendor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulators.spec import LineSpec
    from simulators.vendor.said import Said
    from simulators.world import World

MODBUS = "modbus"


class Asked(Protocol):
    """A request as the slaves understood it: whose it is, and the code of what it asks."""

    @property
    def unit(self) -> int: ...

    @property
    def function(self) -> int: ...


AskedT = TypeVar("AskedT", bound=Asked)


class Tongue(Protocol[AskedT]):
    """The slaves' end of one line, whatever it speaks."""

    def take(self, data: bytes, /) -> tuple[int, AskedT | None]:
        """Find the first request: how many bytes are used up, and the request unless these were rubbish.

        0 bytes used means that more must come. Raises `StreamBrokenError` for bytes that can never be in step again.
        """

    def is_for_all(self, asked: AskedT, /) -> bool:
        """Tell whether every unit obeys and none answers."""

    def answer(self, asked: AskedT, unit: int, at_s: float, /) -> Sequence[Said]:
        """Do what is asked of `unit` and return what it says.

        `after_s` counts from the end of the turnaround, or from the end of what was said before.
        """

    def refuse(self, asked: AskedT, code: int, /) -> bytes:
        """Return an exception reply; empty where the protocol has none."""

    def foreign(self, asked: AskedT, reply: bytes, /) -> bytes:
        """Return the bytes of the same reply as if another unit gave it, or it were to another request."""

    def greet(self, unit: int, at_s: float, /) -> bytes:
        """Return what a unit says first on a connection that it has just made."""

    def speak(self, unit: int, at_s: float, /) -> bytes:
        """Return the frame that a unit sends by itself, empty when it has nothing to say."""


def tongue_of(spec: LineSpec, world: World) -> Tongue[Any]:
    """Return what the slaves of a line speak."""
    if spec.protocol == MODBUS:
        return Modbus(world, mbap=not spec.is_serial)
    aliases = {slave.alias: slave.unit for slave in spec.slaves if slave.alias is not None}
    return Vendor(spec.protocol, world, aliases)
