"""The list of cards that may charge while the cloud is away: signed by the platform, kept by the gateway. Pure.

A list is JSON in UTF-8 under an HMAC-SHA256 that the platform and this gateway share a key for. Users appear as opaque
references, cards as the number that the reader gives.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from gateway.model.errors import GatewayError

if TYPE_CHECKING:
    from gateway.orders.clock import Now


class CardListError(GatewayError):
    """A card list cannot be used; the message says why in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One card: whose it is, and how much one charge may cost."""

    card: str
    user_ref: str
    ceiling_mil: Annotated[int, Field(gt=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """What the platform signs: when it was made (wall time, Unix ms), and its cards."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    issued_ms: Annotated[int, Field(gt=0)]
    cards: Annotated[tuple[Card, ...], Field(max_length=100_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardList:
    """A list whose signature was right. `received_ms` is the business clock at its arrival."""

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


def open_list(payload: bytes, signature: str, key: bytes, received_ms: int, newer_than_ms: int = 0) -> CardList:
    """Return the list in a payload. Raises `CardListError` where it is not the platform's, or not newer than ours."""
    right = hmac.new(key, payload, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(right.encode(), signature.encode()):
        raise CardListError("card list: the signature is wrong; send the list again, or check the key of this gateway")
    try:
        issue = _FORM.validate_json(payload)
    except ValidationError as error:
        found = error.errors()[0]
        place = ".".join(str(part) for part in found["loc"])
        raise CardListError(f"card list: {place or 'the whole'}: {found['msg']}") from None
    if issue.issued_ms <= newer_than_ms:
        raise CardListError("card list: it is not newer than the list in use")
    return CardList(
        issued_ms=issue.issued_ms, received_ms=received_ms, cards={entry.card: entry for entry in issue.cards}
    )
