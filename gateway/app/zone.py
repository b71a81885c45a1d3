"""A site's time zone, from this machine's tz database or the package that stands in for it."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.model.errors import GatewayError

DEFAULT = "Asia/Shanghai"
"""The zone of a log whose site file is not at hand."""


def zone_of(name: str) -> ZoneInfo:
    """Return a zone by its name. Raises `GatewayError` where this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise GatewayError(f"timezone {name}: this machine does not know it; install its package tzdata") from None
