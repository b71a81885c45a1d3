"""Devices that dial in, on real sockets: who is let in, what a link makes of a call, what is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import gateway.bus.dial_in as dialling
from drivers.dny.caller import caller_of
from gateway.bus import doorman
from gateway.bus.dial_in import Reception
from gateway.bus.doorman import Turned
from gateway.model.errors import LinkLost
from simulators.vendor.pile_dny import DnyPile
from tests.realtime.test_link import Ear

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.realtime

PILE, OTHER, STRANGER = 0x07_00_04_D2, 0x07_00_04_D3, 0x05_00_00_07
HOST = "127.0.0.1"
PATIENCE_S = 10.0
CYCLES = 40


def registration(physical: int) -> bytes:
    pile = DnyPile(physical, 0)
    pile.introduce()
    return pile.waiting[0][1]


def free_port() -> int:
    with socket.create_server((HOST, 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


class House:
    """An address that is listened at."""

    def __init__(self) -> None:
        self.port = free_port()
        self.strangers: list[tuple[int, str]] = []
        self.reception = Reception(HOST, self.port, caller_of, lambda unit, where: self.strangers.append((unit, where)))
        self.link = self.reception.link(PILE)
        self.other = self.reception.link(OTHER)

    async def call(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(HOST, self.port)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    made = House()
    made.reception.open()
    try:
        yield made
    finally:
        made.reception.close()


async def is_hung_up(reader: asyncio.StreamReader) -> bool:
    async with asyncio.timeout(PATIENCE_S):
        with contextlib.suppress(ConnectionResetError):
            while await reader.read(1000):
                pass
    return True


async def test_a_device_that_calls_is_its_links_line_from_its_first_byte_on(house: House) -> None:
    ear, said = Ear(), b"89860400000000000000link" + registration(PILE)
    opening = asyncio.create_task(house.link.open(ear))
    reader, writer = await house.call()
    for at in range(0, len(said), 5):
        writer.write(said[at : at + 5])
        await asyncio.sleep(0.001)
    async with asyncio.timeout(PATIENCE_S):
        await opening
    writer.write(b"more")
    await ear.until_heard(said + b"more")
    house.link.write(b"answer")
    assert await reader.readexactly(6) == b"answer"
    house.link.close()
    assert await is_hung_up(reader)
    writer.close()


async def test_two_devices_at_one_address_have_a_line_each(house: House) -> None:
    ears = {PILE: Ear(), OTHER: Ear()}
    writers = []
    for unit in (OTHER, PILE):
        _, writer = await house.call()
        writer.write(registration(unit))
        writers.append(writer)
    await house.link.open(ears[PILE])
    await house.other.open(ears[OTHER])
    for unit, ear in ears.items():
        await ear.until_heard(registration(unit))
    for writer in writers:
        writer.close()


async def test_a_newer_connection_of_a_device_takes_the_place_of_the_older(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorman, "REPLACED_AFTER_S", 0.0)
    ear, again = Ear(), Ear()
    old, old_writer = await house.call()
    old_writer.write(registration(PILE))
    await house.link.open(ear)
    _, new_writer = await house.call()
    new_writer.write(registration(PILE))
    assert "has dialled in anew" in await ear.until_gone()
    house.link.close()
    assert await is_hung_up(old)
    await house.link.open(again)
    new_writer.write(b"on the new one")
    await again.until_heard(registration(PILE) + b"on the new one")
    old_writer.close()
    new_writer.close()


async def test_a_second_device_with_the_same_number_does_not_disturb_the_first(house: House) -> None:
    ear = Ear()
    _, writer = await house.call()
    writer.write(registration(PILE))
    await house.link.open(ear)
    double, double_writer = await house.call()
    double_writer.write(registration(PILE))
    assert await is_hung_up(double)
    writer.write(b"still here")
    await ear.until_heard(registration(PILE) + b"still here")
    assert ear.why == []
    writer.close()
    double_writer.close()


async def test_a_stranger_is_hung_up_counted_and_told_of_once(house: House) -> None:
    for _ in range(3):
        reader, writer = await house.call()
        writer.write(registration(STRANGER))
        assert await is_hung_up(reader)
        writer.close()
    assert house.strangers == [(STRANGER, HOST)]
    assert house.reception.doorman.turned_away[Turned.STRANGER] == 3


async def test_nonsense_is_hung_up(house: House) -> None:
    reader, writer = await house.call()
    writer.write(b"GET / HTTP/1.1\r\n" * 40)
    assert await is_hung_up(reader)
    writer.close()
    assert house.reception.doorman.turned_away[Turned.NONSENSE] == 1


async def test_a_device_that_has_not_called_is_said_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling, "CALL_WAIT_S", 0.01)
    with pytest.raises(LinkLost, match=f"{HOST}:{house.port}, device {PILE}: has not dialled in"):
        await house.link.open(Ear())


async def test_a_line_over_which_nothing_comes_is_given_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling, "IDLE_S", 0.2)
    ear = Ear()
    _, writer = await house.call()
    writer.write(registration(PILE))
    await house.link.open(ear)
    assert "has said nothing" in await ear.until_gone()
    writer.close()


async def test_an_address_that_is_taken_is_said_in_one_line() -> None:
    house = House()
    with socket.create_server((HOST, house.port)), pytest.raises(LinkLost, match="cannot listen: Address already in"):
        await house.link.open(Ear())
    house.reception.close()


async def test_calls_leave_no_descriptors_behind(house: House) -> None:
    before = open_descriptors()
    for cycle in range(CYCLES):
        ear = Ear()
        reader, writer = await house.call()
        writer.write(registration(PILE if cycle % 2 else STRANGER))
        if cycle % 2:
            await house.link.open(ear)
            await ear.until_heard(registration(PILE))
            house.link.close()
        assert await is_hung_up(reader)
        writer.close()
        await writer.wait_closed()
    assert open_descriptors() <= before
