"""What is on its way, and how far the offset may follow: the lowest contiguous acknowledgement. Pure."""

from __future__ import annotations

from itertools import pairwise


class Window:
    """One stream's messages in flight. A message may carry several records whose numbers are not neighbours.

    Messages are announced in ascending order of their lowest number, all of a slice before its first is acknowledged,
    with the slice's last number; then everything below the lowest outstanding number has arrived.
    """

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.head = offset
        self._outstanding: dict[int, None] = {}

    def announce(self, lowest: list[int], last: int) -> None:
        """Add a slice of messages, each named by its lowest number; `last` is the highest number that they carry."""
        numbers = [self.head, *lowest]
        if any(later <= earlier for earlier, later in pairwise(numbers)) or last < numbers[-1]:
            raise ValueError(f"numbers {lowest}..{last} do not follow {self.head}")
        self._outstanding.update(dict.fromkeys(lowest))
        self.head = last

    def acknowledge(self, lowest: int) -> bool:
        """Take the acknowledgement of one message; True where the offset moved by it."""
        self._outstanding.pop(lowest, None)
        before = self.offset
        self.offset = next(iter(self._outstanding)) - 1 if self._outstanding else self.head
        return self.offset > before
