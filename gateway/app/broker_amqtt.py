"""The embedded broker, made to keep what it has acknowledged: for the demo only."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from amqtt.broker import Broker

if TYPE_CHECKING:
    from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
    from amqtt.session import Session


class Amqtt(Broker):  # type: ignore[misc]  # shipped without types
    """amqtt acknowledges a message before it hands it on, and drops those in between when their sender leaves.

    Here they are handed on first, so that a subscriber receives everything that was acknowledged.
    """

    async def _handle_disconnect(
        self, client_session: Session, handler: BrokerProtocolHandler, disconnect_waiter: asyncio.Future[Any]
    ) -> None:
        waiting = client_session.delivered_message_queue
        while not waiting.empty():
            message: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            message.set_result(waiting.get_nowait())
            await self._handle_message_delivery(client_session, handler, message)
        await super()._handle_disconnect(client_session, handler, disconnect_waiter)
