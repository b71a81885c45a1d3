"""The certificate that the console shows: a given one, or one that this box makes for itself.

A browser warns of one that we made: whoever signs in for the first time compares its fingerprint with the one that the
gateway says when it starts.
"""

from __future__ import annotations

import hashlib
import ssl
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model.site import ConsoleSetup

DAYS = 3650
CERTIFICATE, KEY = "console.crt", "console.key"


class NoCertificate(Exception):  # noqa: N818 - said as one line
    """There is no certificate to serve with; the text is the line to show."""


def certificate_files(setup: ConsoleSetup, folder: Path, address: str) -> tuple[Path, Path]:
    """Return certificate and key; makes both where none is given. Raises `NoCertificate`."""
    if setup.cert_file:
        return Path(setup.cert_file), Path(setup.key_file)
    certificate, key = folder / CERTIFICATE, folder / KEY
    if not (certificate.exists() and key.exists()):
        _make(certificate, key, [*setup.names, address])
    return certificate, key


def fingerprint(certificate: Path) -> str:
    """Return a certificate's SHA-256 as browsers show it. Raises `NoCertificate`."""
    try:
        der = ssl.PEM_cert_to_DER_cert(certificate.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        raise NoCertificate(f"{certificate}: holds no certificate in PEM form ({error})") from None
    return hashlib.sha256(der).digest().hex(":").upper()


def _make(certificate: Path, key: Path, names: Sequence[str]) -> None:
    certificate.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    told = ",".join(f"IP:{name}" if _is_address(name) else f"DNS:{name}" for name in names)
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-batch",
        "-days", str(DAYS), "-subj", f"/CN={names[0]}", "-addext", f"subjectAltName={told}",
        "-keyout", str(key), "-out", str(certificate),
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, umask=0o077, check=False)  # noqa: S603 - fixed words
    except FileNotFoundError:
        raise NoCertificate(
            "the program `openssl` is not here to make a certificate: install it, or give cert_file and key_file"
        ) from None
    if done.returncode:
        raise NoCertificate(f"openssl makes no certificate: {done.stderr.strip().splitlines()[-1:]}")


def _is_address(name: str) -> bool:
    return ":" in name or name.replace(".", "").isdecimal()
