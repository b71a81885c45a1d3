"""The tariffs that a site has: those of its file, and those that the platform has pushed since. Pure.

Of two with one id the newer counts for a start that names no version. A start takes its tariff along into its order, so
what comes later changes nothing that has begun.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gateway.edge.pushed import Draft, NotTaken
from gateway.orders.charge.authorise import FREE
from gateway.orders.tariff.form import TariffError, digest, read_tariff, write_tariff

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.edge.pushed import Document
    from gateway.orders.tariff.tariff import Tariff


class Tariffs:
    """The tariffs of one site: a `Taker`. `written` are those of the site file, which are sound."""

    def __init__(self, written: Iterable[Mapping[str, object]]) -> None:
        read = [FREE, *(read_tariff(each) for each in written)]
        self._home = {(tariff.id, tariff.version): tariff for tariff in read}
        self._pushed: dict[str, Tariff] = {}
        self.home = {name: max(v for n, v in self._home if n == name) for name, _ in self._home}

    def find(self, tariff_id: str, version: int | None = None) -> Tariff | None:
        """Return a tariff; the newest where no version is named."""
        pushed = self._pushed.get(tariff_id)
        if pushed is not None and version in {None, pushed.version}:
            return pushed
        return self._home.get((tariff_id, self.home.get(tariff_id, 0) if version is None else version))

    def read(self, args: Mapping[str, Any]) -> Sequence[Draft]:
        """Return the tariffs in a command's arguments. Raises `NotTaken`."""
        return [self._draft(place, written) for place, written in enumerate(args["tariffs"])]

    def use(self, documents: Mapping[str, Document]) -> None:
        """Let these count from now on; one that this program cannot read is left out."""
        self._pushed = {}
        for name, document in documents.items():
            try:
                self._pushed[name] = read_tariff(json.loads(document.body))
            except (TariffError, ValueError):
                continue

    def _draft(self, place: int, written: Mapping[str, object]) -> Draft:
        try:
            tariff = read_tariff(written)
        except TariffError as error:
            raise NotTaken("malformed", f"args.tariffs[{place}]: {error}"[:500]) from None
        if tariff.id == FREE.id:
            raise NotTaken("reserved", f"args.tariffs[{place}]: `{FREE.id}` is the tariff without a price, for good")
        body = json.dumps(write_tariff(tariff), separators=(",", ":"))
        return Draft(name=tariff.id, version=tariff.version, digest=digest(tariff), body=body)
