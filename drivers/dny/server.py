"""DNY piles that have dialled in over TCP: the same frames, each pile on a connection of its own, and nobody polls.

A pile says what it wishes when it wishes; its modem may say its card's number or `link` between the frames. Command 81
makes it tell how it is.

Source: AP3000 device-to-server protocol V8.6, clause 2 (a reply within 15 s, half a second between two commands).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.dny.driver import QUIET_S, DnyHost

if TYPE_CHECKING:
    from gateway.sdk import Block, Request


class DnyServer(DnyHost):
    """The line of one pile. Implements `gateway.sdk.Driver`.

    A setting that it does not read back (old firmware) is no silence, as long as it tells something every `QUIET_S`.
    """

    patience_s = 5.0
    """A mobile network takes its time; a stop is not kept waiting for the 15 s that the protocol allows."""

    reading_quiet_s = QUIET_S

    def _poll(self, unit: int, block: Block) -> Request:
        return self._pushed(unit, block)
