"""What a gateway tells, topic by topic, but telemetry's bulk: what other parties build on. Pure.

Units stand in the names. Users appear only as opaque references. Times `ts` are ms since 1970 (UTC).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Version = Literal[1]
Name = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
Target = Annotated[
    str, Field(pattern=r"^(\*|[a-z0-9-]{1,64}(/[a-z0-9-]{1,64})?)$", description="`*`, device or device/outlet")
]
OutletTarget = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}/[a-z0-9-]{1,64}$", description="device/outlet")]
DeviceTarget = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
Nonce = Annotated[str, Field(pattern=r"^[a-z0-9-]{8,64}$")]
OrderId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Seq = Annotated[int, Field(ge=1)]
Reason = Annotated[str, Field(min_length=1, max_length=200)]
Clock = Literal["unset", "held", "synced"]


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Status(Message):
    """Retained, and the last will: whether the gateway is there, and the session that commands must name."""

    v: Version = 1
    state: Literal["online", "offline"]
    session: Nonce
    ts: int | None = None
    version: str = ""
    config_hash: str = ""


class OutletState(Message):
    state: str = Field(description="off, on, starting, tripped, latched, unknown; of a door open, shut, unknown")
    stage: str = Field(default="", description="of the order: starting, waiting-plug, charging, unlocked, ...")
    order_id: str = ""
    wh: float | None = None
    s: int | None = None
    amount_mil: int | None = None
    w: float | None = None
    a: float | None = None
    closings: int | None = Field(default=None, description="how often the gateway has closed its relay")
    plugged: bool | None = Field(default=None, description="whether a plug is in; absent where nobody can see that")
    latch: str = Field(default="", description="what latched it; empty when it may be started")
    as_of: int | None = Field(default=None, description="ms since 1970 of the readings behind this")
    opened_as_of: int | None = Field(
        default=None,
        description="ms since 1970 when it was last read open with nothing flowing; absent while it is not",
    )


class ShelfState(Message):
    shelf: str
    count: int = Field(description="pieces by the books")
    grams: int | None = None
    stopped: str = Field(default="", description="why it is on stop-sale; empty: it is sold from")


class PlaceState(Message):
    """A cabinet or a bin; its doors are outlets of the lock board that tells of it."""

    kind: Literal["cabinet", "bin"]
    doors: tuple[OutletTarget, ...]
    shelves: tuple[ShelfState, ...] = ()
    celsius: float | None = None
    most_c: float | None = Field(default=None, description="the warmest that the goods may be")
    category: str = ""
    grams: int | None = Field(default=None, description="what a bin's scale shows")
    level_pct: int | None = None
    stopped: str = Field(default="", description="why a bin accepts nothing")


class DeviceState(Message):
    """Retained, on change else every minute: where everything stands."""

    v: Version = 1
    ts: int
    link: str = Field(description="ok, silent, lost")
    outlets: dict[Name, OutletState] = Field(default_factory=dict)
    places: dict[str, PlaceState] = Field(default_factory=dict, description="of a lock board: what it opens")


class Telemetry(Message):
    """Scans of one block, column by column: `seq[i]`, `ts[i]` and `values[name][i]` belong together.

    `quality` is absent when all is good; `partial` when a value is null (no number, or outside the profile's range);
    otherwise the reason why there are no values at all. `clock` is absent when the wall clock was synchronised.
    """

    v: Version = 1
    boot: str
    clock: Clock = "synced"
    block: str = Field(description="table-address-count")
    seq: list[Seq] = Field(min_length=1)
    ts: list[int]
    values: dict[str, list[float | int | bool | str | list[str] | None]] | None = None
    quality: Literal["partial", "silent", "bad-frame", "refused", "link-down", "unknown-layout"] | None = None


class EventMessage(Message):
    """Something that happened. (`boot`, `event_seq`) is dense: a receiver proves gaps and duplicates."""

    v: Version = 1
    id: str
    boot: str
    event_seq: Seq
    ts: int
    clock: Clock
    kind: str
    target: str
    body: JsonValue


class DroppedMessage(Message):
    """These numbers were given and their records are gone from the gateway: do not wait for them."""

    v: Version = 1
    kind: Literal["dropped"] = "dropped"
    stream: Literal["event", "reading"]
    first_seq: Seq
    last_seq: Seq


class OutcomeMessage(Message):
    """What became of a command. `session` is there with `stale-session`: repeat the command with it."""

    v: Version = 1
    id: str
    state: Literal["accepted", "done", "refused", "failed"]
    reason: str = ""
    detail: str = ""
    session: str | None = None
    body: dict[str, JsonValue] | None = Field(default=None, description="of a question: the answer")
