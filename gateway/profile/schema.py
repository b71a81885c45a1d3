"""The form of a profile file: what may be written, in which words, with which limits.

Only the form. Whether it makes sense (does the role name a point that exists?) is judged by `gateway.profile.lint`,
and the values that the program runs on are made by `gateway.profile.build`.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field
from pydantic import Strict as StrictType

from gateway.model.device import Access, Action, Delivery, GroupClass, Kind, Order, PointType, Resumes, Role
from gateway.model.wiring import Table
from gateway.profile.protection import PileProtection
from gateway.profile.strict import Strict

LOOSE = StrictType(strict=False)
"""Lets a word of the file become the member of an enumeration."""

Address = Annotated[int, Field(ge=0, le=65535)]
Word = Annotated[int, Field(ge=0, le=65535)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Reference = Annotated[str, Field(pattern=r"^(outlets/)?[a-z][a-z0-9-]{0,39}$")]
NonNegativeMs = Annotated[float, Field(ge=0, le=600_000)]


Acts = dict[Annotated[Action, LOOSE], Name]
ACT_DESCRIPTION = "Commands that act once and pass by themselves: open a lock, tare or zero a weigher."


class Workaround(StrEnum):
    """Known misbehaviours of devices that the program can live with. A closed list: each has code behind it."""

    ONLY_MULTIPLE_WRITES = "only-multiple-writes"


class SourceSpec(Strict):
    """Where the facts of this profile come from."""

    manual: str = Field(min_length=3, description="Title and edition of the manual, or what stands in its place.")
    page: str = Field(default="", description="Page or section of the register map.")
    url: str = Field(default="", description="Where the manual can be read.")


class TimingSpec(Strict):
    """How long the device takes to answer."""

    turnaround_min_ms: NonNegativeMs = Field(
        default=0.0, description="Last request byte to first reply byte, at least."
    )
    turnaround_max_ms: NonNegativeMs = Field(
        default=50.0, description="Last request byte to first reply byte, at most."
    )
    late_reply_ms: NonNegativeMs = Field(default=500.0, description="How long after a time-out a reply may still come.")
    relay_ms: NonNegativeMs = Field(default=0.0, description="Last byte of an OFF to the open contact, at most.")
    command_gap_ms: NonNegativeMs = Field(
        default=0.0, description="From one command to the device to the next, at least."
    )


class LimitsSpec(Strict):
    """What one read may ask for."""

    registers: Annotated[int, Field(ge=1, le=125)] = Field(default=125, description="Most registers in one read.")
    bits: Annotated[int, Field(ge=1, le=2000)] = Field(default=2000, description="Most coils or inputs in one read.")
    even_counts: bool = Field(default=False, description="True where only even numbers of registers can be read.")


Span = Annotated[list[Address], Field(min_length=2, max_length=2)]


class ReadableSpec(Strict):
    """Addresses that may be read although no point lies there: [first, last] pairs, both included.

    A gap between points is read across only where it lies in one of these (or under other points) and is short.
    """

    coil: list[Span] = Field(default=[], description="Pairs [first, last] of coils.")
    discrete: list[Span] = Field(default=[], description="Pairs [first, last] of discrete inputs.")
    input: list[Span] = Field(default=[], description="Pairs [first, last] of input registers.")
    holding: list[Span] = Field(default=[], description="Pairs [first, last] of holding registers.")


class CurrentsSpec(Strict):
    """How the currents reach us, and how old they are then."""

    delivery: Annotated[Delivery, LOOSE] = Field(
        description="polled: we ask; pushed: the device tells; never: not at all."
    )
    refresh_ms: NonNegativeMs | None = Field(
        default=None,
        description="Age of a current at most when it is read: metering chip and the device's own loop. "
        "Two readings closer together are one sample.",
    )
    from_power_at_v: Annotated[float, Field(ge=100, le=480)] | None = Field(
        default=None,
        description="Of a device that tells watts only: an outlet's current is taken as its power at this voltage.",
    )


class PointSpec(Strict):
    """One datum. value = raw x scale + offset."""

    table: Annotated[Table, LOOSE] = Field(description="coil, discrete, input or holding.")
    address: Address = Field(description="Counted from 0, as on the wire.")
    type: Annotated[PointType, LOOSE] = Field(description="bit, u16, s16, u32, s32, f32, bits or enum.")
    bit: Annotated[int, Field(ge=0, le=15)] | None = Field(
        default=None, description="Which bit of a register (0 is the lowest); only for the type bit in a register."
    )
    word_order: Annotated[Order, LOOSE] = Field(
        default=Order.HIGH_FIRST, description="Which register of a 32-bit value comes first."
    )
    byte_order: Annotated[Order, LOOSE] = Field(
        default=Order.HIGH_FIRST, description="Which byte of a register comes first; Modbus says high-first."
    )
    scale: Annotated[float, Field(ge=-1e9, le=1e9)] = Field(default=1.0, description="Factor from raw to unit, not 0.")
    offset: Annotated[float, Field(ge=-1e9, le=1e9)] = Field(default=0.0, description="Added after scaling.")
    unit: Annotated[str, Field(max_length=12)] = Field(default="", description="Unit of the value after scaling.")
    range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = Field(
        default=None, description="Plausible [low, high] in the unit; a value outside it is an error, not a reading."
    )
    access: Annotated[Access, LOOSE] = Field(default=Access.READ, description="read, write or read-write.")
    labels: dict[Word, str] = Field(default={}, description="Names of raw values (enum) or of bit numbers (bits).")


class OutletPointSpec(PointSpec):
    """One datum that every outlet has; `address` is that of the first outlet."""

    stride: Annotated[int, Field(ge=0, le=65535)] | None = Field(
        default=None, description="Addresses from one outlet to the next; the point's own size when left out."
    )
    bit_stride: Annotated[int, Field(ge=0, le=16)] = Field(
        default=0, description="Bits from one outlet to the next, for outlets packed in one register (stride 0)."
    )


class CommandSpec(Strict):
    """Constant values for consecutive coils or holding registers."""

    table: Annotated[Table, LOOSE] = Field(description="coil or holding.")
    address: Address = Field(description="Counted from 0, as on the wire.")
    values: Annotated[list[Word], Field(min_length=1, max_length=123)] = Field(
        description="What is written: 0 or 1 for a coil, 0..65535 for a register."
    )
    multiple: bool = Field(default=False, description="True: use the many-values function even for one value.")
    read_back: Reference | None = Field(default=None, description="Point that reads the very register written.")
    feedback: Reference | None = Field(
        default=None, description="Point that tells what the output really does, when it is not the register written."
    )


class OutletCommandSpec(CommandSpec):
    """A command that every outlet has; `address` is that of the first outlet."""

    stride: Annotated[int, Field(ge=0, le=65535)] | None = Field(
        default=None, description="Addresses from one outlet to the next; the number of values when left out."
    )


class OutletSwitchSpec(Strict):
    """How one outlet is opened and closed."""

    on: Name = Field(description="Command that closes the outlet.")
    off: Name = Field(description="Command that opens it: a plain write of a value, never a toggle or flash.")
    off_other: Name | None = Field(
        default=None, description="Command that opens it by another function code or register, for breaker failure."
    )


class OutletCapabilities(Strict):
    """What logic may ask of an outlet."""

    switch: OutletSwitchSpec | None = Field(default=None, description="How the outlet is opened and closed.")
    meter: list[Name] = Field(default=[], description="Points that measure electricity.")
    sense: list[Name] = Field(default=[], description="Points that observe anything else.")
    act: Acts = Field(default={}, description=ACT_DESCRIPTION)


class DeviceSwitchSpec(Strict):
    """How all outlets are opened at once."""

    all_off: Name = Field(description="Command that opens every outlet with one frame.")


class DeviceCapabilities(Strict):
    """What logic may ask of the device as a whole."""

    switch: DeviceSwitchSpec | None = Field(default=None, description="How everything is opened at once.")
    meter: list[Name] = Field(default=[], description="Points that measure electricity.")
    sense: list[Name] = Field(default=[], description="Points that observe anything else.")
    act: Acts = Field(default={}, description=ACT_DESCRIPTION)


class OutletsSpec(Strict):
    """What every outlet has alike: sockets of a pile, or channels of a relay board."""

    count: Annotated[int, Field(ge=1, le=256)] = Field(description="How many outlets there are.")
    first: Annotated[int, Field(ge=1, le=999)] = Field(default=1, description="Number on the first outlet's sticker.")
    points: dict[Name, OutletPointSpec] = Field(description="Points that each outlet has.")
    roles: dict[Annotated[Role, LOOSE], Name] = Field(default={}, description="What each point is for.")
    commands: dict[Name, OutletCommandSpec] = Field(default={}, description="Commands that each outlet has.")
    capabilities: OutletCapabilities = Field(
        default=OutletCapabilities(), description="What logic may ask of an outlet."
    )


class GroupSpec(Strict):
    """Points that are read together."""

    name: Name = Field(description="Name of the group.")
    group_class: Annotated[GroupClass, LOOSE] = Field(
        alias="class",
        description="protection: in every round of the bus; safety (smoke, heat), control (contacts) and telemetry: in "
        "the slot between two rounds, in this order.",
    )
    period_ms: Annotated[float, Field(ge=0, le=86_400_000)] = Field(
        default=0.0, description="How often it is read; 0 only for protection: in every round."
    )
    points: Annotated[list[Reference], Field(min_length=1)] = Field(
        description="Names of points; outlets/NAME means that point of every outlet."
    )


class LeaseSpec(Strict):
    """The device's own watchdog: it opens its outputs when nobody has spoken to it for a time."""

    arm: Name = Field(description="Command that arms it.")
    armed: Name = Field(description="Point that reads its time-out back, in seconds.")
    timeout_s: Annotated[float, Field(gt=0, le=3600)] = Field(description="Time-out that `arm` sets.")


