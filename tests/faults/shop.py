"""A cabinet on scales, a cabinet of slots and a station of bins, simulated: what they are, and what truly happens there.

Truth comes from the simulated hardware alone: which unlock frames its boards took, how often which door sprang open, how
many pieces lie on a shelf, how much in a bin.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.site.load import load_site
from simulators.estate.estate import start_estate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulators.estate.estate import Estate
    from simulators.journal import Entry

BUSES = {"locks": 9600, "boards": 9600, "scales": 19200}
DEVICES = """\
  - {name: cabinet-01, bus: locks, profile: lock/generic_8a_open_11, unit: 1}
  - {name: slots, bus: boards, profile: lock/wkly_board_12, unit: 0}
  - {name: bins, bus: boards, profile: lock/wkly_board_12, unit: 1}
  - {name: cabinet-01-shelf-1, bus: scales, profile: weigher/jinnuo_bsq_dg_v2, unit: 11}
  - {name: cabinet-01-shelf-2, bus: scales, profile: weigher/jinnuo_bsq_dg_v2, unit: 12}
  - {name: bins-1-scale, bus: scales, profile: weigher/jinnuo_bsq_dg_v2, unit: 1}
  - {name: bins-2-scale, bus: scales, profile: weigher/jinnuo_bsq_dg_v2, unit: 2}
"""
TRADING = """\
cabinets:
  - name: cabinet-01
    lock: cabinet-01
    prices: shop
    shelves:
      - {name: cola, door: 1, weigher: cabinet-01-shelf-1, articles: [cola-330]}
      - {name: water, door: 2, weigher: cabinet-01-shelf-2, articles: [water-550]}
  - name: slots
    lock: slots
    prices: shop
    shelves:
      - {name: slot-1, door: 1, articles: [umbrella]}
      - {name: slot-2, door: 2, articles: [batteries]}
price_lists:
  - id: shop
    version: 1
    articles:
      - {sku: cola-330, name: Cola 330 ml, price_mil: 3500, unit_g: 352, tolerance_g: 6}
      - {sku: water-550, name: Water 550 ml, price_mil: 2000, unit_g: 571, tolerance_g: 8}
      - {sku: umbrella, name: Umbrella, price_mil: 29000}
      - {sku: batteries, name: Four batteries AA, price_mil: 12000}
bins:
  - {name: recyclable, lock: bins, door: 1, weigher: bins-1-scale, category: recyclable, points: shop}
  - {name: kitchen, lock: bins, door: 2, weigher: bins-2-scale, category: kitchen, points: shop}
points_rules:
  - id: shop
    version: 1
    community: shop
    rates:
      - {category: recyclable, points_per_kg_x1000: 800000}
      - {category: kitchen, points_per_kg_x1000: 50000}
"""
PRICES_MIL = {"cabinet-01/cola": 3500, "cabinet-01/water": 2000, "slots/slot-1": 29_000, "slots/slot-2": 12_000}
SKUS = {
    "cabinet-01/cola": "cola-330",
    "cabinet-01/water": "water-550",
    "slots/slot-1": "umbrella",
    "slots/slot-2": "batteries",
}
RATES_X1000 = {"recyclable": 800_000, "kitchen": 50_000}

OPEN_8A, OPEN_WKLY = 0x8A, 0x82
BOARDS = {("locks", 1): "cabinet-01", ("boards", 0): "slots", ("boards", 1): "bins"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Something that can be ordered at, one order at a time. `shelves`: what is behind which door; none for a bin."""

    name: str
    board: str
    doors: tuple[int, ...]
    shelves: dict[int, str] = field(default_factory=dict)

    @property
    def is_bin(self) -> bool:
        return not self.shelves

    @property
    def has_scales(self) -> bool:
        return self.board == "cabinet-01"


PLACES = (
    Place(name="cabinet-01", board="cabinet-01", doors=(1, 2), shelves={1: "cabinet-01/cola", 2: "cabinet-01/water"}),
    Place(name="slots", board="slots", doors=(1, 2), shelves={1: "slots/slot-1", 2: "slots/slot-2"}),
    Place(name="recyclable", board="bins", doors=(1,)),
    Place(name="kitchen", board="bins", doors=(2,)),
)


@dataclass(frozen=True, slots=True)
class Unlocked:
    """An unlock frame that a board has heard, by the simulators' clock (monotonic)."""

    at_s: float
    board: str
    door: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The truth about a door: how often it has opened, and what is behind it (pieces on a shelf, or g in a bin)."""

    is_open: bool
    openings: int
    pieces: int
    grams: float


class Shop:
    """The simulated boards, scales, shelves and bins."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._next = dict.fromkeys(BUSES, 0)
        self._unlocked: list[Unlocked] = []

    @property
    def paths(self) -> dict[str, str]:
        return {bus: str(Path(path).resolve()) for bus, path in self._estate.paths.items()}

    def unlocked(self) -> list[Unlocked]:
        """Return every unlock frame so far, by bus in order of time."""
        for bus in ("locks", "boards"):
            for entry in self._estate.lines[bus].control.journal(self._next[bus]):
                self._next[bus] = entry.index + 1
                self._unlocked += _unlocked(bus, entry)
        return self._unlocked

    def look(self, place: Place) -> dict[int, Seen]:
        """Return the truth about each door of a place."""
        states = {state["outlet"]: state for state in self._estate.control.outlets(place.board)}
        return {door: _seen(states[door]) for door in place.doors}

    def visit(self, place: Place, door: int, does: str) -> None:
        """Let somebody come to a door and do what an injection says."""
        self._estate.control.inject(f"{place.board}/outlet-{door:02d}", does)


def _seen(state: dict[str, Any]) -> Seen:
    return Seen(
        is_open=state["open"],
        openings=state["openings"],
        pieces=sum(shelf["pieces"] for shelf in state.get("shelves", {}).values()),
        grams=state.get("content_g", 0.0),
    )


def _unlocked(bus: str, entry: Entry) -> list[Unlocked]:
    request = entry.request
    if entry.function == OPEN_8A:
        return [Unlocked(entry.end_s, BOARDS[bus, request[1]], request[2])]
    if entry.function == OPEN_WKLY:
        return [Unlocked(entry.end_s, BOARDS[bus, request[5]], request[7])]
    return []


def buses(paths: dict[str, str]) -> str:
    """Return the lines of a site file that name the shop's buses."""
    return "".join(
        f'  - {{name: {bus}, link: {{kind: serial, path: "{paths[bus]}", baud: {baud}}}}}\n'
        for bus, baud in BUSES.items()
    )


@contextmanager
def open_shop(folder: Path) -> Iterator[Shop]:
    """Have it simulated; nobody comes but by `visit`."""
    site = folder / "shop.yaml"
    head = f"site: shop-{time.monotonic_ns()}\ngateway: box\nbuses:\n{buses({bus: f'/dev/{bus}' for bus in BUSES})}"
    site.write_text(f"{head}devices:\n{DEVICES}{TRADING}", encoding="utf-8")
    with start_estate(load_site(site)) as estate:
        yield Shop(estate)
