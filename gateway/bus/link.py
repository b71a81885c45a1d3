"""The byte pipes under a bus: a serial port or a TCP connection. The one place that opens them.

A link knows nothing of frames. It hands over bytes as they come and says once when it is gone; the bus reopens it.
Serial ports are opened by a stable name (`/dev/serial/by-path/...`) and exclusively, so that a second program on the
line is noticed at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import termios
from pathlib import Path
from typing import Protocol

import serial

from gateway.model.errors import LinkLost

CONNECT_TIMEOUT_S = 3.0
READ_BYTES = 4096
USB_LATENCY_MS = 1
"""The latency timer asked of a USB adapter; the usual 16 ms turn a 28 ms cycle into 76-84 ms at 115200 baud."""


class Receiver(Protocol):
    """What a link reports to."""

    def bytes_came(self, data: bytes) -> None:
        """Take bytes that have come in."""

    def link_went(self, why: LinkLost) -> None:
        """Take note that the link is gone and nothing more will come. Called at most once for each opening."""


class Link(Protocol):
    """A byte pipe. Not open until `open` has returned."""

    @property
    def name(self) -> str:
        """Where it leads, as people write it."""

    async def open(self, receiver: Receiver) -> None:
        """Open it and start to report. Raises `LinkLost` with what to do about it."""

    def write(self, data: bytes) -> None:
        """Hand bytes to the line without waiting. Raises `LinkLost`."""

    def close(self) -> None:
        """Close it and report nothing more. Does nothing when it is not open."""


class DescriptorLink:
    """What a serial port and a socket share: a descriptor that the loop watches."""

    name = ""

    def __init__(self) -> None:
        self._fd = -1
        self._receiver: Receiver | None = None

    def write(self, data: bytes) -> None:
        try:
            sent = os.write(self._fd, data)
        except OSError as error:
            raise LinkLost(f"{self.name}: cannot write: {os.strerror(error.errno or 0)}") from error
        if sent != len(data):
            raise LinkLost(f"{self.name}: takes no more bytes")

    def _watch(self, fd: int, receiver: Receiver) -> None:
        self._fd = fd
        self._receiver = receiver
        asyncio.get_running_loop().add_reader(fd, self._readable)

    def _unwatch(self) -> None:
        if self._fd >= 0:
            asyncio.get_running_loop().remove_reader(self._fd)
        self._fd = -1
        self._receiver = None

    def _readable(self) -> None:
        receiver = self._receiver
        if receiver is None:
            return
        try:
            data = os.read(self._fd, READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(receiver, os.strerror(error.errno or 0))
            return
        if data:
            self._came(receiver, data)
        else:
            self._lose(receiver, "the other side closed it")

    def _came(self, receiver: Receiver, data: bytes) -> None:
        receiver.bytes_came(data)

    def _lose(self, receiver: Receiver, why: str) -> None:
        asyncio.get_running_loop().remove_reader(self._fd)
        self._receiver = None
        receiver.link_went(LinkLost(f"{self.name}: {why}"))


class SerialLink(DescriptorLink):
    """A serial port, or a pseudo-terminal that stands for one."""

    def __init__(self, path: str, baud: int, parity: str = "N", stop_bits: int = 1, data_bits: int = 8) -> None:
        super().__init__()
        self.name = path
        self._settings = (baud, parity, stop_bits, data_bits)
        self._port: serial.Serial | None = None

    async def open(self, receiver: Receiver) -> None:
        baud, parity, stop_bits, data_bits = self._settings
        try:
            port = serial.Serial(
                self.name,
                baudrate=baud,
                parity=parity,
                stopbits=stop_bits,
                bytesize=data_bits,
                timeout=0,
                write_timeout=0,
                exclusive=True,
            )
        except (OSError, ValueError, termios.error) as error:  # serial.SerialException is an OSError
            raise LinkLost(_why_not(self.name, error)) from error
        self._port = port
        set_usb_latency(self.name)
        self._watch(port.fileno(), receiver)

    def close(self) -> None:
        self._unwatch()
        port, self._port = self._port, None
        if port is not None:
            with contextlib.suppress(OSError, termios.error):  # an adapter that is gone cannot be left properly
                port.close()


class TcpLink(DescriptorLink):
    """A TCP connection: Modbus TCP, or RTU frames through a serial server."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        self.name = f"{host}:{port}"
        self._address = (host, port)
        self._socket: socket.socket | None = None

    async def open(self, receiver: Receiver) -> None:
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                connected = await self._connect()
        except TimeoutError as error:
            raise LinkLost(f"{self.name}: no connection within {CONNECT_TIMEOUT_S:.0f} s") from error
        except OSError as error:
            raise LinkLost(f"{self.name}: {error.strerror or error}") from error
        except UnicodeError as error:
            raise LinkLost(f"{self.name}: not the name of a host") from error
        self._socket = connected
        self._watch(connected.fileno(), receiver)

    async def _connect(self) -> socket.socket:
        loop = asyncio.get_running_loop()
        host, port = self._address
        family, kind, protocol, _, address = (await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))[0]
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setblocking(False)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            await loop.sock_connect(connection, address)
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        self._unwatch()
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _why_not(path: str, error: Exception) -> str:
    code = getattr(error, "errno", None)
    if code == errno.ENOENT or not Path(path).exists():
        return f"{path}: no such port (is the adapter plugged in? /dev/serial/by-path lists what is)"
    if code == errno.EACCES:
        return f"{path}: permission denied (add this user to the group dialout, then log in again)"
    if code in (errno.EAGAIN, errno.EBUSY) or "exclusively lock" in str(error):
        return f"{path}: in use by another program (fuser -v {path} names it)"
    return f"{path}: {error}"


def usb_latency_file(path: str, sysfs: Path = Path("/sys/class/tty")) -> Path | None:
    """Return the file that holds the latency timer of the USB adapter behind a port, if it is one that has a timer."""
    timer = sysfs / Path(path).resolve().name / "device" / "latency_timer"
    return timer if timer.exists() else None


def set_usb_latency(path: str, sysfs: Path = Path("/sys/class/tty")) -> int | None:
    """Set a USB adapter's latency timer as low as it goes; return what it is now in ms, None where there is none."""
    timer = usb_latency_file(path, sysfs)
    if timer is None:
        return None
    with contextlib.suppress(OSError):  # without the udev rule it stays as it is; what counts is read back
        timer.write_text(str(USB_LATENCY_MS))
    try:
        return int(timer.read_text())
    except (OSError, ValueError):
        return None
