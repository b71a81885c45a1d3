"""A DNY (AP3000) pile on RS-485: a stranger to the driver's codec. It speaks only when it is polled or told something.

It has no clock: whoever owns the line lets seconds pass. What it has to say waits until a poll under its virtual id.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from simulators.vendor.said import Said

HEARTBEAT_S, PORT_POWER_S, SETTLEMENT_S = 180, 300, 1800
SERVER_STOPPED, OVERLOAD = 7, 6
IDLE, CHARGING = 0, 1
VOLTS = 230.0


@dataclass(slots=True)
class DnyPort:
    """One outlet. `plugged_w` is what its charger draws when it is on; `refuses` is a code for each start."""

    plugged_w: float = 0.0
    refuses: int = 0
    order: bytes = b""
    seconds: int = 0
    wh: float = 0.0
    limit_w: float = 0.0

    @property
    def power_w(self) -> float:
        return self.plugged_w if self.order else 0.0


@dataclass(slots=True)
class DnyPile:
    """The pile. `settlements` are those that no answer has come for, by message id; `heard` is what it was told.

    `thinks_s` is how long it takes to answer a command, `turnaround_s` a poll.
    """

    physical: int
    virtual: int
    ports: list[DnyPort] = field(default_factory=lambda: [DnyPort() for _ in range(12)])
    limits: list[int] = field(default_factory=lambda: [36000, 20000, 2700, 1000])
    turnaround_s: float = 0.02
    thinks_s: float = 0.3
    silent: bool = False
    strict_orders: bool = True
    waiting: list[tuple[int, bytes]] = field(default_factory=list)
    settlements: dict[int, bytes] = field(default_factory=dict)
    heard: list[tuple[int, bytes]] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)
    messages: int = 0
    age_s: int = 0

    def power_up(self) -> None:
        """Register, and say how it is."""
        number = len(self.ports)
        self._say(0x20, [126, 0, number, self.virtual, 0x30, 2, 100, 0])
        self._heartbeat()

    def pass_seconds(self, seconds: int) -> None:
        """Let time pass, one second after the other."""
        for _ in range(seconds):
            self.age_s += 1
            for number, port in enumerate(self.ports):
                if port.order:
                    self._run(number, port)
            if self.age_s % HEARTBEAT_S == 0:
                self._heartbeat()
            if self.age_s % SETTLEMENT_S == 0:
                self.say_settlements_again()

    def say_settlements_again(self) -> None:
        """Repeat every settlement that nobody has answered, each under its own message id."""
        queued = {message for message, _ in self.waiting}
        self.waiting += [(number, said) for number, said in self.settlements.items() if number not in queued]

    def alarm(self, kind: int) -> None:
        """Say that something is wrong (4: smoke)."""
        self._say(0x42, [kind, 0, 1])

    def hear(self, data: bytes) -> list[Said]:
        """Take a frame of the host: a poll, a command, or an answer."""
        if self.silent or not _is_whole(data):
            return []
        named, message = _number(data[5:9]), _number(data[9:11])
        command, given = data[11], data[12:-2]
        if command == 0:
            return self._polled(given[0])
        if named != self.physical:
            return []
        self.heard.append((command, given))
        if command in (0x01, 0x03, 0x20, 0x21):
            self.answered.append(message)
            self.settlements.pop(message, None)
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
        self.waiting.append((self.messages, self._sealed(self.messages, command, data)))
        return self.messages

    def _heartbeat(self) -> None:
        states = [CHARGING if port.order else IDLE for port in self.ports]
        self._say(0x21, [*_two(round(10 * VOLTS)), len(states), *states, 0, 65 + 28])

    def _port_power(self, number: int, port: DnyPort) -> None:
        power = _two(round(10 * port.power_w))
        self._say(
            0x06,
            [
                *(number, CHARGING, *_two(port.seconds), *_two(int(port.wh / 10)), 1),
                *(power * 4),
                *port.order,
                *(0, 0),
                *power,
                *_two(round(10 * VOLTS)),
                *_two(round(1000 * port.power_w / VOLTS)),
                *(65 + 28, 65 + 35),
                *(self.age_s.to_bytes(4, "little")),
            ],
        )

    def _settle(self, number: int, port: DnyPort, reason: int) -> None:
        data = [*_two(port.seconds), *_two(round(10 * port.power_w)), *_two(int(port.wh / 10)), number, 1, 0, 0, 0, 0]
        data += [reason, *port.order, *_two(round(10 * port.power_w)), *self.age_s.to_bytes(4, "little")]
        port.order, port.seconds, port.wh = b"", 0, 0.0
        message = self._say(0x03, data)
        self.settlements[message] = self.waiting[-1][1]

    def _run(self, number: int, port: DnyPort) -> None:
        port.seconds += 1
        port.wh += port.power_w / 3600
        if port.power_w > port.limit_w:
            self._settle(number, port, OVERLOAD)
        elif port.seconds % PORT_POWER_S == 0:
            self._port_power(number, port)

    # ------------------------------------------------------------------ what it does

    def _obey(self, command: int, given: bytes) -> list[int] | None:
        match command:
            case 0x82:
                return self._switch(given)
            case 0x85:
                told = [_number(given[at : at + 2]) for at in range(0, len(given), 2)]
                if told[1] > 20000:  # noqa: PLR2004 - 2000 W, what such a pile can bear
                    return [1]
                self.limits[: len(told)] = told
                return [0]
            case 0x92:
                return [byte for limit in self.limits for byte in _two(limit)]
            case 0x81:
                self.power_up()
        return None

    def _switch(self, given: bytes) -> list[int]:
        number, action, order = given[5], given[6], given[9:25]
        if number >= len(self.ports):
            return [4, *order, number, 0, 0]
        port = self.ports[number]
        code = self._start(port, order, given[25:]) if action == 1 else self._stop(number, port, order)
        return [code, *order, number, 0, 0]

    def _start(self, port: DnyPort, order: bytes, limits: bytes) -> int:
        if port.refuses or port.order:
            return port.refuses or 2
        port.order, port.seconds, port.wh = order, 0, 0.0
        port.limit_w = (_number(limits[2:4]) or self.limits[1]) / 10
        return 0

    def _stop(self, number: int, port: DnyPort, order: bytes) -> int:
        if not port.order or (self.strict_orders and port.order != order):
            return 2 if not port.order else 3
        self._settle(number, port, SERVER_STOPPED)
        return 0

    def _sealed(self, message: int, command: int, data: list[int]) -> bytes:
        inside = [*self.physical.to_bytes(4, "little"), *_two(message), command, *data]
        whole = [*b"DNY", *_two(len(inside) + 2), *inside]
        return bytes(whole + _two(sum(whole) % 65536))


def _two(number: int) -> list[int]:
    high, low = divmod(number, 256)
    return [low, high]


def _number(data: bytes) -> int:
    return sum(byte * 256**place for place, byte in enumerate(data))


def _is_whole(data: bytes) -> bool:
    if len(data) < 14 or data[:3] != b"DNY" or _number(data[3:5]) != len(data) - 5:  # noqa: PLR2004 - an empty frame
        return False
    return sum(data[:-2]) % 65536 == _number(data[-2:])
