"""The world of one line of a site: every device behind the registers of its profile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gateway.model.device import Kind
from simulators.arguments import UNITS
from simulators.errors import SimulatorError
from simulators.estate.board import Board
from simulators.estate.plant import plant_of
from simulators.physics.meter import Load
from simulators.units.gauge import Gauge
from simulators.units.pile import PileUnit
from simulators.units.relay_board import RelayBoard
from simulators.units.unit import Happening, What

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.model.site import Device
    from gateway.model.wiring import Table
    from simulators.arguments import Arguments
    from simulators.estate.plant import Plant
    from simulators.spec import LineSpec
    from simulators.units.unit import Unit
    from simulators.world import Action, ExceptionCode

SURVEY_S = 0.5
"""How often what flows through each pile is made known to the meters of other lines."""

OUTLETS = (1, 999)
VALUES = (-1000.0, 100_000.0)
SECONDS = (0.0, 86_400.0)
LIGHTS = Load(0.55, 116.0, 0.0)
"""What a meter sees that is the feed of nothing else."""


class SiteWorld:
    """Devices of one line by their unit.

    Control commands: `happen` {unit, what, outlet, value, seconds} (without `value` the thing ends), `outlets` {unit}.
    """

    def __init__(self, plant: Plant, born_s: float) -> None:
        self._plant = plant
        self._born_s = born_s
        self._board = Board(plant.wiring.size, plant.board)
        self._survey_s = born_s
        self._units: dict[int, Unit] = {}
        self._piles: list[tuple[PileUnit, int]] = []
        for device in plant.devices:
            self._units[device.unit] = self._unit(device)

    def read(self, unit: int, table: Table, address: int, count: int, at_s: float) -> list[int] | ExceptionCode:
        return self._heard(unit, at_s).registers.read(table, address, count, at_s)

    def write(self, unit: int, table: Table, address: int, values: Sequence[int], at_s: float) -> ExceptionCode | None:
        return self._heard(unit, at_s).registers.write(table, address, values, at_s)

    def idle(self, at_s: float) -> None:
        """Let piles go on that nobody asks, and make their loads known."""
        if at_s < self._survey_s:
            return
        self._survey_s = at_s + SURVEY_S
        for unit, slot in self._piles:
            unit.settle(at_s)
            pile = unit.pile
            load = Load(pile.total_current_a(at_s), pile.total_power_w(at_s), pile.total_energy_wh(at_s))
            self._board.publish(slot, load)

    def prepare(self, command: str, arguments: Arguments) -> Action | None:
        if command == "happen":
            return self._prepare_happen(arguments)
        if command == "outlets":
            unit = self._named(arguments)
            arguments.done()

            def look(at_s: float) -> object:
                unit.settle(at_s)
                return unit.state(at_s)

            return look
        return None

    def _heard(self, number: int, at_s: float) -> Unit:
        unit = self._units[number]
        unit.settle(at_s)
        unit.hear(at_s)
        self.idle(at_s)
        return unit

    def _prepare_happen(self, arguments: Arguments) -> Action:
        unit = self._named(arguments)
        happening = Happening(
            what=arguments.choice("what", What),
            outlet=arguments.optional_integer("outlet", OUTLETS),
            value=arguments.optional_number("value", VALUES),
            seconds=arguments.number("seconds", SECONDS, 0.0),
        )
        arguments.done()
        act = unit.prepare(happening)

        def happen(at_s: float) -> None:
            unit.settle(at_s)
            act(at_s)

        return happen

    def _named(self, arguments: Arguments) -> Unit:
        number = arguments.integer("unit", UNITS)
        if number not in self._units:
            raise SimulatorError(f"there is no unit {number} here")
        return self._units[number]

    def _unit(self, device: Device) -> Unit:
        plant, wiring = self._plant, self._plant.wiring
        match device.model.kind:
            case Kind.PILE:
                pile = PileUnit(
                    device, seed=plant.seed, born_s=self._born_s, habits=plant.habits, supply=self._supply(device.name)
                )
                self._piles.append((pile, wiring.loads[device.name]))
                return pile
            case Kind.RELAY:
                closed = {channel for board, channel in wiring.channels if board == device.name}

                def tell(channel: int, on: bool, since_s: float) -> None:  # noqa: FBT001 - the contract of a board
                    slot = wiring.channels.get((device.name, channel))
                    if slot is not None:
                        self._board.switch(slot, closed=on, since_s=since_s)

                return RelayBoard(device, closed=closed, tell=tell)
            case _:
                slots = wiring.metered.get(device.name, ())
                return Gauge(device, seed=plant.seed, loads=lambda at_s: self._loads(slots, at_s))

    def _supply(self, name: str) -> Callable[[], tuple[bool, float]]:
        slot = self._plant.wiring.supplies.get(name)
        return (lambda: (True, 0.0)) if slot is None else (lambda: self._board.switched(slot))

    def _loads(self, slots: tuple[int, ...], at_s: float) -> list[Load]:
        if not slots:
            hours = (at_s - self._born_s) / 3600.0
            return [LIGHTS._replace(wh=LIGHTS.watts * hours)]
        self.idle(at_s)
        return [Load(*self._board.published(slot)) for slot in slots]


def world_of(spec: LineSpec) -> SiteWorld:
    """Make the world that an estate's line was given."""
    return SiteWorld(plant_of(spec.world_options), time.monotonic())
