"""The payloads of purchases and deliveries on the command topic for orders. Pure.

What a cabinet or a bin is called, the site file says. Money in 0.001 yuan, weights in grams, times ms since 1970.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from gateway.uplink.message import DeviceTarget, Message, Name, OrderId
from gateway.uplink.wish import Timely

UserRef = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$", description="opaque: no name, no number")]
Card = Annotated[
    str,
    Field(
        pattern=r"^([0-9a-f]{2}){1,20}$",
        description="its number in hexadecimal, as the card list has it; neither stored nor told",
    ),
]
Doors = Annotated[
    list[Annotated[int, Field(ge=1, le=64)]],
    Field(max_length=64, description="numbers on the lock board; all doors of the cabinet if empty"),
]
Count = Annotated[int, Field(ge=0, le=100_000)]
Tag = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,32}$", description="as the reader gives it")]
Tags = Annotated[list[Tag], Field(max_length=256)]
ShelfName = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}/[a-z0-9-]{1,64}$", description="cabinet/shelf")]
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

    shelf: ShelfName
    sku: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
    found: Count
    added: Count = 0
    removed: Count = 0
    expires_ts_ms: int | None = Field(default=None, ge=0, le=2**53, description="of what was added")
    tags: Tags | None = Field(default=None, description="of all pieces that stand there now; needed where RFID sells")


class DeclareArgs(Message):
    order_id: OrderId
    lines: Annotated[list[DeclaredLine], Field(max_length=64)]


class DepositArgs(Message):
    """Idempotent on `order_id` for 90 days. Who throws in: `user_ref`, or `card` where the gateway is to look it up."""

    order_id: OrderId | None = Field(default=None, description="null: the gateway gives one, told as `detail`")
    user_ref: UserRef | None = None
    card: Card | None = None
    identity: Literal["card", "platform", "face"] = Field(
        default="platform", description="how the sender knows `user_ref`; with `card` it is card"
    )

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        if (self.user_ref is None) == (self.card is None):
            raise ValueError("needs either `user_ref` or `card`")
        if self.card is not None and "identity" in self.model_fields_set and self.identity != "card":
            raise ValueError("with `card`, `identity` is card")
        return self


class CollectionArgs(Message):
    order_id: OrderId
    user_ref: UserRef


class OrderArgs(Message):
    order_id: OrderId


class SeenArgs(Message):
    """One thing or several. `tags` are all that one round of the reader has found, with `shelf` and `stage`."""

    order_id: OrderId
    photo: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9_.:/-]{1,128}$", description="reference of a photo that is kept elsewhere"
    )
    category: Literal["recyclable", "kitchen", "hazardous", "other"] | None = Field(
        default=None, description="what a camera says was thrown in"
    )
    shelf: ShelfName | None = None
    tags: Tags | None = None
    stage: Literal["looking", "settling"] | None = Field(
        default=None, description="of the order, when the round was read: a round of another stage says nothing"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.photo is None and self.category is None and self.tags is None:
            raise ValueError("needs `photo`, `category` or `tags`")
        if (self.tags is None) != (self.shelf is None) or (self.tags is None) != (self.stage is None):
            raise ValueError("`tags`, `shelf` and `stage` go together")
        return self


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
    """A resident is known, or shows a card of the list, and may throw in."""

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


class Seen(Timely):
    """What a terminal beside the machine has seen of an order under way: a photo, a category, RFID tags."""

    kind: Literal["seen"]
    target: Name
    args: SeenArgs


Trade = Purchase | Restock | Declare | Deposit | Collection | Withdraw | Finish | Seen

TRADES: dict[str, type[Timely]] = {
    "purchase": Purchase,
    "restock": Restock,
    "declare": Declare,
    "deposit": Deposit,
    "collection": Collection,
    "withdraw": Withdraw,
    "finish": Finish,
    "seen": Seen,
}
