"""A device model as the program uses it: a profile after loading, checking and resolving.

`gateway.profile` makes these from YAML; bus, field and protection only read them. Protection and orders work with
`Role`s and `Switch`es and never see a point's name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.model.wiring import Block, ReadLimits, Table, Timing, Write


class Kind(StrEnum):
    """What a device is for; also the folder of its profile."""

    PILE = "pile"
    METER = "meter"
    RELAY = "relay"
    SENSOR = "sensor"
    LOCK = "lock"
    WEIGHER = "weigher"
    LEVEL = "level"


class PointType(StrEnum):
    BIT = "bit"
    U16 = "u16"
    S16 = "s16"
    U32 = "u32"
    S32 = "s32"
    F32 = "f32"
    BITS = "bits"
    ENUM = "enum"

    @property
    def words(self) -> int:
        return 2 if self in (PointType.U32, PointType.S32, PointType.F32) else 1


class Order(StrEnum):
    """Which half comes first: of the words in a value, or of the bytes in a word."""

    HIGH_FIRST = "high-first"
    LOW_FIRST = "low-first"


class Access(StrEnum):
    READ = "read"
    WRITE = "write"
    READ_WRITE = "read-write"


class Role(StrEnum):
    """What a point is for, of an outlet or of a whole device; the only names that protection and orders know."""

    CURRENT = "current"
    POWER = "power"
    ENERGY = "energy"
    VOLTAGE = "voltage"
    RELAY = "relay"
    PLUG = "plug"
    TEMPERATURE = "temperature"
    TOTAL_CURRENT = "total-current"
    CURRENT_L1 = "current-l1"
    CURRENT_L2 = "current-l2"
    CURRENT_L3 = "current-l3"
    RESIDUAL_CURRENT = "residual-current"
    SMOKE = "smoke"
    DOOR = "door"
    WEIGHT = "weight"
    TARE = "tare"
    STABLE = "stable"
    DISTANCE = "distance"
    HEARTBEAT = "heartbeat"


PHASES = (Role.CURRENT_L1, Role.CURRENT_L2, Role.CURRENT_L3)
"""The currents of a meter that measures each phase."""


class Capability(StrEnum):
    """What logic may ask of a device."""

    SWITCH = "switch"
    METER = "meter"
    SENSE = "sense"
    ACT = "act"


class Action(StrEnum):
    """What a device or outlet can be told to do once; it passes by itself and has no opposite."""

    OPEN = "open"
    TARE = "tare"
    ZERO = "zero"
    CLEAR_TARE = "clear-tare"


class GroupClass(StrEnum):
    """How urgent a poll group is: protection goes round in the ring, the others share its one slot in this order."""

    PROTECTION = "protection"
    SAFETY = "safety"
    CONTROL = "control"
    TELEMETRY = "telemetry"


class Delivery(StrEnum):
    """How a current reaches us; what is not polled gets no bound."""

    POLLED = "polled"
    PUSHED = "pushed"
    NEVER = "never"


class Resumes(StrEnum):
    """Who switches on again what was charging before a power failure."""

    DEVICE = "device"
    GATEWAY = "gateway"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One named, typed, united datum. `value = raw * scale + offset`; outside `low..high` it is implausible.

    `name` is the full path within the device: `voltage`, or `outlet-07/current` for an outlet's point.
    `bit` selects one bit of a register for the type `bit` in a register table.
    """

    name: str
    table: Table
    address: int
    type: PointType
    word_order: Order
    byte_order: Order
    scale: float = 1.0
    offset: float = 0.0
    unit: str = ""
    low: float | None = None
    high: float | None = None
    access: Access = Access.READ
    bit: int | None = None
    labels: Mapping[int, str] = field(default_factory=dict)
    outlet: int | None = None

    @property
    def span(self) -> int:
        """Addresses that the point takes: bits in a bit table, registers otherwise."""
        return 1 if self.table.is_bits else self.type.words


@dataclass(frozen=True, slots=True, kw_only=True)
class PollGroup:
    """Points read together. `blocks` are the contiguous runs that they need, before the planner cuts them up."""

    name: str
    group_class: GroupClass
    period_ms: float
    points: tuple[Point, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """How an outlet (or a contactor) is opened and closed.

    `off_other` opens it by another function code, for the ladder of breaker failure. `feedback` is the point that
    tells the contact's state when that is not the commanded register itself; `read_back` reads that very register.
    """

    on: Write
    off: Write
    off_other: Write | None = None
    feedback: Point | None = None
    read_back: Point | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One charging socket of a pile, channel of a board or door of a lock board; `number` is on its sticker, from 1."""

    number: int
    roles: Mapping[Role, Point]
    switch: Switch | None = None
    actions: Mapping[Action, Write] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"outlet-{self.number:02d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The device's own communication-loss watchdog: armed by `arm`, read back at `armed`, opens after `timeout_s`."""

    arm: Write
    armed: Block
    timeout_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLimit:
    """The power of one outlet above which the device itself cuts it off: set by a value of `write`, read at `shown`."""

    write: Write
    value: int
    shown: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a profile's facts come from."""

    manual: str
    page: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceModel:
    """A loaded, checked, resolved profile.

    `roles` are those of the whole device (total current, smoke, heartbeat, ...). `all_off` opens every outlet with
    one frame. `holds_on_silence` is true for a device whose outputs stay as they are when communication is lost.
    `query` makes a device that only pushes tell how it is. `feed`: of a meter that opens contactors by itself, the
    currents of its phases, of which the highest counts for its one outlet. `current_at_v`: of a device that tells watts
    only, the voltage at which its outlets' power is taken as their current.
    """

    name: str
    kind: Kind
    vendor: str
    model: str
    source: Source
    driver: str
    timing: Timing
    limits: ReadLimits
    delivery: Delivery
    resumes: Resumes
    holds_on_silence: bool
    capabilities: frozenset[Capability]
    points: tuple[Point, ...]
    groups: tuple[PollGroup, ...]
    outlets: tuple[Outlet, ...] = ()
    roles: Mapping[Role, Point] = field(default_factory=dict)
    all_off: Write | None = None
    actions: Mapping[Action, Write] = field(default_factory=dict)
    lease: Lease | None = None
    rated_closings: int | None = None
    own_limit: OwnLimit | None = None
    query: Write | None = None
    feed: tuple[Point, ...] = ()
    current_at_v: float | None = None
    protection: Mapping[str, object] = field(default_factory=dict)
    workarounds: frozenset[str] = frozenset()
    file: str = ""

    def outlet(self, number: int) -> Outlet:
        """Return the outlet with this sticker number; `KeyError` when the model has none."""
        for outlet in self.outlets:
            if outlet.number == number:
                return outlet
        raise KeyError(number)
