"""What a field process in the test's own process has told, and waiting for it in real time."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.app.field import FieldHouse

PATIENCE_S = 30.0


def told(house: FieldHouse, kind: str, **body: object) -> list[dict[str, Any]]:
    """Return the bodies of events of a kind that have these values."""
    house.field.settle()
    events = [json.loads(text) for _, text in house.field.outbox.unacknowledged]
    return [e["body"] for e in events if e["kind"] == kind and all(e["body"].get(k) == v for k, v in body.items())]


async def comes(truth: Callable[[], object]) -> bool:
    """Wait until something is true; return whether it came to be."""
    end_s = asyncio.get_running_loop().time() + PATIENCE_S
    while not truth():
        if asyncio.get_running_loop().time() > end_s:
            return False
        await asyncio.sleep(0.05)
    return True
