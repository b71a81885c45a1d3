"""A DianChuan charging board with 10 outlets: a stranger to the driver's codec.

It has no clock: whoever owns the line says how many minutes pass, and sends on what it reports.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from simulators.vendor.said import Said

USED_UP, FULL, OVER_POWER, NO_CHARGER = 0, 2, 4, 6
OUTLETS = 10
REPORTS = (0x05, 0x0D)


@dataclass(slots=True)
class Port:
    """One outlet. `plugged_w` is what its charger draws when it is on; `welded`: it is, whatever the board thinks."""

    plugged_w: float = 0.0
    left_min: int = 0
    fails: bool = False
    welded: bool = False

    @property
    def power_w(self) -> float:
        return self.plugged_w if self.left_min or self.welded else 0.0


@dataclass(slots=True)
class Board:
    """The board. `sessions` counts the reports that it has made; `unanswered` holds those that it sends again."""

    ports: list[Port] = field(default_factory=lambda: [Port() for _ in range(OUTLETS)])
    max_power_w: int = 1000
    volts: float = 230.0
    turnaround_s: float = 0.02
    sessions: int = 0
    unanswered: dict[bytes, bytes] = field(default_factory=dict)

    def hear(self, data: bytes) -> list[Said]:
        """Obey a command and answer it under its own session."""
        if len(data) < 10 or data[0] != 0xEE or data[1] != len(data) - 2 or _odd(data[1:]):  # noqa: PLR2004 - a frame
            return []
        command, session, given = data[2], data[3:9], list(data[9:-1])
        if command in REPORTS:
            self.unanswered.pop(session, None)
            return []
        answer = self._obey(command, given)
        return [] if answer is None else [Said(_sealed(command, session, answer), self.turnaround_s)]

    def pass_minutes(self, minutes: int) -> list[bytes]:
        """Let time pass; return the reports about charges that ended in it."""
        reports = []
        for number, port in enumerate(self.ports, start=1):
            if not port.left_min:
                continue
            if port.power_w > self.max_power_w:
                reports.append(self.complete(number, port.left_min, OVER_POWER))
                port.left_min = 0
                continue
            port.left_min = max(0, port.left_min - minutes)
            if not port.left_min:
                reports.append(self.complete(number, 0, USED_UP))
        return reports

    def fault(self, port: int, code: int) -> bytes:
        """Make a report of a fault (port 0xFF: the whole board)."""
        return self._report(0x0D, [port, code])

    def complete(self, port: int, left_min: int, reason: int) -> bytes:
        """Make a report of a charge that ended."""
        return self._report(0x05, [port, *_two(left_min), reason])

    def _report(self, command: int, data: list[int]) -> bytes:
        self.sessions += 1
        session = bytes([0xB0]) + self.sessions.to_bytes(5, "big")
        self.unanswered[session] = _sealed(command, session, data)
        return self.unanswered[session]

    def _obey(self, command: int, given: list[int]) -> list[int] | None:
        match command, given:
            case 0x02, [number, _, _, high, low] if 1 <= number <= OUTLETS:
                return self._start(number, high * 256 + low)
            case 0x0B, [number, *_] if 1 <= number <= OUTLETS:
                return self._stop(number)
            case 0x08, [high, low, *_]:
                self.max_power_w = high * 256 + low
                return [1]
            case ((0x02 | 0x0B | 0x08), _):
                return None
        settings = [*_two(self.max_power_w), 1, *_two(60), *_two(120), *_two(180), 0, 1]
        return {0x0C: settings, 0x24: self._everything(), 0x25: [1, 7]}.get(command)

    def _start(self, number: int, minutes: int) -> list[int]:
        port = self.ports[number - 1]
        if port.fails:
            return [number, 2]
        port.left_min = minutes
        return [number, 1]

    def _stop(self, number: int) -> list[int]:
        port = self.ports[number - 1]
        left_min, port.left_min = port.left_min, 0
        return [number, *_two(left_min)]

    def _everything(self) -> list[int]:
        amps = sum(port.power_w for port in self.ports) / self.volts
        relays = "".join("1" if port.left_min else "0" for port in reversed(self.ports))
        answer = [*_two(round(10 * amps)), 31, *_two(int(relays, 2))]
        for port in self.ports:
            answer += _two(round(10 * port.power_w))
        for port in self.ports:
            answer += _two(port.left_min)
        return answer


def _two(number: int) -> list[int]:
    return list(divmod(min(number, 0xFFFF), 256))


def _odd(data: bytes) -> int:
    total = 0
    for byte in data:
        total ^= byte
    return total


def _sealed(command: int, session: bytes, data: list[int]) -> bytes:
    body = bytes([8 + len(data), command]) + session + bytes(data)
    return b"\x66" + body + bytes([_odd(body)])
