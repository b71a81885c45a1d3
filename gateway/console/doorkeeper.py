"""Who is let in by the head of a request alone, and what every answer says to the browser. Pure.

A page of somebody else must reach nothing here: neither by a name that it has pointed at us (the `Host` must be ours)
nor with a request of its own (an `Origin` must be ours).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
"""Addresses at which only this machine itself is reached."""

OURS_ALWAYS = LOOPBACK - {"::1"} | {"[::1]"}
SAFE_METHODS = frozenset({"GET", "HEAD"})

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""Of every answer: scripts, styles and pictures are our own files, nothing is inline, nobody frames us."""


def refusal(method: str, headers: Mapping[str, str], names: Collection[str]) -> str:
    """Return why a request is refused, empty: it is not.

    `headers` have their names in lower case; by `names` we may be called beside loopback's.
    """
    host = headers.get("host", "")
    if host_name(host) not in OURS_ALWAYS and host_name(host) not in names:
        return "this is not its name: open the console by the address that it was started with"
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2] != host:
        return "asked by a page that is not ours"
    if method not in SAFE_METHODS and headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return "asked by a page that is not ours"
    return ""


def host_name(host: str) -> str:
    """Return a `Host` without its port, in lower case; an IPv6 address keeps its brackets."""
    name, colon, port = host.rpartition(":")
    is_with_port = colon and port.isdecimal() and (name.endswith("]") or ":" not in name)
    return (name if is_with_port else host).lower()
