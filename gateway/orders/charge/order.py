"""A charge order as a value, and how it is stored. Pure."""

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import JsonValue, TypeAdapter

from gateway.orders.charge.load import Load
from gateway.orders.charge.settings import ChargeSettings, Settler
from gateway.orders.charge.stage import Stage
from gateway.orders.clock import Now
from gateway.orders.reason import FaultSide, StopReason
from gateway.orders.tariff.quote import Limits
from gateway.orders.tariff.receipt import Receipt
from gateway.orders.tariff.tariff import Tariff
from gateway.orders.tariff.usage import Usage

NUMBER_DIGITS = 12
"""Of an order's number for its device: DNY has room for 16 characters."""


class Authority(StrEnum):
    """Who allowed the charge."""

    PLATFORM = "platform"
    CARD = "card"
    FREE = "free"


class Policy(StrEnum):
    """What the order wants when its power or its cloud is gone."""

    GO_ON = "go-on"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Why and when the charge was over. `side` answers for it; `detail` is the machine's own word behind the reason.

    `by`: the person who ended it, where that is known.
    """

    reason: StopReason
    side: FaultSide
    at: Now
    detail: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTotal:
    """A device's settlement of one run. Its number alone names nothing: a pile's clock boots at 1970.

    `digest` is of the record's payload, so that a repetition is known from another record under the same number.
    """

    device: str
    number: str
    digest: str
    wh: float
    s: int
    reason: StopReason

    @property
    def name(self) -> str:
        """What names it among the settlements of one order."""
        return f"{self.number}/{self.digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeOrder:
    """One charge. What is above `stage` was agreed before the start and never changes.

    `most` bounds the order in time, energy and power; `ceiling_mil` in money: together they are the ceiling without
    which nothing starts. `limits` is what has been granted of it. Raises `ValueError` without a ceiling.

    `further_nos` are the numbers of later runs: the gateway gives a new one whenever it switches on again, so that a
    device's settlement names one run. `device_totals` are the first settlement of each run, `device_seen` names all
    that came, `is_disputed` says that two of one run differ.
    """

    order_id: str
    outlet: str
    user_ref: str
    authority: Authority
    tariff: Tariff
    ceiling_mil: int
    prepaid_mil: int
    most: Limits
    device_order_no: str
    settings: ChargeSettings
    accepted: Now
    on_power_fail: Policy = Policy.GO_ON
    on_cloud_loss: Policy = Policy.GO_ON

    stage: Stage = Stage.STARTING
    entered_ms: int = 0
    effects_made: int = 0
    permits: int = 0
    limits: Limits = field(default_factory=lambda: Limits(max_s=0, max_wh=0))
    further_nos: tuple[str, ...] = ()
    began: Now | None = None
    load: Load = field(default_factory=Load)
    usage: Usage = field(default_factory=Usage)
    steps_told: int = 0
    tier_told: int = 0
    lost: StopReason | None = None
    resumes: int = 0
    end: End | None = None
    is_void: bool = False
    is_off_known: bool = False
    draws_after_off: bool = False
    has_last_reading: bool = False
    device_totals: tuple[DeviceTotal, ...] = ()
    device_seen: tuple[str, ...] = ()
    is_disputed: bool = False
    receipt: Receipt | None = None
    told_ms: int = 0
    retells: int = 0

    def __post_init__(self) -> None:
        if min(self.most.max_s, self.most.max_wh, self.most.max_w) <= 0 or self.ceiling_mil < 0:
            raise ValueError(f"order {self.order_id}: no start without a ceiling in time, energy, power and money")

    @property
    def wh(self) -> float:
        """Return the energy that is the user's."""
        return 0.0 if self.is_void else self.usage.energy_mwh / 1000

    @property
    def loss_wh(self) -> float:
        """Return the energy that flowed and is nobody's."""
        return (self.usage.loss_mwh + (self.usage.energy_mwh if self.is_void else 0)) / 1000

    @property
    def began_ms(self) -> int:
        """Return when charging began; where it has not, when the order was accepted."""
        return (self.began or self.accepted).at_ms

    @property
    def device_nos(self) -> tuple[str, ...]:
        """Return the device's number of each run, the present one last."""
        return (self.device_order_no, *self.further_nos)

    @property
    def next_no(self) -> str:
        """Return the number of the next run: always the same one, short enough for any device."""
        return hashlib.sha256(f"{self.device_order_no}/{len(self.device_nos)}".encode()).hexdigest()[:NUMBER_DIGITS]

    @property
    def has_device_totals(self) -> bool:
        """Whether the device has settled every run."""
        return {total.number for total in self.device_totals} >= set(self.device_nos)

    @property
    def device_wh(self) -> float | None:
        """Return the device's own total; None where it has not settled every run."""
        return sum(total.wh for total in self.device_totals) if self.has_device_totals else None

    @property
    def settler(self) -> Settler:
        """Return whose total is the bill: ours, where the pile's never came or a refused start costs nothing."""
        by_pile = self.settings.settler is Settler.PILE and self.has_device_totals and not self.is_void
        return Settler.PILE if by_pile else Settler.GATEWAY

    @property
    def seconds(self) -> int:
        return self.usage.times.energised_ms // 1000


_FORM: TypeAdapter[ChargeOrder] = TypeAdapter(ChargeOrder)


def to_json(order: ChargeOrder) -> bytes:
    """Return an order as it is stored."""
    return _FORM.dump_json(order)


def from_json(stored: bytes) -> ChargeOrder:
    """Return the order that `to_json` stored. Raises `ValueError` where it is none."""
    return _FORM.validate_json(stored, strict=True)


def digest(body: dict[str, JsonValue]) -> str:
    """Return the SHA-256 of a record, in hexadecimal: what the back end names when it acknowledges."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
