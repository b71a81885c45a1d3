"""How an uplink stands, for the console, the demo's table and the log: kept current, read by anyone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from gateway.model.errors import GatewayError


class Down(StrEnum):
    """Why a sink cannot be delivered to, as a word; catalogues have a text for each."""

    CERTIFICATE = "certificate"
    CLOSED_EARLY = "closed-early"
    CUT = "cut"
    ERROR = "error"
    FILE_UNREADABLE = "file-unreadable"
    LOGIN_REFUSED = "login-refused"
    NO_ANSWER = "no-answer"
    NO_ECHO = "no-echo"
    NO_TLS = "no-tls"
    NOT_ACKNOWLEDGED = "not-acknowledged"
    NOT_SUBSCRIBED = "not-subscribed"
    NOT_TRUSTED = "not-trusted"
    UNREACHABLE = "unreachable"


class SinkDown(GatewayError):  # noqa: N818 - a state of the sink, with the reason
    """Nothing can be delivered now; the text is one line for people.

    `word` and `detail` say the same in another language: the detail is a name, a figure or somebody else's own words.
    """

    def __init__(self, said: str, word: Down | None = None, detail: str = "") -> None:
        super().__init__(said)
        self.word = word
        self.detail = detail


@dataclass(slots=True)
class Standing:
    """`reason` is one line for people: why it is not online, or why the last connection ended.

    `word` and `detail` say the same, as `SinkDown` has them. `refusal` is the last reason for which the sink would not
    take a record that it could be sent. Counters start at 0.
    """

    where: str
    state: Literal["starting", "connecting", "online", "waiting", "stopped"] = "starting"
    reason: str = ""
    word: str = ""
    detail: str = ""
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
        self,
        state: Literal["connecting", "online", "waiting", "stopped"],
        now_s: float,
        reason: SinkDown | str = "",
    ) -> None:
        """Enter a state at `now_s` (monotonic); the reason of the last failure stays until the uplink is online."""
        self.state, self.since_s = state, now_s
        if reason or state == "online":
            self.reason = str(reason)
            self.word, self.detail = "", ""
        if isinstance(reason, SinkDown):
            self.word, self.detail = reason.word or "", reason.detail
