"""What the simulated hardware itself knows: energy that flowed, pieces that left their shelves, what was thrown in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.cases.installation import Installation


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """One moment. `stock`: pieces on the shelves by article; `content_g`: what lies in the bins, by bin."""

    wh: float = 0.0
    stock: Counter[str] = field(default_factory=Counter)
    content_g: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """What really happened in a case. `gone`: pieces of each article that left their shelves for good, of those that
    the shelves count; `thrown_g`: by bin, less what was taken out."""

    wh: float = 0.0
    gone: Counter[str] = field(default_factory=Counter)
    thrown_g: dict[str, float] = field(default_factory=dict)


def truth_of(installation: Installation) -> Truth:
    """Return how things really stand on site."""
    site, trading = installation.site, cast("Mapping[str, Any]", installation.site.trading)
    states = {
        device.name: installation.truth(device.name) for device in site.devices if device.model.kind in {"pile", "lock"}
    }
    stock: Counter[str] = Counter()
    for cabinet in trading.get("cabinets", ()):
        for shelf in _shelves(states[cabinet["lock"]]):
            stock.update(shelf["stock"])
    content_g = {
        each["name"]: next(door["content_g"] for door in states[each["lock"]] if door["outlet"] == each["door"])
        for each in trading.get("bins", ())
    }
    outlets = [outlet for device in site.devices if device.model.kind == "pile" for outlet in states[device.name]]
    return Truth(wh=float(sum(outlet["wh"] for outlet in outlets)), stock=stock, content_g=content_g)


def flows(before: Truth, after: Truth) -> Flows:
    """Return what has happened between two moments."""
    gone = Counter({sku: count - after.stock[sku] for sku, count in before.stock.items()})
    thrown_g = {name: after.content_g[name] - grams for name, grams in before.content_g.items()}
    return Flows(wh=after.wh - before.wh, gone=gone, thrown_g=thrown_g)


def _shelves(doors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [shelf for door in doors for shelf in door["shelves"].values()]
