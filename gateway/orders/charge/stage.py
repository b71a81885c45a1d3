"""Where a charge order stands."""

from enum import StrEnum


class Stage(StrEnum):
    """In the order of a charge without incident."""

    STARTING = "starting"  # permitted, the outlet not yet confirmed on
    WAITING_PLUG = "waiting-plug"  # on, nothing draws yet
    CHARGING = "charging"
    FLOATING = "floating"  # full, still on
    UNPLUGGED = "unplugged"  # still on; the same plug may come back
    INTERRUPTED = "interrupted"  # power, device or field away
    ENDING = "ending"  # off for good; the OFF and the last energy are still to be confirmed
    OCCUPIED = "occupied"  # full and off, the plug still in
    SETTLED = "settled"  # has its receipt, told until acknowledged
    CLOSED = "closed"


ON = frozenset({Stage.WAITING_PLUG, Stage.CHARGING, Stage.FLOATING, Stage.UNPLUGGED})
LIVE = ON | {Stage.STARTING, Stage.INTERRUPTED}
OVER = frozenset({Stage.ENDING, Stage.OCCUPIED, Stage.SETTLED, Stage.CLOSED})
EVERY = frozenset(Stage)
