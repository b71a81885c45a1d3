"""The broker that `gateway demo` brings along, in a process of its own: amqtt from its wheel, or mosquitto from PATH.

For the demo only. It listens on loopback and knows one user with a password made for this run: amqtt keeps nothing for
anonymous sessions. Everything that is measured uses a real broker.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from gateway.app.life import TOLD_TO_END, ignore
from gateway.model.errors import GatewayError

HOST = "127.0.0.1"
USUAL_PORT = 1883
READY_S = 15.0
STOP_S = 3.0
LOGIN_S = 2.0
ACCEPTED = bytes([0x20, 2, 0, 0])
"""MQTT's CONNACK for a new session."""

USER = "demo"


class NoBroker(GatewayError):  # noqa: N818 - says what is missing
    """Neither amqtt nor mosquitto is there, or it does not start."""


class EndedAtOnce(NoBroker):
    """It ended before it could be reached."""


@dataclass(slots=True)
class Broker:
    """A running broker; `stop` ends it."""

    name: str
    port: int
    user: str
    password: str
    password_file: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End it; harmless when repeated."""
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


async def start_broker(folder: Path) -> Broker:
    """Start a broker whose files are in `folder` and wait until it answers. Raises `NoBroker` with what to do."""
    password, password_file = secrets.token_urlsafe(16), folder / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    try:
        return await _start(folder, free_port(), password, password_file)
    except EndedAtOnce:  # another program can have taken the port since the look for it
        return await _start(folder, free_port(usual=False), password, password_file)


async def _start(folder: Path, port: int, password: str, password_file: Path) -> Broker:
    name, command = _command(folder, port, password_file)
    broker = Broker(name, port, USER, password, password_file, _spawn(command, folder / "broker.log"))
    try:
        await _until_it_answers(broker, folder)
    except BaseException:
        broker.stop()
        raise
    return broker


def _command(folder: Path, port: int, password_file: Path) -> tuple[str, list[str]]:
    if find_spec("amqtt") is not None:
        return "amqtt", [sys.executable, "-m", "gateway.app.broker", str(port), str(password_file)]
    if mosquitto := shutil.which("mosquitto", path=_path_with_sbin()):
        return "mosquitto", [mosquitto, "-c", str(_mosquitto_files(folder, port, password_file.read_text()))]
    raise NoBroker("no MQTT broker for the demo: install one with `apt install mosquitto`")


def _spawn(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - a command line of our own
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log.open("wb"), start_new_session=True
    )


def free_port(*, usual: bool = True) -> int:
    """Return the usual port of MQTT when it is wanted and free, any free one otherwise."""
    for port in (USUAL_PORT, 0) if usual else (0,):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
            found: int = probe.getsockname()[1]
            return found
    raise NoBroker("no free port on loopback for the demo's broker")


async def _until_it_answers(broker: Broker, folder: Path) -> None:
    deadline = asyncio.get_running_loop().time() + READY_S
    while asyncio.get_running_loop().time() < deadline:
        if broker.process.poll() is not None:
            said = (folder / "broker.log").read_text(errors="replace").strip().splitlines()[-1:]
            words = " ".join(said) or "it said nothing"
            raise EndedAtOnce(f"the demo's broker ({broker.name}) ended at once: {words}")
        if await _takes_our_login(broker):
            return
        await asyncio.sleep(0.05)
    raise NoBroker(f"the demo's broker ({broker.name}) does not listen after {READY_S:.0f} s")


async def _takes_our_login(broker: Broker) -> bool:
    """Ask whether what listens there is ours: another program's broker does not know the password of this run."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        reader, writer = await asyncio.open_connection(HOST, broker.port)
        try:
            writer.write(_login(broker.user, broker.password))
            async with asyncio.timeout(LOGIN_S):
                return await reader.readexactly(len(ACCEPTED)) == ACCEPTED
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
    return False


def _login(user: str, password: str) -> bytes:
    """Return MQTT 3.1.1's CONNECT with a clean session, user name and password (section 3.1 of the standard)."""
    fields = (b"demo-looks", user.encode(), password.encode())
    body = b"\x00\x04MQTT\x04\xc2\x00\x0a" + b"".join(len(text).to_bytes(2, "big") + text for text in fields)
    return bytes([0x10, len(body)]) + body  # short enough for a length of one byte


def _path_with_sbin() -> str:
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


def _mosquitto_files(folder: Path, port: int, password: str) -> Path:
    users, config = folder / "users", folder / "mosquitto.conf"
    users.touch(mode=0o600)
    tool = shutil.which("mosquitto_passwd", path=_path_with_sbin()) or "mosquitto_passwd"
    subprocess.run([tool, "-b", str(users), USER, password], check=True, capture_output=True)  # noqa: S603 - as above
    config.write_text(
        f"listener {port} {HOST}\nallow_anonymous false\npassword_file {users}\n"
        "set_tcp_nodelay true\nmax_queued_messages 100000\n"
    )
    return config


async def serve(port: int, users: Path) -> None:
    """Be the broker until told to stop."""
    from gateway.app.broker_amqtt import Amqtt  # noqa: PLC0415 - an extra, and only in this process

    broker = Amqtt(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{port}"}},
            "plugins": {"amqtt.plugins.authentication.FileAuthPlugin": {"password_file": str(users)}},
        }
    )
    await broker.start()
    stop = asyncio.Event()
    for number in TOLD_TO_END:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await broker.shutdown()
    ignore(TOLD_TO_END)


def _users_file(password_file: Path) -> Path:
    from pwdlib.hashers.argon2 import Argon2Hasher  # noqa: PLC0415 - comes with amqtt

    users = password_file.with_name("users")
    users.touch(mode=0o600)
    users.write_text(f"{USER}:{Argon2Hasher().hash(password_file.read_text())}\n")
    return users


def main() -> None:
    """Run as a process of its own: `python -m gateway.app.broker PORT PASSWORD_FILE`."""
    parser = argparse.ArgumentParser(prog="python -m gateway.app.broker", description=__doc__)
    parser.add_argument("port", type=int)
    parser.add_argument("password_file", type=Path)
    given = parser.parse_args()
    asyncio.run(serve(given.port, _users_file(given.password_file)))


if __name__ == "__main__":
    main()
