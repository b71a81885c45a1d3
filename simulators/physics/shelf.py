"""A shelf of a cabinet: pieces with their own weights on a load cell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from simulators.physics.chance import seed_of
from simulators.physics.load_cell import NOTHING, Lying

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

ARTICLES = (("cola", 352), ("water", 571), ("milk", 268), ("rice", 812), ("crisps", 96), ("yoghurt", 145))
PIECES = 12
STRAY_SHARE = 0.01
HANDLING_G = 40.0
HANDLING_S = 0.6


class Piece(NamedTuple):
    """One thing for sale, with its own weight, and its own RFID tag where the shelf has a name."""

    sku: str
    grams: float
    tag: str = ""


@dataclass(slots=True, kw_only=True)
class Shelf:
    """Pure. `pieces` are taken from the end; `taken` are those that people have with them, the last one last.

    `stray_tags` have been peeled off what was taken, and left behind.
    """

    pieces: list[Piece] = field(default_factory=list)
    taken: list[Piece] = field(default_factory=list)
    foreign_g: float = 0.0
    stray_tags: dict[str, str] = field(default_factory=dict)
    lying: Lying = NOTHING

    @classmethod
    def some(cls, chance: Random, goods: Sequence[tuple[str, int]], *, name: str = "", count: int = PIECES) -> Shelf:
        """Return a full shelf of these articles with the weight of one, or of one that is made up."""
        kinds = list(goods) or [chance.choice(ARTICLES)]
        pieces = [
            Piece(sku, unit_g * (1.0 + chance.uniform(-STRAY_SHARE, STRAY_SHARE)), _tag(name, number))
            for number, (sku, unit_g) in enumerate(kinds[number % len(kinds)] for number in range(count))
        ]
        chance.shuffle(pieces)
        shelf = cls(pieces=pieces)
        shelf.lying = Lying(from_g=shelf.weight_g, to_g=shelf.weight_g)
        return shelf

    @property
    def tags(self) -> Mapping[str, str]:
        """Return what a reader can find here, with the article of each tag."""
        return {piece.tag: piece.sku for piece in self.pieces if piece.tag} | self.stray_tags

    @property
    def weight_g(self) -> float:
        return sum(piece.grams for piece in self.pieces) + self.foreign_g

    @property
    def stock(self) -> Mapping[str, int]:
        return Counter(piece.sku for piece in self.pieces)

    def take(self, at_s: float) -> None:
        """Let a piece be taken, if there is one."""
        if self.pieces:
            self.taken.append(self.pieces.pop())
            self._weigh(at_s)

    def put_back(self, at_s: float) -> None:
        """Let the piece that was taken last come back, if there is one."""
        if self.taken:
            self.pieces.append(self.taken.pop())
            self._weigh(at_s)

    def peel(self, at_s: float) -> None:
        """Let a piece be taken whose tag stays behind."""
        self.take(at_s)
        if self.taken and self.taken[-1].tag:
            self.stray_tags[self.taken[-1].tag] = self.taken[-1].sku

    def receive(self, other: Shelf, at_s: float) -> None:
        """Let the piece that was taken from another shelf last be put here."""
        if other.taken:
            self.pieces.append(other.taken.pop())
            self._weigh(at_s)

    def leave(self, grams: float, at_s: float) -> None:
        """Let something that does not belong there be left behind."""
        self.foreign_g += grams
        self._weigh(at_s)

    def tidy(self, at_s: float) -> None:
        """Take what does not belong there away."""
        self.foreign_g = 0.0
        self._weigh(at_s)

    def _weigh(self, at_s: float) -> None:
        self.lying = self.lying.changed(self.weight_g, at_s, shake_g=HANDLING_G, shake_s=HANDLING_S)


def _tag(name: str, number: int) -> str:
    return f"E2{seed_of(name) % 2**56:014X}{number:08X}" if name else ""
