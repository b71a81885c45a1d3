"""One connection to a broker: opened, closed for certain, its end told in one line. Only this file knows aiomqtt.

A new client for each connection: paho keeps a queue of its own, which would send again what the log already repeats.
"""

from __future__ import annotations

import asyncio
import logging
import math
import socket
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiomqtt
from aiomqtt.exceptions import MqttConnectError

from gateway.uplink.standing import Down, SinkDown
from gateway.uplink.tls import tls_context, why_no_handshake

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterator

    from gateway.model.site import MqttUplink
    from gateway.uplink.settings import MqttPace

_CLOSE_S = 2.0
_FOR_EVER = math.inf
"""Makes aiomqtt do without `asyncio.wait_for`, which in Python 3.11 can swallow a cancellation; the limits are ours."""
_BESIDE_DELIVERY = 32
_REFUSED_FROM = 128
_PASSWORD_MOST = 4096
_CLOSED_EARLY = "closed before it answered"


class ConnectionEnded(SinkDown):
    """The connection cannot go on, or never began; the text is one line for people."""


class Connection:
    """An open connection; every failure of it is a ConnectionEnded."""

    def __init__(self, client: aiomqtt.Client, target: MqttUplink, pace: MqttPace) -> None:
        self._client = client
        self._where = _where(target)
        self._pace = pace

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish at QoS 1; returns with the PUBACK."""
        await self._publish(topic, payload, 1, retain=retain)

    async def publish_lightly(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish at QoS 0; returns when it is on its way."""
        await self._publish(topic, payload, 0, retain=retain)

    async def _publish(self, topic: str, payload: bytes, qos: int, *, retain: bool) -> None:
        with self._telling():
            async with asyncio.timeout(self._pace.ack_timeout_s):
                await self._client.publish(topic, payload, qos, retain, timeout=_FOR_EVER)

    async def subscribe(self, topics: dict[str, int]) -> None:
        """Subscribe to each topic with its QoS; a broker that refuses one ends the connection."""
        for topic, qos in topics.items():
            with self._telling():
                async with asyncio.timeout(self._pace.ack_timeout_s):
                    codes = await self._client.subscribe(topic, qos, timeout=_FOR_EVER)
            if any(isinstance(code, int) and code >= _REFUSED_FROM for code in codes):
                said = f"{self._where} refuses the subscription to {topic} (its access list)"
                raise ConnectionEnded(said, Down.NOT_SUBSCRIBED, topic)

    async def leave(self) -> None:
        """Say goodbye, so that the broker keeps the last will to itself."""
        self._client.timeout = _CLOSE_S
        with suppress(aiomqtt.MqttError):
            await self._client.__aexit__(None, None, None)

    async def messages(self) -> AsyncIterator[tuple[str, bytes, bool]]:
        """Topic, payload and whether retained, of what arrives; ends only by ConnectionEnded."""
        with self._telling():
            async for message in self._client.messages:
                yield message.topic.value, bytes(message.payload), message.retain

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Say in one line why it ended."""
        try:
            yield
        except TimeoutError:
            limit = f"{self._pace.ack_timeout_s:g}"
            said = f"{self._where} has not acknowledged a message for {limit} s"
            raise ConnectionEnded(said, Down.NOT_ACKNOWLEDGED, limit) from None
        except aiomqtt.MqttError as error:
            raise ConnectionEnded(f"the connection to {self._where} was cut", Down.CUT) from error


@asynccontextmanager
async def connected(
    target: MqttUplink, pace: MqttPace, *, identifier: str, will_topic: str = "", will: bytes = b""
) -> AsyncIterator[Connection]:
    """Hold a connection for the length of a `with`. Raises ConnectionEnded when there can be none."""
    last = aiomqtt.Will(will_topic, will, qos=1, retain=True) if will_topic else None
    client = await _client(target, pace, identifier, last)
    entering = asyncio.ensure_future(client.__aenter__())
    try:
        await asyncio.shield(entering)
        yield Connection(client, target, pace)
    except aiomqtt.MqttError as error:
        raise _why_not(error, target) from error
    finally:
        if not entering.done():
            await asyncio.wait({entering}, timeout=_CLOSE_S)  # its thread would open the socket behind our back
            entering.cancel()
        await _cut(client)


async def _client(target: MqttUplink, pace: MqttPace, identifier: str, will: aiomqtt.Will | None) -> aiomqtt.Client:
    limit = pace.in_flight + _BESIDE_DELIVERY
    client = aiomqtt.Client(
        target.host,
        target.port,
        username=target.user or None,
        password=await _password(target.password_file),
        identifier=identifier,
        will=will,
        logger=_quiet(),
        clean_session=False,  # a safety-off that was sent while the line was down still arrives
        timeout=pace.connect_timeout_s,
        keepalive=pace.keepalive_s,
        max_queued_incoming_messages=pace.incoming_most,
        max_inflight_messages=limit,
        tls_context=await _tls(target),
        socket_options=_socket_options(pace),
    )
    client.pending_calls_threshold = limit
    _notice_early_end(client)
    return client


def _notice_early_end(client: aiomqtt.Client) -> None:
    """Let a broker that closes before it has answered end the wait; aiomqtt sits out its limit.

    So ends who shows no certificate that the broker trusts: in TLS 1.3 it hears of that after the handshake.
    """
    paho: Any = client._client  # noqa: SLF001 - aiomqtt offers no way to it
    told, known = paho.on_disconnect, [False]

    def ended(*what: object) -> None:
        connected = client._connected  # noqa: SLF001 - as above
        if not known[0] and not connected.done():
            connected.set_exception(aiomqtt.MqttError(_CLOSED_EARLY))
        known[0] = True
        told(*what)

    paho.on_disconnect = ended


def _quiet() -> logging.Logger:
    """Return a logger that says nothing: what aiomqtt and paho have to say reaches us as exceptions."""
    logger = logging.getLogger("gateway.uplink.paho")
    logger.disabled = True
    return logger


async def _tls(target: MqttUplink) -> ssl.SSLContext | None:
    """Read at each connection, so that a renewed certificate needs no restart."""
    if target.tls is None:
        return None
    try:
        return await asyncio.to_thread(tls_context, target.tls)
    except ValueError as error:
        raise ConnectionEnded(str(error), Down.CERTIFICATE, str(error)) from error


def _socket_options(pace: MqttPace) -> list[tuple[int, int, int]]:
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # bytes that nobody acknowledges end the connection
        options.append((socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(pace.ack_timeout_s * 1000)))
    return options


async def _password(file: str) -> str | None:
    """Read at each connection, so that a changed password needs no restart."""
    if not file:
        return None
    try:
        text = await asyncio.to_thread(partial(Path(file).read_text, encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        said = f"the password file {file} cannot be read: {error}"
        raise ConnectionEnded(said, Down.FILE_UNREADABLE, file) from error
    return text[:_PASSWORD_MOST].rstrip("\r\n")


async def _cut(client: aiomqtt.Client) -> None:
    """Close the socket whatever state the client is in; aiomqtt leaves it open after a failed handshake or farewell."""
    paho: Any = client._client  # noqa: SLF001 - aiomqtt offers no way to its socket
    paho.on_disconnect = None  # nobody is left to be told
    left = paho.socket()
    if left is not None:
        with suppress(OSError):
            left.shutdown(socket.SHUT_RDWR)  # its reader now sees the end and closes everything in order
        for _ in range(3):
            await asyncio.sleep(0)
    ended = client._disconnected  # noqa: SLF001 - nobody else will look at its exception, and asyncio complains
    if ended.done() and not ended.cancelled():
        ended.exception()


def _why_not(error: aiomqtt.MqttError, target: MqttUplink) -> ConnectionEnded:
    where, said = _where(target), str(error).partition("] ")[2] or str(error)
    if isinstance(error, MqttConnectError):
        line = f"{where} refuses the login: {said.lower()} (check user name and password file)"
        return ConnectionEnded(line, Down.LOGIN_REFUSED, said.lower())
    if said == "Operation timed out":
        line = f"{where} takes the connection and does not answer: no broker, or a broken line"
        return ConnectionEnded(line, Down.NO_ANSWER)
    if said == _CLOSED_EARLY:
        wanted = "no MQTT broker, or one that wants TLS"
        if target.tls is not None:
            wanted = (
                "most likely it wants a client certificate that it trusts (check cert_file, and until when it is valid)"
            )
        return ConnectionEnded(f"{where} closes the connection before it answers: {wanted}", Down.CLOSED_EARLY)
    if target.tls is not None:
        line, word, detail = why_no_handshake(where, said)
        return ConnectionEnded(line, word, detail)
    return ConnectionEnded(f"{where} cannot be reached: {said}", Down.UNREACHABLE, said)


def _where(target: MqttUplink) -> str:
    return f"the broker {target.host}:{target.port}"
