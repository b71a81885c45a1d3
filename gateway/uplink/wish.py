"""What a gateway is told: the commands that concern no trade, no alarm and no pushed document. Pure.

Units stand in the names. Users appear only as opaque references.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import (
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from gateway.uplink.message import (
    DeviceTarget,
    Message,
    Name,
    Nonce,
    OrderId,
    OutletTarget,
    Reason,
    Seq,
    Target,
    Version,
)

LONGEST_HISTORY_MS = 900_000


class Wish(Message):
    """The envelope of all commands."""

    v: Version
    id: Name
    reply_to: str | None = None


class Timely(Wish):
    """A wish of this session that is worth nothing later; `ttl_s` counts from its arrival at the gateway."""

    session: Nonce
    ttl_s: float = Field(gt=0, le=3600)


class Limits(Message):
    """The order ends at whichever comes first; 0 asks for as much as the site allows.

    `s` counts while something charges; without edge the outlet is off after twice of it at the latest.
    """

    s: int = Field(ge=1, le=86_400)
    wh: int = Field(default=0, ge=0, le=100_000)
    max_w: int = Field(default=0, ge=0, le=100_000)
    amount_mil: int | None = Field(default=None, ge=0, le=10_000_000, description="ceiling in 0.001 yuan")


class StartArgs(Message):
    """Idempotent on `order_id` for 90 days. What is left out, the site file says."""

    order_id: OrderId
    limits: Limits
    user_ref: str = Field(default="", pattern=r"^[A-Za-z0-9_.:-]{0,64}$", description="opaque: no name, no number")
    tariff: dict[str, JsonValue] | None = Field(
        default=None, description="a whole tariff, or only `id` and `version` of one in the site file"
    )
    prepaid_mil: int | None = Field(default=None, ge=0, le=10_000_000, description="as `limits.amount_mil` if left out")
    valid_until: int | None = Field(default=None, ge=1, le=2**53, description="ms since 1970; a later start is refused")
    on_power_fail: Literal["go-on", "end"] = "go-on"
    on_cloud_loss: Literal["go-on", "end"] = "go-on"


class QuoteArgs(Message):
    """What an amount buys, what a full charge of `wh` costs, or both. What is left out, the site says."""

    amount_mil: int | None = Field(default=None, ge=1, le=10_000_000, description="0.001 yuan")
    wh: int | None = Field(default=None, ge=1, le=100_000)
    power_w: int = Field(default=250, ge=1, le=100_000, description="of the charger, if known")
    max_w: int = Field(default=0, ge=0, le=100_000, description="as a start's limits; 0: as much as the site allows")
    tariff: dict[str, JsonValue] | None = Field(default=None, description="as a start's")


class SettledAckArgs(Message):
    order_id: OrderId
    digest: str = Field(pattern=r"^[0-9a-f]{64}$", description="the `digest` of the settlement that was taken")


class StopArgs(Message):
    order_id: OrderId
    by: Reason | None = Field(default=None, description="who pressed, at a console; absent where a program stops")


def _or_none(said: object, check: ValidatorFunctionWrapHandler) -> object:
    """Leave out what does not fit."""
    try:
        return check(said)
    except ValidationError:
        return None


def _or_nothing(said: object, check: ValidatorFunctionWrapHandler) -> object:
    try:
        return check(said)
    except ValidationError:
        return SafetyOffArgs()


class SafetyOffArgs(Message):
    model_config = ConfigDict(extra="ignore")

    by: Annotated[Reason | None, WrapValidator(_or_none)] = Field(
        default=None, description="who pressed, at a console; absent where a program cuts off"
    )


class ResetArgs(Message):
    """Who takes the responsibility, and why."""

    by: Reason
    reason: Reason


class ActArgs(Message):
    """What to do once, who takes the responsibility, and why."""

    action: Literal["open", "tare", "zero", "clear-tare"]
    by: Reason
    reason: Reason


class ReplayArgs(Message):
    boot: str = Field(pattern=r"^[a-z0-9-]{1,64}$")
    stream: Literal["event", "reading"]
    first: Seq = Field(alias="from")
    last: Seq = Field(alias="to")


class HistoryArgs(Message):
    """From `begin` to `end`, ms since 1970: at most 15 minutes."""

    begin: int = Field(ge=0, le=2**53)
    end: int = Field(ge=0, le=2**53)

    @model_validator(mode="after")
    def _is_a_short_time(self) -> Self:
        if not 0 < self.end - self.begin <= LONGEST_HISTORY_MS:
            raise ValueError("`end` is after `begin`, by 15 minutes at most")
        return self


class NoArgs(Message):
    pass


class Start(Timely):
    kind: Literal["start"]
    target: OutletTarget
    args: StartArgs


class Quote(Timely):
    """Asks before a start; begins nothing, and is answered anew each time. The answer is the outcome's `body`."""

    kind: Literal["quote"]
    target: OutletTarget
    args: QuoteArgs


class Stop(Timely):
    """Names the order that it ends: a late stop for one customer must not cut the next."""

    kind: Literal["stop"]
    target: OutletTarget
    args: StopArgs


class SettledAck(Wish):
    """The back end has this settlement on its disk; until then it is told again. Needs no session, never expires."""

    kind: Literal["settled-ack"]
    target: Literal["*"] = "*"
    args: SettledAckArgs
    session: str | None = None
    ttl_s: float | None = None


class SafetyOff(Wish):
    """Needs no session and never expires; acts once for its id. `*` opens every outlet and every contactor.

    Beside `v`, `id`, `kind` and `target`, what does not fit is left out: it refuses no emergency stop.
    """

    model_config = ConfigDict(extra="ignore")

    kind: Literal["safety-off"]
    target: Target
    args: Annotated[SafetyOffArgs, WrapValidator(_or_nothing)] = SafetyOffArgs()
    session: Annotated[str | None, WrapValidator(_or_none)] = None
    ttl_s: Annotated[float | None, WrapValidator(_or_none)] = None
    reply_to: Annotated[str | None, WrapValidator(_or_none)] = None


class Reset(Timely):
    """Ends the latch of one outlet, or of one pile as a whole; with one contactor as target, closes it again."""

    kind: Literal["reset"]
    target: Target
    args: ResetArgs


class Act(Timely):
    """Done at most once, whoever dies: releases a lock, or tares or zeroes a scale, where no order is under way."""

    kind: Literal["act"]
    target: Target
    args: ActArgs
    ttl_s: float = Field(gt=0, le=30)


class ReadNow(Timely):
    kind: Literal["read-now"]
    target: DeviceTarget
    args: NoArgs = NoArgs()


class History(Timely):
    """Asks what was measured at an outlet; answered anew each time. The answer is the outcome's `body`.

    Its `series` are current, power and temperature as far as they are on record, each with `unit` and, side by side,
    `ts` (ms since 1970), `low` and `high` of a stretch of time.
    """

    kind: Literal["history"]
    target: OutletTarget
    args: HistoryArgs


class Replay(Timely):
    """Sends a range again: `done` once all that the log still has of it has arrived, `failed` where it has nothing."""

    kind: Literal["replay"]
    target: Literal["*"] = "*"
    args: ReplayArgs
