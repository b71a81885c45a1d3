"""The payloads of purchases and deliveries on the command topic for orders. Pure.

What a cabinet or a bin is called, the site file says. Money in 0.001 yuan, weights in grams, times ms since 1970.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.uplink.message import DeviceTarget, Message, Name, OrderId, Timely

UserRef = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$", description="opaque: no name, no number")]
Doors = Annotated[
    list[Annotated[int, Field(ge=1, le=64)]],
    Field(max_length=64, description="numbers on the lock board; all doors of the cabinet if empty"),
]
Count = Annotated[int, Field(ge=0, le=100_000)]
CabinetTarget = Annotated[DeviceTarget, Field(description="name of a cabinet")]
BinTarget = Annotated[DeviceTarget, Field(description="name of a bin")]


class PurchaseArgs(Message):
    """Idempotent on `order_id` for 90 days. `limit_mil` is the money that is held: no more is charged."""

    order_id: OrderId
    user_ref: UserRef
    limit_mil: int = Field(ge=1, le=10_000_000)
    doors: Doors = Field(default=[])


class RestockArgs(Message):
    order_id: OrderId
    user_ref: UserRef
    doors: Doors = Field(default=[])


class DeclaredLine(Message):
    """One article as staff found it, then added and removed; what is not named was as booked."""

    shelf: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}/[a-z0-9-]{1,64}$", description="cabinet/shelf")]
    sku: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
    found: Count
    added: Count = 0
    removed: Count = 0
    expires_ts_ms: int | None = Field(default=None, ge=0, le=2**53, description="of what was added")


class DeclareArgs(Message):
    order_id: OrderId
    lines: Annotated[list[DeclaredLine], Field(max_length=64)]


class DepositArgs(Message):
    """Idempotent on `order_id` for 90 days."""

    order_id: OrderId
    user_ref: UserRef
    identity: Literal["card", "platform", "face"] = "platform"


class CollectionArgs(Message):
    order_id: OrderId
    user_ref: UserRef


class OrderArgs(Message):
    order_id: OrderId


class Purchase(Timely):
    """Somebody may open these doors and take what the money that is held pays for."""

    kind: Literal["purchase"]
    target: CabinetTarget
    args: PurchaseArgs


class Restock(Timely):
    """Staff opens these doors; what it found and did, `declare` says."""

    kind: Literal["restock"]
    target: CabinetTarget
    args: RestockArgs


class Declare(Timely):
    """What staff found and did in a restock that is under way; the last one counts."""

    kind: Literal["declare"]
    target: CabinetTarget
    args: DeclareArgs


class Deposit(Timely):
    """A resident is known and may throw in."""

    kind: Literal["deposit"]
    target: BinTarget
    args: DepositArgs


class Collection(Timely):
    """Staff empties a bin."""

    kind: Literal["collection"]
    target: BinTarget
    args: CollectionArgs


class Withdraw(Timely):
    """Calls off an order that is under way at a cabinet or a bin, while nothing can have been taken or thrown in."""

    kind: Literal["withdraw"]
    target: Name
    args: OrderArgs


class Finish(Timely):
    """The resident says done: the door may close."""

    kind: Literal["finish"]
    target: BinTarget
    args: OrderArgs


Trade = Purchase | Restock | Declare | Deposit | Collection | Withdraw | Finish

TRADES: dict[str, type[Timely]] = {
    "purchase": Purchase,
    "restock": Restock,
    "declare": Declare,
    "deposit": Deposit,
    "collection": Collection,
    "withdraw": Withdraw,
    "finish": Finish,
}
