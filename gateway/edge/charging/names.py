"""Under which names it is remembered what became of orders, runs and wishes, and for how long. Pure."""

import hashlib

KNOWN_S = 90 * 86_400
"""How long an order's id is known after its last record, so that it never starts twice."""


def outcome_name(order_id: str) -> str:
    """Return the name under which it is remembered what became of an order; no command has such an id."""
    return f"order/{order_id}"


def run_name(device: str, number: str) -> str:
    """Return the name under which it is remembered whose run a device's order number was."""
    return f"run/{device}/{number}"


def wish_name(intent_id: str) -> str:
    """Return the id of the wish that an intent is carried as: the same for its repetitions, and fit for a topic."""
    return f"i-{hashlib.sha256(intent_id.encode()).hexdigest()[:24]}"
