"""How an uplink stands, for the console, the demo's table and the log: kept current, read by anyone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Standing:
    """`reason` is one line for people: why it is not online, or why the last connection ended.

    `refusal` is the last reason for which the sink would not take a record that it could be sent. Counters start at 0.
    """

    where: str
    state: Literal["starting", "connecting", "online", "waiting", "stopped"] = "starting"
    reason: str = ""
    since_s: float = 0.0
    retry_in_s: float = 0.0
    connections: int = 0
    failures: int = 0
    messages: int = 0
    records: int = 0
    commands: int = 0
    dropped_commands: int = 0
    refused_records: int = 0
    refusal: str = ""

    def change(
        self, state: Literal["connecting", "online", "waiting", "stopped"], now_s: float, reason: str = ""
    ) -> None:
        """Enter a state at `now_s` (monotonic); the reason of the last failure stays until the uplink is online."""
        self.state, self.since_s = state, now_s
        if reason or state == "online":
            self.reason = reason
