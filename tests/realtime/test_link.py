"""Links on real descriptors: what opens, what does not and why, what vanishes, and what is left behind."""

from __future__ import annotations

import asyncio
import errno
import os
import pty
import socket
import tty
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from drivers.modbus.driver import ModbusRtu
from gateway.bus.link import SerialLink, TcpLink, set_usb_latency, usb_latency_file
from gateway.model.errors import LinkLost
from tests.scenario.shed import Shed, Silent, make_bus

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.realtime

CYCLES = 50


class Ear:
    """A receiver that keeps what it hears."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.why: list[str] = []
        self.changed = asyncio.Event()

    def bytes_came(self, data: bytes) -> None:
        self.heard += data
        self.changed.set()

    def link_went(self, why: LinkLost) -> None:
        self.why.append(str(why))
        self.changed.set()

    async def until_heard(self, data: bytes) -> None:
        async with asyncio.timeout(5):
            while bytes(self.heard) != data:
                await self.changed.wait()
                self.changed.clear()

    async def until_gone(self) -> str:
        async with asyncio.timeout(5):
            while not self.why:
                await self.changed.wait()
                self.changed.clear()
        return self.why[0]


@contextmanager
def terminal() -> Iterator[tuple[int, str]]:
    """Return the far side of a line, and the port's name. The caller may close the far side to pull the plug."""
    far, near = pty.openpty()
    tty.setraw(near)
    name = os.ttyname(near)
    os.close(near)
    try:
        yield far, name
    finally:
        _close(far)


def _close(descriptor: int) -> None:
    try:
        os.close(descriptor)
    except OSError as error:
        if error.errno != errno.EBADF:
            raise


async def read_far(far: int, size: int) -> bytes:
    """Read without holding the loop, which has yet to write."""
    os.set_blocking(far, False)
    async with asyncio.timeout(5):
        while True:
            try:
                return os.read(far, size)
            except OSError as error:  # nothing there yet, or nobody has opened the port
                if error.errno not in (errno.EAGAIN, errno.EIO):
                    raise
                await asyncio.sleep(0.001)


def open_descriptors() -> set[str]:
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found.add(f"{entry.name} {entry.readlink()}")
        except FileNotFoundError:
            continue
    return found


async def test_bytes_go_both_ways() -> None:
    with terminal() as (far, name):
        link, ear = SerialLink(name, 9600), Ear()
        await link.open(ear)
        link.write(b"\x01\x03\x00\x0a\x0d\x11\x13\xff")
        assert await read_far(far, 64) == b"\x01\x03\x00\x0a\x0d\x11\x13\xff"
        os.write(far, bytes(range(256)))
        await ear.until_heard(bytes(range(256)))
        link.close()
        os.write(far, b"late")
        await asyncio.sleep(0)
        assert ear.why == []


async def test_a_port_that_another_program_has_is_named_as_that() -> None:
    with terminal() as (_, name):
        first, second = SerialLink(name, 9600), SerialLink(name, 9600)
        await first.open(Ear())
        with pytest.raises(LinkLost, match="in use by another program") as raised:
            await second.open(Ear())
        assert str(raised.value).startswith(f"{name}: ")
        second.close()
        first.close()
        await second.open(Ear())
        second.close()


async def test_a_port_that_is_not_there_is_named_as_that(tmp_path: Path) -> None:
    with pytest.raises(LinkLost, match="no such port"):
        await SerialLink(str(tmp_path / "ttyUSB0"), 9600).open(Ear())
    dangling = tmp_path / "by-path"
    dangling.symlink_to(tmp_path / "gone")
    with pytest.raises(LinkLost, match="no such port"):
        await SerialLink(str(dangling), 9600).open(Ear())


async def test_what_is_no_port_is_refused_in_one_line(tmp_path: Path) -> None:
    plain = tmp_path / "file"
    plain.write_text("")
    before = open_descriptors()
    with pytest.raises(LinkLost) as raised:
        await SerialLink(str(plain), 9600).open(Ear())
    assert "\n" not in str(raised.value)
    assert open_descriptors() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
async def test_a_port_that_belongs_to_dialout_says_so(tmp_path: Path) -> None:
    plain = tmp_path / "file"
    plain.write_text("")
    plain.chmod(0)
    with pytest.raises(LinkLost, match="dialout"):
        await SerialLink(str(plain), 9600).open(Ear())


