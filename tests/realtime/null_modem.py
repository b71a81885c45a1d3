"""Two pseudo-terminals joined back to back, as slow as a real line: `python -m tests.realtime.null_modem BAUD`.

For two programs that each want a port of their own. Prints both paths, carries bytes, ends with its standard input.
A bare pair hands bytes over at once, and a reply would be there before its request can have been sent.
"""

from __future__ import annotations

import os
import pty
import select
import sys
import time
import tty
from collections import deque

READ_BYTES = 4096
CHAR_BITS = 10


class Way:
    """One direction: what was read, each piece with the moment at which its last bit has passed."""

    def __init__(self, into: int, char_s: float) -> None:
        self._into = into
        self._char_s = char_s
        self._pieces: deque[tuple[float, bytes]] = deque()
        self._busy_until_s = 0.0

    def take(self, data: bytes, now_s: float) -> None:
        self._busy_until_s = max(now_s, self._busy_until_s) + len(data) * self._char_s
        self._pieces.append((self._busy_until_s, data))

    def give(self, now_s: float) -> float | None:
        """Hand over what is due; return how long until there is more, None for never."""
        while self._pieces and self._pieces[0][0] <= now_s:
            os.write(self._into, self._pieces.popleft()[1])
        return self._pieces[0][0] - now_s if self._pieces else None


def raw_pair() -> tuple[int, int]:
    """Return both ends of a pseudo-terminal that changes no byte; its name stays valid while the second is open."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    return ours, theirs


def main(baud: int) -> None:
    (left, left_port), (right, right_port) = raw_pair(), raw_pair()
    sys.stdout.write(f"{os.ttyname(left_port)}\n{os.ttyname(right_port)}\n")
    sys.stdout.flush()
    ways = {left: Way(right, CHAR_BITS / baud), right: Way(left, CHAR_BITS / baud)}
    stdin = sys.stdin.fileno()
    while True:
        waits_s = [wait_s for way in ways.values() if (wait_s := way.give(time.monotonic())) is not None]
        ready, _, _ = select.select([*ways, stdin], (), (), min(waits_s, default=None))
        for end in ways.keys() & ready:
            ways[end].take(os.read(end, READ_BYTES), time.monotonic())
        if stdin in ready and not os.read(stdin, READ_BYTES):
            return


if __name__ == "__main__":
    main(int(sys.argv[1]))
