"""A page of somebody else reaches nothing."""

from __future__ import annotations

import pytest

from gateway.console.doorkeeper import refusal

HOST = {"host": "127.0.0.1:8800"}


@pytest.mark.parametrize(
    ("method", "headers", "is_let_in"),
    [
        ("GET", HOST, True),
        ("GET", {"host": "localhost"}, True),
        ("GET", {"host": "[::1]:8800"}, True),
        ("GET", {"host": "GATEWAY-AB12.local:8800"}, True),
        ("GET", {}, False),
        ("GET", {"host": "evil.example"}, False),
        ("GET", {"host": "127.0.0.1.evil.example"}, False),
        ("GET", {"host": "[::1].evil.example"}, False),
        ("GET", HOST | {"origin": "http://127.0.0.1:8800"}, True),
        ("GET", HOST | {"origin": "http://evil.example"}, False),
        ("GET", HOST | {"origin": "null"}, False),
        ("POST", HOST | {"origin": "http://127.0.0.1:9999"}, False),
        ("POST", HOST | {"origin": "http://127.0.0.1:8800", "sec-fetch-site": "same-origin"}, True),
        ("POST", HOST | {"sec-fetch-site": "cross-site"}, False),
        ("POST", HOST | {"sec-fetch-site": "same-site"}, False),
        ("POST", HOST, True),
    ],
)
def test_only_our_own_pages_are_let_in(method: str, headers: dict[str, str], is_let_in: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert (refusal(method, headers, {"gateway-ab12.local"}) == "") is is_let_in
