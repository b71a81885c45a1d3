"""The commands of the control endpoint: what each asks for and what it does. Checked first, done at its moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from simulators.arguments import UNITS, Arguments
from simulators.errors import SimulatorError
from simulators.faults import MOST_MS, read_fault
from simulators.journal import MOST_FETCHED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulators.station import Slave, Station
    from simulators.world import Action

FURTHEST_S = 86_400.0
LAST_INDEX = 2**62


class Line(Protocol):
    """What commands change: the running line."""

    @property
    def station(self) -> Station: ...

    @property
    def path(self) -> str: ...

    def vanish(self) -> None: ...

    def come_back(self) -> None: ...

    def babble(self, start_s: float, duration_s: float) -> None: ...

    def stop(self) -> None: ...


def obey(line: Line, request: object, now_s: float) -> dict[str, Any]:
    """Check one command and do it, now or at its `at_s` (seconds of CLOCK_MONOTONIC); return the answer.

    A command is refused as a whole, before anything has changed. A moment that has passed means now.
    """
    try:
        command, given = _split(request)
        wanted_s = given.pop("at_s", None)
        arguments = Arguments(command, given)
        action = _prepare(line, command, arguments)
        if wanted_s is None:
            return {"ok": True, "at_s": now_s, "result": action(now_s)}
        at_s = max(now_s, Arguments(command, {"at_s": wanted_s}).number("at_s", (0, now_s + FURTHEST_S)))
        line.station.agenda.at(at_s, lambda: _discard(action(at_s)))
    except SimulatorError as error:
        return {"ok": False, "error": str(error)}
    return {"ok": True, "at_s": at_s, "result": None}


def _split(request: object) -> tuple[str, dict[str, object]]:
    if not isinstance(request, dict):
        raise SimulatorError('a command is a JSON object such as {"do": "status"}')
    given = dict(request)
    command = given.pop("do", None)
    if not isinstance(command, str):
        raise SimulatorError('a command needs its name under "do"')
    return command, given


def _prepare(line: Line, command: str, arguments: Arguments) -> Action:
    make = COMMANDS.get(command)
    if make is not None:
        action = make(line, arguments)
        arguments.done()
        return action
    of_world = line.station.world.prepare(command, arguments)
    if of_world is None:
        raise SimulatorError(f"unknown command {command!r}; the line itself knows {', '.join(sorted(COMMANDS))}")
    return of_world


def _discard(_result: object) -> None:
    return None


def _status(line: Line, _arguments: Arguments) -> Action:
    station = line.station
    return lambda at_s: {
        "name": station.spec.name,
        "path": line.path,
        "now_s": at_s,
        "journal_next": station.journal.next_index,
        "faults_waiting": len(station.faults),
        "silent": [slave.unit for slave in station.slaves.values() if slave.silent],
    }


def _slave(line: Line, arguments: Arguments) -> Slave:
    unit = arguments.integer("unit", UNITS)
    slave = line.station.slaves.get(unit)
    if slave is None:
        raise SimulatorError(f"there is no unit {unit} on line {line.station.spec.name}")
    return slave


def _silence(line: Line, arguments: Arguments) -> Action:
    slave, on = _slave(line, arguments), arguments.flag("on")

    def act(_at_s: float) -> None:
        slave.silent = on

    return act


def _turnaround(line: Line, arguments: Arguments) -> Action:
    slave, turnaround_ms = _slave(line, arguments), arguments.number("ms", (0, MOST_MS))

    def act(_at_s: float) -> None:
        slave.turnaround_s = turnaround_ms / 1000.0

    return act


def _fault(line: Line, arguments: Arguments) -> Action:
    fault, faults = read_fault(arguments), line.station.faults
    return lambda _at_s: faults.add(fault)


def _clear_faults(line: Line, _arguments: Arguments) -> Action:
    return lambda _at_s: line.station.faults.clear()


def _echo(line: Line, arguments: Arguments) -> Action:
    on = arguments.flag("on")

    def act(_at_s: float) -> None:
        line.station.echo = on

    return act


def _strict(line: Line, arguments: Arguments) -> Action:
    on = arguments.flag("on")

    def act(_at_s: float) -> None:
        line.station.strict_silence = on

    return act


def _babble(line: Line, arguments: Arguments) -> Action:
    duration_s = arguments.number("ms", (0, MOST_MS)) / 1000.0
    return lambda at_s: line.babble(at_s, duration_s)


def _vanish(line: Line, _arguments: Arguments) -> Action:
    return lambda _at_s: line.vanish()


def _come_back(line: Line, _arguments: Arguments) -> Action:
    def act(_at_s: float) -> str:
        line.come_back()
        return line.path

    return act


def _counters(line: Line, _arguments: Arguments) -> Action:
    return lambda _at_s: line.station.journal.counters.to_json()


def _journal(line: Line, arguments: Arguments) -> Action:
    since = arguments.integer("since", (0, LAST_INDEX), 0)
    limit = arguments.integer("limit", (1, MOST_FETCHED), MOST_FETCHED)
    journal = line.station.journal
    return lambda _at_s: {
        "next": journal.next_index,
        "entries": [entry.to_json() for entry in journal.since(since, limit)],
    }


def _clear_journal(line: Line, _arguments: Arguments) -> Action:
    return lambda _at_s: line.station.journal.clear()


def _stop(line: Line, _arguments: Arguments) -> Action:
    return lambda _at_s: line.stop()


COMMANDS: Mapping[str, Callable[[Line, Arguments], Action]] = {
    "status": _status,
    "silence": _silence,
    "turnaround": _turnaround,
    "fault": _fault,
    "clear-faults": _clear_faults,
    "echo": _echo,
    "strict": _strict,
    "babble": _babble,
    "vanish": _vanish,
    "return": _come_back,
    "counters": _counters,
    "journal": _journal,
    "clear-journal": _clear_journal,
    "stop": _stop,
}
