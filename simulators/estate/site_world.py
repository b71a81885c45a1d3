"""The world of one line of a site: every device behind the registers of its profile, or behind its own frames."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from simulators.arguments import UNITS
from simulators.errors import SimulatorError
from simulators.estate.board import Board
from simulators.estate.fitting import Fitting
from simulators.estate.plant import plant_of
from simulators.physics.charger import known_charger
from simulators.physics.meter import Load
from simulators.tongue import MODBUS
from simulators.units.lock_board import LockUnit
from simulators.units.pile import PileUnit
from simulators.units.pile_dianchuan import DianChuanUnit
from simulators.units.pile_dny import DnyUnit
from simulators.units.unit import Happening, What

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.wiring import Table
    from simulators.arguments import Arguments
    from simulators.estate.plant import Plant
    from simulators.spec import LineSpec
    from simulators.units.speaker import Speaker
    from simulators.units.unit import Thing, Unit
    from simulators.vendor.said import Said
    from simulators.world import Action, ExceptionCode

SURVEY_S = 0.5
"""How often what flows through each pile is made known to the meters of other lines."""

OUTLETS = (1, 999)
VALUES = (-200_000.0, 5e9)
SECONDS = (0.0, 86_400.0)
WATTS = (0.0, 6000.0)


class SiteWorld:
    """Devices of one line by their unit.

    Control commands: `happen` {unit, what, outlet, value, seconds} (without `value` the thing ends), `outlets` {unit},
    `charger` {unit, outlet, watts, left_s, waits_s, float_w, joins} of a pile (`joins`: beside what draws already),
    and of a lock board `visit` {unit, door, people, and what they do}: takes, back, leaves_g, stays_s, forgets in a
    cabinet, throws_g, out_g, leans_g, leans_s at a bin.
    """

    def __init__(self, plant: Plant, born_s: float) -> None:
        self._survey_s = born_s
        self._units: dict[int, Unit] = {}
        self._speakers: dict[int, Speaker] = {}
        self._piles: list[tuple[PileUnit | DianChuanUnit | DnyUnit, int]] = []
        self._board = Board(plant.wiring.size, plant.board)
        fitting = Fitting(plant, self._board, born_s, self.idle)
        for device in plant.devices:
            made: Unit | Speaker
            if device.model.driver == MODBUS:
                made = self._units[device.unit] = fitting.unit(device)
            else:
                made = self._speakers[device.unit] = fitting.speaker(device)
            if isinstance(made, PileUnit | DianChuanUnit | DnyUnit):
                self._piles.append((made, plant.wiring.loads[device.name]))

    def read(self, unit: int, table: Table, address: int, count: int, at_s: float) -> list[int] | ExceptionCode:
        return self._heard(unit, at_s).registers.read(table, address, count, at_s)

    def write(self, unit: int, table: Table, address: int, values: Sequence[int], at_s: float) -> ExceptionCode | None:
        return self._heard(unit, at_s).registers.write(table, address, values, at_s)

    def hear(self, unit: int, frame: bytes, at_s: float) -> Sequence[Said]:
        speaker = self._speakers[unit]
        speaker.settle(at_s)
        self.idle(at_s)
        return speaker.answer(frame, at_s)

    def speak(self, unit: int, at_s: float) -> bytes:
        speaker = self._speakers[unit]
        speaker.settle(at_s)
        self.idle(at_s)
        return speaker.speak(at_s)

    def greet(self, unit: int, at_s: float) -> bytes:
        speaker = self._speakers[unit]
        speaker.settle(at_s)
        return speaker.greet(at_s) if isinstance(speaker, DnyUnit) else b""

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
        if command == "charger":
            return self._prepare_charger(arguments)
        if command == "visit":
            return self._prepare_visit(arguments)
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

    def _prepare_charger(self, arguments: Arguments) -> Action:
        unit = self._named(arguments)
        number = arguments.integer("outlet", OUTLETS)
        if not isinstance(unit, PileUnit | DianChuanUnit | DnyUnit) or number not in unit.pile.outlets:
            raise SimulatorError("a charger is plugged into an outlet of a pile that there is")
        watts, left_s = arguments.number("watts", WATTS), arguments.number("left_s", SECONDS)
        waits_s, float_w = arguments.number("waits_s", SECONDS, 0.0), arguments.number("float_w", WATTS)
        joins = arguments.flag("joins", default=False)
        arguments.done()

        def plug_in(at_s: float) -> None:
            unit.settle(at_s)
            outlet = unit.pile.disturb(number)
            together_w = watts + (outlet.power_w(at_s) if joins else 0.0)
            outlet.plug_in(at_s, known_charger(together_w, left_s, float_w=float_w, waits_s=waits_s))

        return plug_in

    def _prepare_visit(self, arguments: Arguments) -> Action:
        unit = self._named(arguments)
        if not isinstance(unit, LockUnit):
            raise SimulatorError("people come to lock boards: this unit is none")
        act = unit.visit(arguments)

        def visit(at_s: float) -> None:
            unit.settle(at_s)
            act(at_s)

        return visit

    def _named(self, arguments: Arguments) -> Thing:
        number = arguments.integer("unit", UNITS)
        unit = self._units.get(number) or self._speakers.get(number)
        if unit is None:
            raise SimulatorError(f"there is no unit {number} here")
        return unit


def world_of(spec: LineSpec) -> SiteWorld:
    """Make the world that an estate's line was given."""
    return SiteWorld(plant_of(spec.world_options), time.monotonic())
