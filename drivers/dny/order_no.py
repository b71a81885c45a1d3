"""Order numbers of DNY piles: 16 bytes that a pile gives back as it got them. As text they are 32 hex digits.

A number of ours with up to 16 printable characters travels as these characters, with zeros behind them, and comes back
as the same text.
"""

from __future__ import annotations

from gateway.sdk import DriverError

ORDER_BYTES = 16
_HEX_DIGITS = frozenset("0123456789abcdef")


def order_text(sent: bytes) -> str:
    """Return the number in 16 bytes as text."""
    text = sent.rstrip(b"\x00")
    is_text = bool(text) and all(0x20 < byte < 0x7F for byte in text)  # noqa: PLR2004 - printable ASCII
    return text.decode("ascii") if is_text else sent.hex()


def order_bytes(number: str) -> bytes:
    """Return a number as 16 bytes. Raises `DriverError` for one that has no place in them."""
    if len(number) == 2 * ORDER_BYTES and _HEX_DIGITS.issuperset(number):
        return bytes.fromhex(number)
    if not number.isascii() or len(number) > ORDER_BYTES or any(not " " < letter < "\x7f" for letter in number):
        raise DriverError(f"an order's number is 32 hex digits or up to 16 characters, not {number[:40]!a}")
    return number.encode().ljust(ORDER_BYTES, b"\x00")
