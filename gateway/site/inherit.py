"""What a level of protection settings says itself, and what the levels say together. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.profile.protection import OutletProtection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.profile.strict import Strict


def merged(*levels: Mapping[str, object]) -> dict[str, object]:
    """Return the settings of all levels, the later one winning key by key; nested blocks are replaced whole."""
    result: dict[str, object] = {}
    for level in levels:
        result |= level
    return result


def written(level: Strict) -> dict[str, object]:
    """Return only what a level sets itself."""
    return level.model_dump(exclude_unset=True)


def outlet_keys(settings: Mapping[str, object]) -> dict[str, object]:
    """Return what of a pile's settings an outlet inherits."""
    return {key: value for key, value in settings.items() if key in OutletProtection.model_fields}
