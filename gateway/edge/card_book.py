"""The pushed list of cards, as long as its signature is right under the key that the gateway has now. Pure but for it.

A list is judged again at every start of edge: whoever changes the key file has made the old list worthless.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from gateway.edge.pushed import Draft, NotTaken
from gateway.model.errors import GatewayError
from gateway.orders.charge.cards import CardList, CardListError, open_list, reference_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.edge.pushed import Document

NAME = "cards"
"""A gateway has one list."""


class CardBook:
    """The cards of one gateway: a `Taker`. `key` reads the key and raises `GatewayError` where there is none."""

    home: Mapping[str, int] = {}

    def __init__(self, *, addressee: tuple[str, str], key: Callable[[], bytes]) -> None:
        self._addressee = addressee
        self._key = key
        self.cards: CardList | None = None
        self.standing = "no list has come yet"

    def read(self, args: Mapping[str, Any]) -> Sequence[Draft]:
        """Return the list in a command's arguments. Raises `NotTaken`."""
        payload, signature = str(args["payload"]), str(args["signature"])
        try:
            cards = self._open(payload, signature, received_ms=0)
        except CardListError as error:
            raise NotTaken("card-list-not-taken", str(error)) from None
        except GatewayError as error:
            raise NotTaken("no-key", str(error)) from None
        body = json.dumps({"payload": payload, "signature": signature})
        digest = hashlib.sha256(payload.encode()).hexdigest()
        return (Draft(name=NAME, version=cards.version, digest=digest, body=body),)

    def use(self, documents: Mapping[str, Document]) -> None:
        """Let this list count from now on; one that is not right any more counts for nothing: see `standing`."""
        document = documents.get(NAME)
        self.cards = None
        if document is not None:
            try:
                said = json.loads(document.body)
                self.cards = self._open(str(said["payload"]), str(said["signature"]), received_ms=document.at_ms)
                self.standing = ""
            except (GatewayError, KeyError, TypeError, ValueError) as error:
                self.standing = str(error)

    def reference(self, card: str) -> str:
        """Return what stands for a card in records; empty where there is no key to make it with."""
        try:
            return reference_of(card, self._key())
        except GatewayError:
            return ""

    def _open(self, payload: str, signature: str, *, received_ms: int) -> CardList:
        key = self._key()
        return open_list(payload.encode(), signature, key, addressee=self._addressee, received_ms=received_ms)
