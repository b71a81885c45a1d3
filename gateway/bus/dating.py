"""Date a reply by the oldest request that it can belong to. Pure.

After a timeout the same piece is asked again, and the reply to the first request would fit the second. So a fitting
reply is dated from the oldest request of its piece that is still unanswered and not yet too old to be answered.
A device answers in the order in which it was asked: its answer to another piece closes what was asked before that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model.transaction import Failure

if TYPE_CHECKING:
    from gateway.model.transaction import Exchange
    from gateway.model.wiring import Timing


class OpenRequests:
    """The unanswered requests of each piece, oldest first: when each ended, and until when a reply can still begin."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, int], list[tuple[float, float]]] = {}

    def date(self, key: tuple[int, int], exchange: Exchange, timing: Timing, now_s: float) -> None:
        """Set `asked_s` of an exchange that is over at `now_s`, and remember it when it may still be answered.

        Only an answer closes a request. Damaged or strange bytes may have been anyone's: the reply can yet come.
        """
        still_open = [entry for entry in self._open.get(key, ()) if entry[1] >= exchange.sent_s]
        if exchange.failure not in (None, Failure.EXCEPTION):
            still_open.append((exchange.request_end_s, now_s + timing.late_reply_ms / 1000))
        elif still_open:
            exchange.asked_s = still_open.pop(0)[0]
            still_open.append((exchange.request_end_s, now_s + timing.late_reply_ms / 1000))
        self._keep(key, still_open)
        if exchange.ok:
            for other in [other for other in self._open if other[0] == key[0] and other != key]:
                self._keep(other, [entry for entry in self._open[other] if entry[0] > exchange.asked_s])

    def _keep(self, key: tuple[int, int], still_open: list[tuple[float, float]]) -> None:
        if still_open:
            self._open[key] = still_open
        else:
            self._open.pop(key, None)
