"""What one line of a site has to simulate, and how the lines hang together. Pure."""

from __future__ import annotations

import base64
import pickle
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from gateway.model.device import Kind
from gateway.model.site import DialInLink, RtuOverTcpLink, SerialLink, TcpLink
from simulators.errors import SimulatorError
from simulators.estate.furnishing import furnishings
from simulators.estate.manner import MANNERS, POLLED_BY_ALIAS, alias_of, manner_of
from simulators.spec import LineKind, LineSpec, SlaveSpec
from simulators.tongue import MODBUS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.model.site import Bus, Device, Site
    from simulators.estate.furnishing import Furnishing
    from simulators.physics.resident import Habits

WORLD = "simulators.estate.site_world:world_of"
LOAD_SLOTS = 3
SENSED_SLOTS = 6
"""A count and at most five numbers: what lies on a scale, how warm it is, how far the waste is away."""

JOURNAL_SIZE = 2000
BOARD_FILE = ".board"
"""Among the links of the lines, which go by their buses: no bus has such a name."""

USUAL_BAUD = 9600
LOOPBACK = "127.0.0.1"
KINDS = {
    SerialLink: LineKind.PTY,
    TcpLink: LineKind.TCP,
    RtuOverTcpLink: LineKind.RTU_TCP,
    DialInLink: LineKind.DIAL_IN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """Who shares which numbers of the board.

    `channels`: the slot of each contactor that feeds something, by board and channel. `supplies`: that of the
    contactor upstream of a device. `loads`: the first of a pile's. `metered`: the loads that a meter sees; a meter
    without any has a small load of its own. `sensed`: the first of what a scale, level sensor or thermometer of a
    cabinet or bin station sees. `rooms`: what stands behind each lock board.
    """

    channels: Mapping[tuple[str, int], int] = field(default_factory=dict)
    supplies: Mapping[str, int] = field(default_factory=dict)
    loads: Mapping[str, int] = field(default_factory=dict)
    metered: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    sensed: Mapping[str, int] = field(default_factory=dict)
    rooms: Mapping[str, Furnishing] = field(default_factory=dict)
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """The devices of one line. `board` is the path of the shared numbers; empty where the line stands alone."""

    devices: tuple[Device, ...]
    wiring: Wiring
    seed: int = 0
    habits: Habits | None = None
    board: str = ""


def wiring_of(site: Site) -> Wiring:
    """Return how the devices of a site hang together.

    A meter on a line with piles is their feed. On a line without piles, meters and relay boards go together in the
    order of the site file: a meter is the feed of everything behind its board.
    """
    slots: list[int] = []

    def take(count: int) -> int:
        slots.append(count)
        return sum(slots) - count

    piles = [device for device in site.devices if device.model.kind is Kind.PILE]
    loads = {pile.name: take(LOAD_SLOTS) for pile in piles}
    fed = [*piles, *(device for device in site.devices if device.model.kind is Kind.LOCK)]
    upstream = {device.name: (device.upstream.device, device.upstream.channel) for device in fed if device.upstream}
    channels = {channel: take(1) for channel in sorted(set(upstream.values()))}
    metered = {
        meter: tuple(loads[pile] for pile in names) for bus in site.buses for meter, names in _feeds(site, bus.name)
    }
    rooms = furnishings(site)
    return Wiring(
        channels=channels,
        supplies={name: channels[channel] for name, channel in upstream.items()},
        loads=loads,
        metered=metered,
        sensed={name: take(SENSED_SLOTS) for room in rooms.values() for name in room.names},
        rooms=rooms,
        size=sum(slots),
    )


def _feeds(site: Site, bus: str) -> list[tuple[str, list[str]]]:
    devices = site.devices_on(bus)
    meters = [device.name for device in devices if device.model.kind is Kind.METER]
    piles = [device.name for device in devices if device.model.kind is Kind.PILE]
    if piles:
        return [(meter, piles) for meter in meters]
    boards = [device.name for device in devices if device.model.kind is Kind.RELAY]
    behind = {
        board: [
            device.name
            for device in site.devices
            if device.upstream and device.upstream.device == board and device.model.kind is Kind.PILE
        ]
        for board in boards
    }
    return [(meter, behind[board]) for meter, board in zip(meters, boards, strict=False)]


def line_specs(site: Site, *, folder: Path, seed: int, habits: Habits | None) -> list[LineSpec]:
    """Return a line for each bus of a site. `folder` takes the stable names of terminals and the shared numbers.

    Raises `SimulatorError` for a bus whose protocol nobody has taught the simulators.
    """
    wiring = wiring_of(site)
    specs = []
    for bus in site.buses:
        devices = site.devices_on(bus.name)
        for device in devices:
            if device.model.driver not in MANNERS:
                known = ", ".join(sorted(MANNERS))
                raise SimulatorError(f"{device.name} speaks {device.model.driver}, which is not simulated: {known} are")
        plant = Plant(devices=devices, wiring=wiring, seed=seed, habits=habits, board=str(folder / BOARD_FILE))
        specs.append(_line_spec(bus, plant, folder))
    return specs


def _line_spec(bus: Bus, plant: Plant, folder: Path) -> LineSpec:
    link = bus.link
    serial = isinstance(link, SerialLink)
    manners = [(device, manner_of(device, link)) for device in plant.devices]
    return LineSpec(
        name=bus.name,
        slaves=tuple(
            SlaveSpec(
                unit=device.unit,
                turnaround_ms=manner.turnaround_ms,
                talks_every_ms=manner.talks_every_ms,
                alias=alias_of(device, plant.devices) if device.model.driver in POLLED_BY_ALIAS else None,
            )
            for device, manner in manners
        ),
        kind=KINDS[type(link)],
        host=within_reach(link.host) if isinstance(link, DialInLink) else LOOPBACK,
        port=link.port if isinstance(link, DialInLink) else 0,
        protocol=plant.devices[0].model.driver if plant.devices else MODBUS,
        baud=link.baud if isinstance(link, SerialLink) else USUAL_BAUD,
        char_bits=link.char_bits if isinstance(link, SerialLink) else 10,
        duplex=manners[0][1].is_duplex if manners else False,
        symlink=str(folder / bus.name) if serial else "",
        seed=plant.seed,
        journal_size=JOURNAL_SIZE,
        economy=True,
        world=WORLD,
        world_options=plant_options(plant),
    )


def within_reach(host: str) -> str:
    """Return an address of this machine at which what listens at `host` can be reached."""
    address = ip_address(host)
    if not address.is_unspecified:
        return host
    return LOOPBACK if address.version == 4 else "::1"  # noqa: PLR2004 - IPv4


def plant_options(plant: Plant) -> dict[str, Any]:
    """Return a plant as the options of its line's world. Protection settings stay behind: no device knows them."""
    bare = tuple(replace(device, protection={}, outlets=()) for device in plant.devices)
    bare = tuple(replace(device, model=replace(device.model, protection={})) for device in bare)
    return {"plant": base64.b64encode(pickle.dumps(replace(plant, devices=bare))).decode()}


def plant_of(options: Mapping[str, Any]) -> Plant:
    """Return the plant that `plant_options` was given."""
    plant: Plant = pickle.loads(base64.b64decode(options["plant"]))  # noqa: S301 - from our parent, over its own pipe
    return plant
