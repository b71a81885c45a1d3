"""The payloads of alarms: the retained list of those that stand, and the commands by which people work them. Pure.

Times are ms since 1970. `alarm` is a word of the catalogue (docs/reference/alarms.md); a gateway of a later version may
say others.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.uplink.message import Message, Reason, Target
from gateway.uplink.wish import Timely

AlarmWord = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,64}$")]
Severity = Literal["critical", "high", "medium", "low"]
State = Literal[
    "unacknowledged", "acknowledged", "returned", "latched", "shelved", "out-of-service", "suppressed"
]  # fmt: skip


class StandingAlarm(Message):
    """One alarm that is not normal. `by` and `why`: who has acknowledged, shelved or removed it last, and why."""

    target: str = Field(description="what it is about: outlet, device, line, shelf, or `*` for the gateway")
    alarm: str
    state: State
    severity: Severity
    active: bool = Field(description="whether its condition holds now")
    since: int
    detail: str = ""
    raised: int = Field(default=1, description="how often it came since it was last normal")
    cause: str = Field(default="", description="what it is put together with others by: an alarm, or a line")
    group: str = Field(default="", description="alarms of one line that came within a minute of each other")
    first: bool = Field(default=False, description="it came before all others of its group")
    until: int | None = Field(default=None, description="end of its shelf")
    by: str = ""
    why: str = ""


class AlarmList(Message):
    """Retained, on change: all alarms that stand, the worst and newest first.

    An event of kind `alarm` with a `revision` up to this one is in it already.
    """

    v: Literal[1] = 1
    ts: int
    revision: int = Field(ge=0, description="rises with every change of an alarm, over restarts as well")
    flood: bool = Field(default=False, description="more than 10 came within 10 minutes")
    unlisted: int = Field(default=0, description="so many more stand than are listed")
    alarms: tuple[StandingAlarm, ...] = ()


class AckArgs(Message):
    """Who has seen it."""

    alarm: AlarmWord
    by: Reason


class ShelveArgs(Message):
    """Who does not want to hear of it for `for_s`, and why."""

    alarm: AlarmWord
    by: Reason
    reason: Reason
    for_s: int = Field(ge=60, le=86_400)


class RemoveArgs(Message):
    """Who takes it out of service, and why."""

    alarm: AlarmWord
    by: Reason
    reason: Reason


class AlarmAck(Timely):
    """Somebody has seen this alarm. One whose condition is gone is normal by it."""

    kind: Literal["alarm-ack"]
    target: Target
    args: AckArgs


class AlarmShelve(Timely):
    """Nobody hears of this alarm for a while. A latch cannot be shelved."""

    kind: Literal["alarm-shelve"]
    target: Target
    args: ShelveArgs


class AlarmUnshelve(Timely):
    """This alarm is heard again."""

    kind: Literal["alarm-unshelve"]
    target: Target
    args: AckArgs


class AlarmRemove(Timely):
    """Nobody hears of this alarm until it is put back: what it is about is being worked on."""

    kind: Literal["alarm-remove"]
    target: Target
    args: RemoveArgs


class AlarmRestore(Timely):
    """This alarm is in service again."""

    kind: Literal["alarm-restore"]
    target: Target
    args: AckArgs


Alarming = AlarmAck | AlarmShelve | AlarmUnshelve | AlarmRemove | AlarmRestore

TO_ALARMS: dict[str, type[Timely]] = {
    "alarm-ack": AlarmAck,
    "alarm-shelve": AlarmShelve,
    "alarm-unshelve": AlarmUnshelve,
    "alarm-remove": AlarmRemove,
    "alarm-restore": AlarmRestore,
}
