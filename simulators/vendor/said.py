"""What the slaves of other protocols than Modbus say, and when: bytes and a pause, for a line in memory."""

from __future__ import annotations

from typing import NamedTuple


class Said(NamedTuple):
    """Bytes that go onto the line, `after_s` behind the last byte that was heard."""

    data: bytes
    after_s: float
