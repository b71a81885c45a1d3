"""From a device of a site to what simulates it: which unit, over which physics, wired to which shared numbers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gateway.model.device import Kind
from simulators.errors import SimulatorError
from simulators.estate.manner import alias_of
from simulators.physics.cooling import Warmth
from simulators.physics.load_cell import NOTHING, Lying
from simulators.physics.meter import Load
from simulators.units.cabinet_room import CabinetRoom
from simulators.units.gauge import Gauge
from simulators.units.lock_board import LockUnit
from simulators.units.meter_dlt645 import MeterUnit
from simulators.units.pile import PileUnit
from simulators.units.pile_dianchuan import DianChuanUnit
from simulators.units.pile_dny import DnyUnit
from simulators.units.relay_board import RelayBoard
from simulators.units.station_room import StationRoom
from simulators.units.streaming import LevelUnit, TerminalUnit
from simulators.units.weigher import WeigherUnit
from simulators.units.weighing import scale_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model.site import Device
    from simulators.estate.board import Board
    from simulators.estate.plant import Plant
    from simulators.physics.load_cell import Scale
    from simulators.units.speaker import Speaker
    from simulators.units.unit import Unit

LIGHTS = Load(0.55, 116.0, 0.0)
"""What a meter sees that is the feed of nothing else."""

LYING_NUMBERS, WARMTH_NUMBERS = 5, 4


class Fitting:
    """Makes the units of one line. `survey` is called before the loads of its own piles are looked up."""

    def __init__(self, plant: Plant, board: Board, born_s: float, survey: Callable[[float], None]) -> None:
        self._plant, self._board, self._born_s, self._survey = plant, board, born_s, survey

    def unit(self, device: Device) -> Unit:
        """Return what simulates a device on a Modbus line."""
        plant, wiring = self._plant, self._plant.wiring
        match device.model.kind:
            case Kind.PILE:
                supply = self._supply(device.name)
                return PileUnit(device, seed=plant.seed, born_s=self._born_s, habits=plant.habits, supply=supply)
            case Kind.RELAY:
                closed = {channel for board, channel in wiring.channels if board == device.name}

                def tell(channel: int, on: bool, since_s: float) -> None:  # noqa: FBT001 - the contract of a board
                    slot = wiring.channels.get((device.name, channel))
                    if slot is not None:
                        self._board.switch(slot, closed=on, since_s=since_s)

                return RelayBoard(device, closed=closed, tell=tell)
            case Kind.WEIGHER:
                return WeigherUnit(device, self._scale(device))
            case _:
                return Gauge(
                    device,
                    seed=plant.seed,
                    loads=self._loads(device),
                    inside=self._inside(device),
                    contacts=self._contacts(device),
                )

    def speaker(self, device: Device) -> Speaker:
        """Return what simulates a device that speaks another protocol. Raises `SimulatorError` where nothing does."""
        plant = self._plant
        match device.model.driver:
            case "lockboard_8a" | "wkly":
                return self._lock(device)
            case "toledo" | "ascii_weigher":
                return TerminalUnit(device, self._scale(device))
            case "a02yyuw":
                return LevelUnit(device, seed=plant.seed, sees=self._distance(device))
            case "dlt645":
                return MeterUnit(device, seed=plant.seed, loads=self._loads(device))
            case "dianchuan":
                supply = self._supply(device.name)
                return DianChuanUnit(device, seed=plant.seed, born_s=self._born_s, habits=plant.habits, supply=supply)
            case "dny":
                return self._dny(device)
            case driver:
                raise SimulatorError(f"{device.name} speaks {driver}, which is not simulated")

    def _dny(self, device: Device) -> DnyUnit:
        plant = self._plant
        return DnyUnit(
            device,
            virtual=alias_of(device, plant.devices),
            seed=plant.seed,
            born_s=self._born_s,
            habits=plant.habits,
            supply=self._supply(device.name),
        )

    def _lock(self, device: Device) -> LockUnit:
        plant, wiring = self._plant, self._plant.wiring
        has = wiring.rooms[device.name]
        comes = plant.habits is not None
        room = (
            StationRoom(device, has, seed=plant.seed, comes=comes)
            if has.is_station
            else CabinetRoom(device, has, seed=plant.seed, born_s=self._born_s, comes=comes)
        )
        board = self._board
        return LockUnit(
            device,
            room,
            supply=self._supply(device.name),
            tell=lambda name, numbers: board.keep(wiring.sensed[name], numbers),
        )

    def _supply(self, name: str) -> Callable[[], tuple[bool, float]]:
        slot = self._plant.wiring.supplies.get(name)
        return (lambda: (True, 0.0)) if slot is None else (lambda: self._board.switched(slot))

    def _loads(self, device: Device) -> Callable[[float], list[Load]]:
        slots = self._plant.wiring.metered.get(device.name, ())
        if not slots:
            return lambda at_s: [LIGHTS._replace(wh=LIGHTS.watts * (at_s - self._born_s) / 3600.0)]

        def loads(at_s: float) -> list[Load]:
            self._survey(at_s)
            return [Load(*self._board.published(slot)) for slot in slots]

        return loads

    def _sensed(self, device: Device, size: int) -> Callable[[], tuple[float, ...]]:
        """Return what gives a sensor's shared numbers; the last ones where nobody has new ones, none at first."""
        slot = self._plant.wiring.sensed.get(device.name)
        last: tuple[float, ...] = ()

        def sensed() -> tuple[float, ...]:
            nonlocal last
            if slot is not None:
                last = self._board.kept(slot, size) or last
            return last

        return sensed

    def _scale(self, device: Device) -> Scale:
        sensed = self._sensed(device, LYING_NUMBERS)

        def lies() -> Lying:
            numbers = sensed()
            return Lying(*numbers) if numbers else NOTHING

        rooms = self._plant.wiring.rooms.values()
        is_bin = any(device.name in room.scales for room in rooms if room.is_station)
        return scale_of(device, self._plant.seed, lies, is_bin=is_bin)

    def _distance(self, device: Device) -> Callable[[], float | None]:
        sensed = self._sensed(device, 1)
        return lambda: next(iter(sensed()), None)

    def _contacts(self, device: Device) -> dict[str, Callable[[float], float]]:
        """Return what the contacts tell that end at a device, by its points."""
        wiring = self._plant.wiring
        ends = [
            (wiring.sensed[room.contacts_at(device.name)], place, contact)
            for room in wiring.rooms.values()
            for place, contact in enumerate(room.contacts.get(device.name, ()))
        ]
        return {contact.point: partial(self._contact, slot, place, contact.inverted) for slot, place, contact in ends}

    def _contact(self, slot: int, place: int, inverted: bool, _at_s: float) -> float:  # noqa: FBT001 - by `partial`
        closed = int(next(iter(self._board.kept(slot, 1) or (0.0,)))) >> place & 1
        return float(bool(closed) is not inverted)

    def _inside(self, device: Device) -> Callable[[float], float | None]:
        sensed = self._sensed(device, WARMTH_NUMBERS)

        def inside(at_s: float) -> float | None:
            numbers = sensed()
            return Warmth(*numbers).at(at_s) if numbers else None

        return inside
