"""Who somebody is, and what they may do. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Role(IntEnum):
    """Each may do what those before it may. A scraper is a machine that reads figures: no account has this role."""

    SCRAPER = 0
    VIEWER = 1
    OPERATOR = 2
    INSTALLER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Somebody who is let in; `name` stands in every record of what they do."""

    name: str
    role: Role
