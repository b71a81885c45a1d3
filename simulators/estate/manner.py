"""How the devices of each protocol behave on their line: when they answer, how often they talk unasked. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.model.site import DialInLink
from simulators.tongue import MODBUS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.site import Device, Link

HALF = 0.5


class Manner(NamedTuple):
    """`turnaround_ms`: None is the middle of what the profile declares. What only listens never talks (0).

    `is_duplex`: it hangs on a line of its own with a wire for each direction.
    """

    turnaround_ms: float | None
    talks_every_ms: float = 0.0
    is_duplex: bool = False


class DeviceManner(NamedTuple):
    """The same of one device, with nothing left open."""

    turnaround_ms: float
    talks_every_ms: float
    is_duplex: bool


MANNERS = {
    MODBUS: Manner(None),
    "dlt645": Manner(50.0),
    "lockboard_8a": Manner(20.0, 100.0),
    "wkly": Manner(30.0, 100.0),
    "dianchuan": Manner(20.0, 250.0, is_duplex=True),
    "dny": Manner(20.0),
    "toledo": Manner(0.0, 1000.0 / 7.0, is_duplex=True),
    "ascii_weigher": Manner(0.0, 100.0, is_duplex=True),
    "a02yyuw": Manner(0.0, 100.0, is_duplex=True),
}
"""Rates of what streams: WildCat manual (7 a second), else assumed. Boards look so often whether they have news."""

POLLED_BY_ALIAS = frozenset({"dny"})
"""Protocols whose polls name a device by another number than its unit."""

DIALLED_TALKS_MS = 250.0
"""How often a device that has dialled in looks whether it has something to say."""

STREAMING = frozenset({"toledo", "ascii_weigher", "a02yyuw"})
"""What talks without being asked: there is no reply, but a next frame."""


def alias_of(device: Device, on_line: Sequence[Device]) -> int:
    """Return the id under which the host of a line polls a device, where that is not its unit: its place there."""
    return list(on_line).index(device)


def manner_of(device: Device, link: Link | None = None) -> DeviceManner:
    """Return how a device behaves on its line; `link` where it matters what that is."""
    turnaround_ms, talks_every_ms, is_duplex = MANNERS.get(device.model.driver, Manner(None))
    timing = device.timing
    middle_ms = timing.turnaround_min_ms + HALF * (timing.turnaround_max_ms - timing.turnaround_min_ms)
    turnaround_ms = middle_ms if turnaround_ms is None else turnaround_ms
    if isinstance(link, DialInLink):
        return DeviceManner(turnaround_ms, DIALLED_TALKS_MS, is_duplex=True)
    return DeviceManner(turnaround_ms, talks_every_ms, is_duplex)
