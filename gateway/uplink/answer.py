"""The way of an outcome to the cloud: on its own topic, and where the sender wants it too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gateway.uplink.message import OutcomeMessage

if TYPE_CHECKING:
    from gateway.model.command import Outcome
    from gateway.uplink.topic import Topics


class Publish(Protocol):
    async def __call__(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Return when the broker has acknowledged the message; raise what ends the connection."""


async def answer(
    publish: Publish, topics: Topics, outcome: Outcome, reply_to: str | None, session: str | None = None
) -> None:
    """Publish an outcome; `session` goes with one that asks for a repetition under it."""
    message = OutcomeMessage(
        id=outcome.id,
        state=outcome.state,  # type: ignore[arg-type]  # one of the four words
        reason=outcome.reason,
        detail=outcome.detail,
        session=session,
        body=dict(outcome.body) or None,  # type: ignore[arg-type]  # JSON-able by its own contract
    )
    payload = message.model_dump_json(exclude_none=True).encode()
    await publish(topics.outcome(outcome.id), payload)
    if reply_to is not None:
        await publish(reply_to, payload)