class OnSilenceSpec(Strict):
    """What the outputs do when communication is lost: exactly one of the two."""

    lease: LeaseSpec | None = Field(default=None, description="The device's own communication-loss watchdog.")
    holds: bool = Field(default=False, description="True: the outputs stay as they are.")


class OwnLimitSpec(Strict):
    """The power of one outlet above which the device itself cuts it off: the gateway sets it and reads it back."""

    command: Name = Field(description="Command of the whole device that sets it.")
    value: Annotated[int, Field(ge=0, le=122)] = Field(
        description="Which of the command's values it is, from 0; the site's max_power_w takes the place of it."
    )
    shown: Name = Field(description="Point, in W, that reads it back.")


class BannedSpec(Strict):
    """A form of write whose effect depends on the state before it, or passes by itself."""

    table: Annotated[Table, LOOSE] = Field(description="coil or holding.")
    addresses: Span = Field(description="[first, last], both included.")
    values: list[Word] = Field(default=[], description="Which values; none means every value.")
    why: str = Field(min_length=3, description="What it does, for example toggle or flash.")


class ProfileFile(Strict):
    """A device model as data: `configs/profiles/<kind>/<vendor>_<model>.yaml`."""

    kind: Annotated[Kind, LOOSE] = Field(
        description="pile, meter, relay, sensor, lock, weigher or level; also the folder of the file."
    )
    vendor: str = Field(pattern=r"^[a-z0-9]{1,24}$", description="Maker; first part of the file's name.")
    model: str = Field(pattern=r"^[a-z0-9][a-z0-9_]{0,39}$", description="Model; second part of the file's name.")
    source: SourceSpec = Field(description="Where the facts come from.")
    driver: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Wire protocol, for example modbus.")
    timing: TimingSpec = Field(default=TimingSpec(), description="How long the device takes to answer.")
    limits: LimitsSpec = Field(default=LimitsSpec(), description="What one read may ask for.")
    readable: ReadableSpec = Field(default=ReadableSpec(), description="Gaps that may be read across.")
    currents: CurrentsSpec = Field(
        default=CurrentsSpec(delivery=Delivery.NEVER), description="How the currents reach us and how old they are."
    )
    resumes: Annotated[Resumes, LOOSE] = Field(
        default=Resumes.NOBODY, description="Who switches on again after a power failure: device, gateway or nobody."
    )
    on_silence: OnSilenceSpec | None = Field(
        default=None, description="What the outputs do when communication is lost; owed by everything that switches."
    )
    rated_closings: Annotated[int, Field(ge=1, le=100_000_000)] | None = Field(
        default=None, description="How many closings under full load the maker rates its relays for."
    )
    own_limit: OwnLimitSpec | None = Field(
        default=None, description="The device's own limit of power, for piles that protect themselves."
    )
    query: Name | None = Field(
        default=None,
        description="Command of the whole device that makes it push its state: when it is met, and after switching.",
    )
    points: dict[Name, PointSpec] = Field(default={}, description="Points of the whole device.")
    roles: dict[Annotated[Role, LOOSE], Name] = Field(
        default={}, description="What points of the whole device are for."
    )
    commands: dict[Name, CommandSpec] = Field(default={}, description="Commands to the whole device.")
    capabilities: DeviceCapabilities = Field(
        default=DeviceCapabilities(), description="What logic may ask of the whole device."
    )
    outlets: OutletsSpec | None = Field(default=None, description="What every outlet has alike.")
    poll_groups: list[GroupSpec] = Field(default=[], description="What is read together, and how often.")
    banned_for_off: list[BannedSpec] = Field(
        default=[], description="Writes that toggle or flash an output: no OFF may use them."
    )
    protection: PileProtection = Field(default=PileProtection(), description="Defaults that fit this hardware.")
    workarounds: list[Annotated[Workaround, LOOSE]] = Field(
        default=[], description="Known misbehaviours to live with, from a closed list."
    )


STAND_INS: dict[str, object] = {
    "kind": "sensor",
    "vendor": "x",
    "model": "x",
    "source": {"manual": "none"},
    "driver": "modbus",
}
"""Harmless values for the keys that must be there, to judge the rest of a file in which one of them is wrong."""
