"""Names of topics: `a-z 0-9 -` and `/` only, so that any broker serves. Pure."""

from __future__ import annotations

import re
from enum import StrEnum

_LEVEL = re.compile(r"[a-z0-9-]{1,64}")
_LONGEST = 256


class Authority(StrEnum):
    """Who may wish for what: one command topic each, so that a broker's access list can tell them apart."""

    ORDER = "order"
    SAFETY = "safety"
    CONFIG = "config"
    SERVICE = "service"
    TERMINAL = "terminal"


def level(name: str) -> str:
    """Return one level of a topic. Raises `ValueError` for what cannot be one on every broker."""
    if not _LEVEL.fullmatch(name):
        raise ValueError(f"{name!r} cannot be part of a topic: 1 to 64 of a-z, 0-9 and '-'")
    return name


def is_topic(name: str) -> bool:
    """Whether this is a whole topic of allowed levels."""
    return len(name) <= _LONGEST and all(map(_LEVEL.fullmatch, name.split("/")))


class Topics:
    """The topics of one gateway below its prefix. Raises `ValueError` for a prefix with other signs."""

    def __init__(self, prefix: str) -> None:
        self.prefix = "".join(f"{level(name)}/" for name in prefix.removesuffix("/").split("/"))
        self.status = f"{self.prefix}status"
        self.inventory = f"{self.prefix}inventory"
        self.alarms = f"{self.prefix}alarms"
        self.echo = f"{self.prefix}echo"
        self.commands = {f"{self.prefix}command/{authority}": authority for authority in Authority}

    def state(self, device: str) -> str:
        return f"{self.prefix}state/{level(device)}"

    def telemetry(self, device: str) -> str:
        return f"{self.prefix}telemetry/{level(device)}"

    def event(self, kind: str) -> str:
        return f"{self.prefix}event/{level(kind)}"

    def outcome(self, command_id: str) -> str:
        return f"{self.prefix}outcome/{level(command_id)}"

    def may_reply_to(self, topic: str) -> bool:
        """Whether a sender may ask for its outcome there: nowhere among our own topics, where it could be mistaken."""
        return is_topic(topic) and not topic.startswith(self.prefix)
