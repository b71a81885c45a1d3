"""What one line of a site has to simulate, and how the lines hang together. Pure."""

from __future__ import annotations

import base64
import pickle
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gateway.model.device import Kind
from gateway.model.site import RtuOverTcpLink, SerialLink
from simulators.errors import SimulatorError
from simulators.spec import LineKind, LineSpec, SlaveSpec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.model.site import Device, Site
    from simulators.physics.resident import Habits

WORLD = "simulators.estate.site_world:world_of"
LOAD_SLOTS = 3
JOURNAL_SIZE = 2000
USUAL_BAUD = 9600
HALF = 0.5
SERVED = "modbus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """Who shares which numbers of the board.

    `channels`: the slot of each contactor that feeds something, by board and channel. `supplies`: that of the
    contactor upstream of a device. `loads`: the first of a pile's. `metered`: the loads that a meter sees; a meter
    without any has a small load of its own.
    """

    channels: Mapping[tuple[str, int], int] = field(default_factory=dict)
    supplies: Mapping[str, int] = field(default_factory=dict)
    loads: Mapping[str, int] = field(default_factory=dict)
    metered: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
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
    upstream = {pile.name: (pile.upstream.device, pile.upstream.channel) for pile in piles if pile.upstream}
    channels = {channel: take(1) for channel in sorted(set(upstream.values()))}
    metered = {
        meter: tuple(loads[pile] for pile in names) for bus in site.buses for meter, names in _feeds(site, bus.name)
    }
    return Wiring(
        channels=channels,
        supplies={pile: channels[channel] for pile, channel in upstream.items()},
        loads=loads,
        metered=metered,
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
        board: [device.name for device in site.devices if device.upstream and device.upstream.device == board]
        for board in boards
    }
    return [(meter, behind[board]) for meter, board in zip(meters, boards, strict=False)]


def line_specs(site: Site, *, folder: Path, seed: int, habits: Habits | None) -> list[LineSpec]:
    """Return a line for each bus of a site. `folder` takes the stable names of terminals and the shared numbers.

    Raises `SimulatorError` for a bus that speaks something else than Modbus.
    """
    wiring = wiring_of(site)
    specs = []
    for bus in site.buses:
        devices = site.devices_on(bus.name)
        stranger = next((device for device in devices if device.model.driver != SERVED), None)
        if stranger is not None:
            raise SimulatorError(
                f"{stranger.name} speaks {stranger.model.driver}: only {SERVED} lines can be simulated"
            )
        plant = Plant(devices=devices, wiring=wiring, seed=seed, habits=habits, board=str(folder / "board"))
        link = bus.link
        serial = isinstance(link, SerialLink)
        kind = LineKind.PTY if serial else LineKind.RTU_TCP if isinstance(link, RtuOverTcpLink) else LineKind.TCP
        specs.append(
            LineSpec(
                name=bus.name,
                slaves=tuple(SlaveSpec(unit=device.unit, turnaround_ms=turnaround_ms(device)) for device in devices),
                kind=kind,
                baud=link.baud if isinstance(link, SerialLink) else USUAL_BAUD,
                char_bits=link.char_bits if isinstance(link, SerialLink) else 10,
                symlink=str(folder / bus.name) if serial else "",
                seed=seed,
                journal_size=JOURNAL_SIZE,
                economy=True,
                world=WORLD,
                world_options=plant_options(plant),
            )
        )
    return specs


def turnaround_ms(device: Device) -> float:
    """Return how long a device takes to answer: the middle of what is declared."""
    timing = device.timing
    return timing.turnaround_min_ms + HALF * (timing.turnaround_max_ms - timing.turnaround_min_ms)


def plant_options(plant: Plant) -> dict[str, Any]:
    """Return a plant as the options of its line's world. Protection settings stay behind: no device knows them."""
    bare = tuple(replace(device, protection={}, outlets=()) for device in plant.devices)
    bare = tuple(replace(device, model=replace(device.model, protection={})) for device in bare)
    return {"plant": base64.b64encode(pickle.dumps(replace(plant, devices=bare))).decode()}


def plant_of(options: Mapping[str, Any]) -> Plant:
    """Return the plant that `plant_options` was given."""
    plant: Plant = pickle.loads(base64.b64decode(options["plant"]))  # noqa: S301 - from our parent, over its own pipe
    return plant
