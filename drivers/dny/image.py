"""The register map of a DNY pile: what its messages carry, as words, high byte first. All of it in the table `input`.

    address                meaning
    0x0000                 command of the message that this poll has brought: the only block that is polled

  pushed, as the pile wishes; every word stands in one message, and a message is one reading:

    0x2100                 voltage, 0.1 V                     messages 21 (about every 180 s) and 01
    0x2101                 temperature + 65, degrees C; 0 without a sensor
    0x2102                 signal of its radio; 0 on a wire
    0x2103                 number of ports
    0x2104                 ports that are live, bit 0 is port 0: charging, float, or a relay that is welded
    0x2105 + port          state of the port, 16 of them
    0x0100 + port          power of the port, 0.1 W, 16 of them   message 01 (old firmware, or after command 81)
    0x0600 + 0x20 * port   the port while it charges              message 06 (about every 300 s, never repeated)
      + 0, 1               state; started online (1), by card (0), by code (3)
      + 2, 3               seconds since the start; energy of the order, 0.01 kWh
      + 4 .. 7             power now, largest, smallest, mean since the last message, 0.1 W
      + 8                  largest power since the start, 0.1 W
      + 9, 10              voltage, 0.1 V; current, mA
      + 11, 12             temperature around it, of the port, + 65

  read by commands of their own:

    0x9100, 14 words       what command 84 sets (message 91), in its order
    0x9200, 4 words        what command 85 sets (message 92): longest time s, overload 0.1 W, voltage above, below 0.1 V

Ports count from 0. What a message, by its length, does not have reads as `ABSENT`, which no plausible range contains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.sdk import Block, Reading, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ABSENT = 0xFFFF
PORTS = 16
SAID = Block(Table.INPUT, 0x0000, 1)
HEARTBEAT = Block(Table.INPUT, 0x2100, 5 + PORTS)
POWERS = Block(Table.INPUT, 0x0100, PORTS)
PORT_FIRST, PORT_STRIDE, PORT_WORDS = 0x0600, 0x20, 13
PARAMETERS = Block(Table.INPUT, 0x9100, 14)
LIMITS = Block(Table.INPUT, 0x9200, 4)

CHARGING, FLOAT, WELDED, WELDED_BEFORE_START = 1, 5, 9, 0x0E
LIVE_STATES = frozenset((CHARGING, FLOAT, WELDED, WELDED_BEFORE_START))


def port_block(port: int) -> Block:
    return Block(Table.INPUT, PORT_FIRST + PORT_STRIDE * port, PORT_WORDS)


PUSHED = (HEARTBEAT, POWERS, *(port_block(port) for port in range(PORTS)))


def heartbeat(voltage: int, temperature: int, signal: int, states: Sequence[int]) -> Reading:
    """Return what a heartbeat tells."""
    live = sum(1 << port for port, state in enumerate(states) if state in LIVE_STATES)
    return reading(HEARTBEAT, (voltage, temperature, signal, len(states), live, *states))


def reading(block: Block, words: Iterable[int]) -> Reading:
    """Return a block with these words; those that are missing at its end are absent."""
    told = list(words)[: block.count]
    told += [ABSENT] * (block.count - len(told))
    return Reading(block, b"".join(word.to_bytes(2, "big") for word in told))
