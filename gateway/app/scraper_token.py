"""The token of the machines that read the console's figures: made once, and kept where the box's owner finds it."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING

from gateway.app.box_acts import write_private

if TYPE_CHECKING:
    from pathlib import Path


def kept_token(file: Path) -> str:
    """Return the token in a file, or a fresh one that is put there; on a full disk it lasts until the next start."""
    with contextlib.suppress(OSError, ValueError):
        if kept := file.read_text(encoding="ascii").strip():
            return kept
    token = secrets.token_urlsafe(32)
    with contextlib.suppress(OSError):
        write_private(file, token + "\n")
    return token
