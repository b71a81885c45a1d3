"""The list of cards that may charge here: signed by the platform, kept by the gateway. Pure.

A list is JSON in UTF-8 under an HMAC-SHA256. The key belongs to one gateway: the platform made it, and it lies in a
file that the site file names. So a list from whoever can only publish is none; and because the list names its gateway
and its version, neither another gateway's list nor an older one of our own passes. Users appear as opaque references,
cards as the number that the reader gives: a number can be copied, which is why a list has an age and a ceiling.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from gateway.model.errors import GatewayError
from gateway.orders.problem import problems_of

if TYPE_CHECKING:
    from gateway.orders.clock import Now

SHORTEST_KEY_BYTES = 32
REFERENCE_DIGITS = 32


class CardListError(GatewayError):
    """A card list cannot be used; the message says why in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card: its number in hexadecimal, whose it is, and how much it may owe, 0.001 yuan."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    card: Annotated[str, Field(pattern=r"^([0-9a-f]{2}){1,20}$")]
    user_ref: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
    ceiling_mil: Annotated[int, Field(gt=0, le=10_000_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What the platform signs: for which gateway, which version, when it was made (wall time, Unix ms), its cards."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    site: str
    gateway: str
    version: Annotated[int, Field(ge=1, le=2**53 - 1)]
    issued_ms: Annotated[int, Field(gt=0, le=2**53 - 1)]
    cards: Annotated[tuple[Card, ...], Field(max_length=100_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardList:
    """A list whose signature was right. `received_ms` is the business clock at its arrival."""

    version: int
    issued_ms: int
    received_ms: int
    cards: dict[str, Card] = field(repr=False)

    def age_s(self, now: Now) -> int:
        """Return how old the list is by both clocks, the older of the two: neither can make it younger."""
        held_ms = now.at_ms - self.received_ms
        issued_ms = now.ts_ms - self.issued_ms if now.has_wall_time else 0
        return max(held_ms, issued_ms) // 1000

    def entry(self, card: str) -> Card | None:
        return self.cards.get(card)


_FORM: TypeAdapter[Issue] = TypeAdapter(Issue)


def open_list(payload: bytes, signature: str, key: bytes, *, addressee: tuple[str, str], received_ms: int) -> CardList:
    """Return the list in a payload. Raises `CardListError` where it is not the platform's, or another gateway's.

    `addressee`: site and gateway that it must be for.
    """
    right = hmac.new(key, payload, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right.encode(), signature.encode()):
        raise CardListError("card list: the signature is wrong; send the list again, or check the key of this gateway")
    try:
        issue = _FORM.validate_json(payload)
    except ValidationError as error:
        raise CardListError(problems_of(error, "card list")[0]) from None
    if (issue.site, issue.gateway) != addressee:
        raise CardListError(f"card list: it is for another gateway than {addressee[0]}/{addressee[1]}")
    cards: dict[str, Card] = {}
    for place, entry in enumerate(issue.cards):
        if cards.setdefault(entry.card, entry) is not entry:
            raise CardListError(f"card list.cards[{place}].card: this card is in the list twice")
    return CardList(version=issue.version, issued_ms=issue.issued_ms, received_ms=received_ms, cards=cards)


def reference_of(card: str, key: bytes) -> str:
    """Return what stands for a card in records, 32 digits: who has the key can tell which card it is, nobody else."""
    return hmac.new(key, b"card " + card.encode(), hashlib.sha256).hexdigest()[:REFERENCE_DIGITS]


def read_key(text: str) -> bytes:
    """Return the key that a key file holds, in hexadecimal. Raises `CardListError` where it is none or too short."""
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) < SHORTEST_KEY_BYTES:
        raise CardListError(f"it must hold at least {2 * SHORTEST_KEY_BYTES} hexadecimal digits (openssl rand -hex 32)")
    return key
