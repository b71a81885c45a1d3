"""The certificates of an encrypted connection; a file that is missing or does not fit is one line with its name."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.uplink.standing import Down

if TYPE_CHECKING:
    from gateway.model.site import Tls

UNTRUSTED = "certificate verify failed: "


def tls_context(files: Tls) -> ssl.SSLContext:
    """Read the files of a connection. Raises `ValueError` with the line to show."""
    # Not create_default_context(): from Python 3.13 on that refuses the certificates of many a home-made authority.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for name, file in (("ca_file", files.ca_file), ("cert_file", files.cert_file), ("key_file", files.key_file)):
        _look(name, file)
    try:
        if files.ca_file:
            context.load_verify_locations(files.ca_file)
        else:
            context.load_default_certs()
    except ssl.SSLError:
        raise ValueError(f"the ca_file {files.ca_file} holds no certificate in PEM form") from None
    if files.cert_file:
        _show_ours(context, files)
    return context


def _look(name: str, file: str) -> None:
    """Name the file that cannot be read, which `ssl` does not."""
    if file:
        try:
            Path(file).open("rb").close()
        except OSError as error:
            raise ValueError(f"the {name} {file} cannot be read: {error.strerror}") from None


def _show_ours(context: ssl.SSLContext, files: Tls) -> None:
    try:
        context.load_cert_chain(files.cert_file, files.key_file, password="")  # else it would ask a terminal
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise ValueError(f"the key_file {files.key_file} is not the key of {files.cert_file}") from None
        what = f"the cert_file {files.cert_file} or the key_file {files.key_file}"
        raise ValueError(f"{what} is not in PEM form, or the key has a passphrase") from None


def why_no_handshake(where: str, said: str) -> tuple[str, Down, str]:
    """Return the line, its word and its detail for an encrypted connection that did not come about."""
    said = said.partition(" (_ssl.c")[0]
    if UNTRUSTED in said:
        reason = said.partition(UNTRUSTED)[2].rstrip(".")
        line = f"{where} is not trusted: {reason} (check ca_file, the broker's name and this box's clock)"
        return line, Down.NOT_TRUSTED, reason.strip()
    if "reset by peer" in said or "EOF occurred" in said or "wrong version" in said.lower():
        return f"{where} cuts the TLS handshake off ({said}): does this port speak TLS?", Down.NO_TLS, said
    return f"{where} cannot be reached: {said}", Down.UNREACHABLE, said
