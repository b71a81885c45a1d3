"""Cut the blocks of a device into pieces, each with a shape of its own. Pure.

An RTU reply carries no address: a late reply of the same function code and count fits the next request. So no two
pieces of a device share (table, count), and a late piece can never pass for another. No point is cut in two, because
its halves would date from different moments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.wiring import Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.model.wiring import ReadLimits, Table

Shape = tuple["Table", int]

TRIES = 20_000
"""Bound on the search, far above what real maps need (tens)."""


def shape_of(block: Block) -> Shape:
    """Return what a reply shows of the block that it answers."""
    return block.table, block.count


class Uncuttable(ValueError):  # noqa: N818 - says what the block is
    """No set of pieces with distinct shapes exists within the limits."""


def cut(
    blocks: Sequence[Block],
    forbidden_cuts: Iterable[tuple[Table, int]],
    limits: ReadLimits,
    largest: int,
    taken: set[Shape],
) -> tuple[Block, ...]:
    """Cut `blocks` into pieces of at most `largest` addresses, none with a shape in `taken`; add the new shapes to it.

    `forbidden_cuts` are the addresses before which no cut may fall (insides of points). A piece may read past the
    addresses that it is for, inside its block, where only that makes its count unique. Raises `Uncuttable`.
    """
    inside = set(forbidden_cuts)
    pieces: list[Block] = []
    for block in sorted(blocks, key=lambda block: block.count):
        limit = min(largest, limits.bits if block.table.is_bits else limits.registers)
        pieces += _cut_block(block, inside, limits, limit, taken)
    return tuple(sorted(pieces, key=lambda piece: (piece.table, piece.address)))


def _cut_block(
    block: Block, inside: set[tuple[Table, int]], limits: ReadLimits, largest: int, taken: set[Shape]
) -> list[Block]:
    """Try growing limits until the block can be covered: the smallest largest piece blocks the line least."""
    step = 2 if limits.even_counts and not block.table.is_bits else 1
    cap = limits.bits if block.table.is_bits else limits.registers
    for bound in range(min(largest, block.count, cap), min(block.count + step, cap) + 1):
        found = _Search(block, inside, step, bound, taken).run()
        if found is not None:
            taken.update(shape_of(piece) for piece in found)
            return found
    raise Uncuttable(f"{block.table} {block.address}..{block.end - 1} has no pieces with counts of their own")


class _Search:
    """Depth-first search over cut positions with distinct counts, longest piece first, bounded in tries."""

    def __init__(
        self, block: Block, inside: set[tuple[Table, int]], step: int, largest: int, taken: set[Shape]
    ) -> None:
        self._block = block
        self._inside = inside
        self._step = step
        self._largest = largest
        self._used = {count for table, count in taken if table is block.table}
        self._tries = 0

    def run(self) -> list[Block] | None:
        return self._from(self._block.address, [])

    def _from(self, start: int, pieces: list[Block]) -> list[Block] | None:
        if start >= self._block.end:
            return pieces
        self._tries += 1
        if self._tries > TRIES:
            return None
        for piece, following in self._candidates(start):
            self._used.add(piece.count)
            found = self._from(following, [*pieces, piece])
            if found is not None:
                return found
            self._used.discard(piece.count)
        return None

    def _candidates(self, start: int) -> Iterable[tuple[Block, int]]:
        """Yield (piece, where the next one starts): what is left if it fits, or a little more, then longest first.

        Only the last piece reaches back over ground that another one reads.
        """
        block = self._block
        left = block.end - start
        for count in (*range(left, self._largest + 1), *range(min(left - 1, self._largest), 0, -1)):
            if count in self._used or count % self._step:
                continue
            end = min(start + count, block.end)
            address = end - count
            if address < block.address:
                continue
            covered = end
            while covered > start and (block.table, covered) in self._inside and covered < block.end:
                covered -= 1
            if covered > start:
                yield Block(block.table, address, count), covered
