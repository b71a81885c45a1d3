"""Price lists that the platform pushes to many cabinets at once: read, held against what stands there, used.

Which version holds, and that it outlives a restart, `gateway.edge.pushed` sees to. An order keeps the prices that it
was made with.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.edge.pushed import Draft, NotTaken
from gateway.orders.purchase.prices import PriceListError, digest, read_price_list, write_price_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.edge.pushed import Document
    from gateway.edge.trading.setup import TradingSetup
    from gateway.orders.purchase.prices import PriceList


class PriceTaker:
    """Takes the price lists of one site. A list that no cabinet here goes by is kept all the same."""

    def __init__(self, setup: TradingSetup) -> None:
        self._setup = setup

    @property
    def home(self) -> Mapping[str, int]:
        """Return the newest version of each list that the site file has."""
        return {name: prices.version for name, prices in self._setup.home_prices.items()}

    def read(self, args: Mapping[str, Any]) -> Sequence[Draft]:
        """Return the lists of a command. Raises `NotTaken` for one that is none, or that a cabinet cannot sell by."""
        return [self._draft(index, written) for index, written in enumerate(args["price_lists"])]

    def use(self, documents: Mapping[str, Document]) -> None:
        """Sell by these lists from now on."""
        found: dict[str, PriceList] = {}
        for name, document in documents.items():
            try:
                found[name] = read_price_list(json.loads(document.body))
            except (PriceListError, ValueError):  # what was stored cannot be read; it can be pushed again
                continue
        self._setup.price(found)

    def _draft(self, index: int, written: Mapping[str, object]) -> Draft:
        try:
            prices = read_price_list(written)
        except PriceListError as error:
            raise NotTaken("malformed", f"price_lists[{index}]: {error}") from None
        try:
            self._setup.cabinets_at(prices)
        except (PriceListError, ValueError) as error:
            raise NotTaken("does-not-fit", f"price_lists[{index}]: {error}") from None
        body = json.dumps(write_price_list(prices), separators=(",", ":"))
        return Draft(name=prices.id, version=prices.version, digest=digest(prices), body=body)
