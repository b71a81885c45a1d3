"""Passwords, kept as scrypt (RFC 7914). Pure but slow on purpose: callers run it in a thread, one at a time.

The cost is one that OWASP's password storage cheat sheet lists (N = 2^14, r = 8, p = 5): 16 MB for a moment, and some
tenths of a second on a Raspberry Pi. The figures are stored with each hash, so that they can grow.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from binascii import Error as NotBase64

N, R, P = 2**14, 8, 5
BYTES = 32
SALT_BYTES = 16
SHORTEST, LONGEST = 10, 256
_MEMORY_BYTES = 64 * 1024 * 1024


def complaint(password: str, name: str) -> str:
    """Return what is wrong with a new password, empty: nothing. Length counts, classes of characters do not."""
    if len(password) < SHORTEST:
        return f"password-short:{SHORTEST}"
    if len(password) > LONGEST:
        return f"password-long:{LONGEST}"
    if len(set(password)) <= 3 or password.casefold() == name.casefold():  # noqa: PLR2004 - aaaa, abab, abcabc
        return "password-simple"
    return ""


def hashed(password: str, salt: bytes) -> str:
    """Return what is stored: `scrypt$N$R$P$SALT$KEY`."""
    return _written(N, R, P, salt, _key(password, salt, N, R, P))


def fits(password: str, stored: str) -> bool:
    """Return whether a password is the one that was stored; what cannot be read fits nothing."""
    try:
        name, *numbers, salt_text, key_text = stored.split("$")
        n, r, p = map(int, numbers)
        salt, key = b64decode(salt_text, validate=True), b64decode(key_text, validate=True)
    except (ValueError, NotBase64):
        return False
    if name != "scrypt" or len(password) > LONGEST:
        return False
    try:
        return hmac.compare_digest(_key(password, salt, n, r, p), key)
    except ValueError:  # figures that scrypt does not take
        return False


def _key(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY_BYTES, dklen=BYTES)


def _written(n: int, r: int, p: int, salt: bytes, key: bytes) -> str:
    return f"scrypt${n}${r}${p}${b64encode(salt).decode()}${b64encode(key).decode()}"
