"""The payloads of what is pushed to a gateway and stays there: tariffs, price lists, the card list. Pure.

Each document has a version that only rises. The form of a document itself is judged where it is used.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from gateway.uplink.message import Message
from gateway.uplink.wish import Timely

Documents = Annotated[list[dict[str, JsonValue]], Field(min_length=1, max_length=64)]


class TariffsArgs(Message):
    tariffs: Documents = Field(description="as docs/reference/orders/tariffs.md has them; each with its id and version")


class PricesArgs(Message):
    price_lists: Documents = Field(description="each with its id, version and articles")


class CardsArgs(Message):
    """`signature` is the HMAC-SHA256 of the bytes of `payload` in UTF-8, in hexadecimal."""

    payload: str = Field(
        min_length=1, description="JSON text: site, gateway, version, issued_ms, cards [{card, user_ref, ceiling_mil}]"
    )
    signature: str = Field(pattern=r"^[0-9a-f]{64}$")


class Tariffs(Timely):
    """Tariffs for charges that begin from now on, all of them or none; a running charge keeps its own."""

    kind: Literal["tariffs"]
    target: Literal["*"] = "*"
    args: TariffsArgs


class Prices(Timely):
    """Price lists for cabinets, all of them or none; a purchase under way keeps its own."""

    kind: Literal["prices"]
    target: Literal["*"] = "*"
    args: PricesArgs


class Cards(Timely):
    """The cards that may charge here; the whole list, signed."""

    kind: Literal["cards"]
    target: Literal["*"] = "*"
    args: CardsArgs


Pushed = Tariffs | Prices | Cards

PUSHED: dict[str, type[Timely]] = {"tariffs": Tariffs, "prices": Prices, "cards": Cards}
