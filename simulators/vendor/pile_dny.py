"""A DNY (AP3000) pile: a stranger to the driver's codec. On RS-485 it speaks only when it is polled or told something.

It looks at no clock of ours: whoever owns the line lets seconds pass. What it has to say waits until a poll under its
virtual id, or, where it has dialled in, until its owner sends it. Its own clock begins at 1970 with each power-up.
Orders and settlements stand in its EEPROM. Codes and thresholds: AP3000 protocol V8.6, clauses 3 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulators.vendor.dny_port import FULL, DnyPort
from simulators.vendor.said import Said

if TYPE_CHECKING:
    from collections.abc import Callable

HEARTBEAT_S, PORT_POWER_S, SETTLEMENT_S = 180, 300, 1800
ASKS_AGAIN_S, ASKS_TIME_S = 180, 12 * 3600
SERVER_STOPPED, NO_POWER = 7, 0x0E
MOST_W = 2000
PORTS = 12
AROUND = 14
SHORTEST = {0x00: 1, 0x22: 4, 0x82: 29, 0x85: 4, 0x8A: 4}
"""Data bytes of what it is told: less is no command."""

PARAMETERS = bytes.fromhex("2003 1E00 0807 0A 2C01 302A 2C01 2C01 0807 2C01 50 50 00 01")
"""What command 91 shows, as it comes from the factory."""


@dataclass(slots=True)
class DnyPile:
    """The pile. `settlements` are those that no answer has come for, by message id; `heard` is what it was told.

    `running_told` are the orders that it says it goes on with (04), likewise. `settled` is the last settlement of each
    port. `thinks_s` is how long it takes to answer a command, `turnaround_s` a poll. `strict_orders`: a stop must name
    the order that runs.
    """

    physical: int
    virtual: int
    ports: list[DnyPort] = field(default_factory=lambda: [DnyPort() for _ in range(PORTS)])
    limits: list[int] = field(default_factory=lambda: [36000, 10 * MOST_W, 2700, 1000])
    turnaround_s: float = 0.02
    thinks_s: float = 0.3
    volts: float = 230.0
    silent: bool = False
    strict_orders: bool = True
    waiting: list[tuple[int, bytes]] = field(default_factory=list)
    settlements: dict[int, bytes] = field(default_factory=dict)
    running_told: dict[int, bytes] = field(default_factory=dict)
    settled: dict[int, list[int]] = field(default_factory=dict)
    heard: list[tuple[int, bytes]] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    messages: int = 0
    said_last: bytes = b""
    age_s: int = 0
    clock_s: int = 0
    time_asked_s: int | None = None
    parameters: bytes = PARAMETERS

    def power_up(self) -> None:
        """Register, say how it is and which orders it goes on with, and ask for the time: its clock has lost it."""
        self.waiting.clear()
        self.running_told.clear()
        self.clock_s = 0
        self.introduce()
        self._ask_time()
        for number, port in enumerate(self.ports):
            if port.order:
                self._say_running(number, port)
        self.say_settlements_again()

    def introduce(self) -> None:
        """Register, and say how it is."""
        self._say(0x20, [126, 0, len(self.ports), self.virtual, 0x30, 2, 100, 0])
        self._heartbeat()

    def dialled(self) -> None:
        """Begin anew on a connection that has just been made; what was on its way in the old one is lost."""
        self.waiting.clear()
        self.introduce()
        self._again(self.running_told)
        self.say_settlements_again()

    def pass_seconds(self, seconds: int) -> None:
        """Let time pass, one second after the other."""
        for _ in range(seconds):
            self.age_s += 1
            self.clock_s += 1
            for number, port in enumerate(self.ports):
                if port.order:
                    self._run(number, port)
            if self.age_s % HEARTBEAT_S == 0:
                self._heartbeat()
            if self.age_s % SETTLEMENT_S == 0:
                self.say_settlements_again()
            if self.age_s % ASKS_AGAIN_S == 0:
                self._again(self.running_told)
                if self.time_asked_s is not None or self.age_s % ASKS_TIME_S == 0:
                    self._ask_time()

    def say_settlements_again(self) -> None:
        """Repeat every settlement that nobody has answered, each under its own message id."""
        self._again(self.settlements)

    def give_up(self, number: int) -> None:
        """End and settle what a port charges for want of power."""
        if self.ports[number].order:
            self._settle(number, self.ports[number], NO_POWER)

    def settle_again(self, number: int, wh: float) -> None:
        """Send the last settlement of a port anew, under another message id and with this energy."""
        data = self.settled.get(number)
        if data is not None:
            clock = self.clock_s.to_bytes(4, "little")
            message = self._say(0x03, [*data[:4], *two(wh / 10), *data[6:-4], *clock])
            self.settlements[message] = self.waiting[-1][1]

    def alarm(self, kind: int) -> None:
        """Say that something is wrong (4: smoke)."""
        self._say(0x42, [kind, 0, 1])

    def show_card(self, number: bytes, port: int = 0xFF) -> None:
        """Let somebody hold a card (4 bytes) to a port, or to hear its balance; what it is told, `heard` has."""
        self._say(0x02, [*number, 0, port, 0, 0, *self.clock_s.to_bytes(4, "little")])

    def repeat(self) -> None:
        """Send the last message once more, under its own id, as a pile does that has heard no answer."""
        self.waiting.append((self.messages, self.said_last))

    def hear(self, data: bytes) -> list[Said]:
        """Take a frame of the host: a poll, a command, or an answer."""
        if self.silent or not is_whole(data) or len(data) - AROUND < SHORTEST.get(data[11], 0):
            return []
        named, message = _number(data[5:9]), _number(data[9:11])
        command, given = data[11], data[12:-2]
        if command == 0:
            return self._polled(given[0])
        if named != self.physical:
            return []
        self.heard.append((command, given))
        if command in (0x01, 0x02, 0x03, 0x04, 0x20, 0x21, 0x22):
            self._take_answer(command, message, given)
            return []
        reply = self._obey(command, given)
        return [] if reply is None else [Said(self._sealed(message, command, reply), self.thinks_s)]

    # ------------------------------------------------------------------ what it says

    def _polled(self, virtual: int) -> list[Said]:
        if virtual != self.virtual or not self.waiting:
            return []
        _, frame = self.waiting.pop(0)
        return [Said(frame, self.turnaround_s)]

    def _say(self, command: int, data: list[int]) -> int:
        self.messages = self.messages % 60000 + 1
        self.said_last = self._sealed(self.messages, command, data)
        self.waiting.append((self.messages, self.said_last))
        return self.messages

    def _again(self, unanswered: dict[int, bytes]) -> None:
        queued = {message for message, _ in self.waiting}
        self.waiting += [(number, said) for number, said in unanswered.items() if number not in queued]

    def _ask_time(self) -> None:
        self.time_asked_s = self.age_s
        self._say(0x22, [])

    def _heartbeat(self) -> None:
        states = [port.state for port in self.ports]
        self._say(0x21, [*two(10 * self.volts), len(states), *states, 0, 65 + 28])

    def _port_power(self, number: int, port: DnyPort) -> None:
        self._say(
            0x06,
            [
                *(number, port.state, *two(port.seconds), *two(port.wh / 10), 1),
                *(*two(10 * port.power_w), *two(10 * port.peak_w), *two(10 * port.lowest_w), *two(10 * port.mean_w)),
                *port.order,
                *(0, 0),
                *two(10 * port.peak_w),
                *two(10 * self.volts),
                *two(1000 * port.current_a(self.volts)),
                *(65 + 28, 65 + 35),
                *(self.clock_s.to_bytes(4, "little")),
            ],
        )
        port.begin_period()

    def _say_running(self, number: int, port: DnyPort) -> None:
        message = self._say(0x04, [number, 1, 0, 0, 0, 0, *two(port.seconds), *port.order])
        self.running_told[message] = self.waiting[-1][1]

    def _settle(self, number: int, port: DnyPort, reason: int) -> None:
        data = [*two(port.seconds), *two(10 * port.peak_w), *two(port.wh / 10), number, 1, 0, 0, 0, 0]
        data += [reason, *port.order, *two(10 * port.peak_w), *self.clock_s.to_bytes(4, "little")]
        port.end()
        port.was_full = reason == FULL
        self.settled[number] = data
        message = self._say(0x03, data)
        self.settlements[message] = self.waiting[-1][1]

    def _run(self, number: int, port: DnyPort) -> None:
        reason = port.pass_second()
        if reason is not None:
            self._settle(number, port, reason)
        elif port.seconds % PORT_POWER_S == 0:
            self._port_power(number, port)

    # ------------------------------------------------------------------ what it does

    def _take_answer(self, command: int, message: int, given: bytes) -> None:
        self.answered.append(message)
        self.settlements.pop(message, None)
        self.running_told.pop(message, None)
        if command == 0x22:  # noqa: PLR2004 - the time
            self.clock_s, self.time_asked_s = _number(given), None

    def _obey(self, command: int, given: bytes) -> list[int] | None:
        doers: dict[int, Callable[[bytes], list[int] | None]] = {
            0x81: self._told_to_tell,
            0x82: self._switch,
            0x84: self._set_parameters,
            0x85: self._set_limits,
            0x8A: self._change,
            0x91: lambda _given: list(self.parameters),
            0x92: lambda _given: [byte for limit in self.limits for byte in two(limit)],
        }
        return doers[command](given) if command in doers else None

    def _told_to_tell(self, _given: bytes) -> None:
        self.introduce()

    def _set_parameters(self, given: bytes) -> list[int]:
        if len(given) != len(self.parameters):
            return [1]
        self.parameters = given
        return [0]

    def _set_limits(self, given: bytes) -> list[int]:
        told = [_number(given[at : at + 2]) for at in range(0, len(given), 2)]
        if told[1] > 10 * MOST_W:
            return [1]
        self.limits[: len(told)] = told
        return [0]

    def _change(self, given: bytes) -> list[int]:
        number, value = given[1], _number(given[2:4])
        if number >= len(self.ports) or not self.ports[number].order:
            return [1]
        if value < self.ports[number].seconds:
            return [2]
        self.ports[number].max_s = value
        return [0]

    def _switch(self, given: bytes) -> list[int]:
        number, action, order = given[5], given[6], given[9:25]
        if number >= len(self.ports):
            return [4, *order, number, 0, 0]
        port = self.ports[number]
        code = self._start(port, order, given[25:]) if action == 1 else self._stop(number, port, order)
        return [code, *order, number, 0, 0]

    def _start(self, port: DnyPort, order: bytes, limits: bytes) -> int:
        code = port.against_start()
        if not code:
            port.begin(order, _number(limits[:2]) or self.limits[0], (_number(limits[2:4]) or self.limits[1]) / 10)
        return code

    def _stop(self, number: int, port: DnyPort, order: bytes) -> int:
        if not port.order or (self.strict_orders and port.order != order):
            return 2 if not port.order else 3
        self._settle(number, port, SERVER_STOPPED)
        return 0

    def _sealed(self, message: int, command: int, data: list[int]) -> bytes:
        inside = [*self.physical.to_bytes(4, "little"), *two(message), command, *data]
        whole = [*b"DNY", *two(len(inside) + 2), *inside]
        return bytes(whole + two(sum(whole) % 65536))


def two(number: float) -> list[int]:
    high, low = divmod(min(round(number), 0xFFFF), 256)
    return [low, high]


def _number(data: bytes) -> int:
    return sum(byte * 256**place for place, byte in enumerate(data))


def is_whole(data: bytes) -> bool:
    """Tell whether these bytes are one frame, undamaged."""
    if len(data) < 14 or data[:3] != b"DNY" or _number(data[3:5]) != len(data) - 5:  # noqa: PLR2004 - an empty frame
        return False
    return sum(data[:-2]) % 65536 == _number(data[-2:])