async def test_a_vanished_line_is_told_once_and_writing_to_it_fails() -> None:
    with terminal() as (far, name):
        link, ear = SerialLink(name, 9600), Ear()
        await link.open(ear)
        os.close(far)
        assert (await ear.until_gone()).startswith(f"{name}: ")
        with pytest.raises(LinkLost, match="cannot write"):
            link.write(b"\x01")
        await asyncio.sleep(0.01)
        assert len(ear.why) == 1
        link.close()
        link.close()
        with pytest.raises(LinkLost):
            link.write(b"\x01")


async def test_under_another_name_it_is_found_again_by_its_stable_one(tmp_path: Path) -> None:
    stable = tmp_path / "by-path"
    link, before = SerialLink(str(stable), 9600), open_descriptors()
    names = set()
    for cycle in range(CYCLES):
        with terminal() as (far, name), terminal() as (_, other):
            names |= {name, other}
            stable.unlink(missing_ok=True)
            stable.symlink_to(name)
            ear = Ear()
            await link.open(ear)
            link.write(bytes((cycle,)))
            assert await read_far(far, 8) == bytes((cycle,))
            os.close(far)
            await ear.until_gone()
            link.close()
    assert open_descriptors() == before


async def test_ports_that_cannot_be_opened_leave_nothing_behind(tmp_path: Path) -> None:
    before = open_descriptors()
    with terminal() as (_, name):
        owner, link = SerialLink(name, 9600), SerialLink(name, 9600)
        missing = SerialLink(str(tmp_path / "gone"), 9600)
        await owner.open(Ear())
        for _ in range(CYCLES):
            for port in (link, missing):
                with pytest.raises(LinkLost):
                    await port.open(Ear())
                port.close()
        owner.close()
    assert open_descriptors() == before


class Comings(Silent):
    """Wakes its test when the line goes."""

    def __init__(self) -> None:
        super().__init__()
        self.gone = asyncio.Event()

    def link_down(self, why: str) -> None:
        self.downs.append(why)
        self.gone.set()


async def test_a_bus_comes_back_with_its_line(tmp_path: Path) -> None:
    stable, listener = tmp_path / "by-path", Comings()
    shed = Shed.cutoff(115200, 2.0, 1.0)
    bus = make_bus(shed, SerialLink(str(stable), 115200), listener)
    task, before = asyncio.create_task(bus.run()), open_descriptors()
    try:
        async with asyncio.timeout(20):
            for comings in (1, 2, 3):
                with terminal() as (far, name):
                    stable.unlink(missing_ok=True)
                    stable.symlink_to(name)
                    assert await read_far(far, 8) == ModbusRtu().read(1, shed.planned[0].pieces[0].block).frame
                    assert listener.ups == comings
                    listener.gone.clear()
                await listener.gone.wait()
                assert listener.downs[-1].startswith(f"{stable}: ")
    finally:
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled()
    assert open_descriptors() <= before


async def test_tcp_opens_carries_and_ends() -> None:
    before = open_descriptors()
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        link = TcpLink("127.0.0.1", server.getsockname()[1])
        for _ in range(CYCLES):
            ear = Ear()
            await link.open(ear)
            far, _ = await loop.sock_accept(server)
            link.write(b"ask")
            assert await loop.sock_recv(far, 8) == b"ask"
            await loop.sock_sendall(far, b"answer")
            await ear.until_heard(b"answer")
            far.close()
            assert "the other side closed it" in await ear.until_gone()
            link.close()
        port = server.getsockname()[1]
    with pytest.raises(LinkLost, match=f"127.0.0.1:{port}: "):
        await TcpLink("127.0.0.1", port).open(Ear())
    assert open_descriptors() == before


async def test_a_host_without_a_name_is_one_line() -> None:
    with pytest.raises(LinkLost, match=r"no-such-host\.invalid:502: "):
        await TcpLink("no-such-host.invalid", 502).open(Ear())


def test_the_latency_timer_of_an_adapter_is_set_and_read_back(tmp_path: Path) -> None:
    timer = tmp_path / "ttyUSB7" / "device" / "latency_timer"
    timer.parent.mkdir(parents=True)
    timer.write_text("16\n")
    assert usb_latency_file("/dev/ttyUSB7", tmp_path) == timer
    assert set_usb_latency("/dev/ttyUSB7", tmp_path) == 1
    assert set_usb_latency("/dev/ttyS0", tmp_path) is None
    timer.write_text("what\n")
    timer.chmod(0o400)
    if os.geteuid() != 0:
        assert set_usb_latency("/dev/ttyUSB7", tmp_path) is None
