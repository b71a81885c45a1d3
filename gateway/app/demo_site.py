"""The demo's site file with this run's broker, and the environment in which its gateway keeps everything."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.app.broker import HOST

if TYPE_CHECKING:
    from gateway.app.broker import Broker

SITE = Path(__file__).parents[2] / "configs/sites/demo.yaml"
NOT_OURS = ("RUNTIME_DIRECTORY", "STATE_DIRECTORY")
"""systemd's words for the folders of a service; the demo's gateway has its own."""


def own_environment(folder: Path) -> dict[str, str]:
    """Return the environment in which a gateway keeps everything in `folder`."""
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    return inherited | {"XDG_RUNTIME_DIR": str(folder), "XDG_STATE_HOME": str(folder)}


def site_text(broker: Broker) -> str:
    """Return the demo's site with this run's broker."""
    text = SITE.read_text(encoding="utf-8")
    head, _, _ = text.partition("\nuplinks:")
    mqtt = f"{{host: {HOST}, port: {broker.port}, user: {broker.user}, password_file: {broker.password_file}}}"
    return f"{head}\nuplinks:\n  mqtt: {mqtt}\n"


def free_port() -> int:
    """Return a port of loopback that nobody listens on now."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
