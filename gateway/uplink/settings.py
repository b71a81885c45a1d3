"""How an uplink behaves on the way, where `gateway.model.site` says where it goes; the defaults suit a 4G line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who speaks; both names may stand in topics and tags."""

    site: str
    gateway: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttPace:
    """`in_flight` messages wait for their PUBACK at most; one that waits `ack_timeout_s` ends the connection.

    The gateway hears its own `echo` every `echo_s`; a connection without one for `echo_limit_s` counts as down.
    Of what comes in, `incoming_most` messages wait; more are dropped.
    """

    keepalive_s: int = 20
    connect_timeout_s: float = 10.0
    in_flight: int = 32
    ack_timeout_s: float = 20.0
    echo_s: float = 10.0
    echo_limit_s: float = 30.0
    retry_first_s: float = 1.0
    retry_most_s: float = 60.0
    incoming_most: int = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluxPace:
    """`timeout_s` bounds one write."""

    timeout_s: float = 10.0
    retry_first_s: float = 1.0
    retry_most_s: float = 60.0
