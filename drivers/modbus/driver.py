"""Modbus as a driver: RTU on a serial line (or RTU over TCP) and Modbus TCP, FC 1 to 6, 15 and 16."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.modbus.frames import BROADCAST, MbapFraming, RtuFraming
from drivers.modbus.pdu import ECHO_BYTES, read_pdu, write_pdu
from gateway.sdk import Block, DriverError, FrameWindow, Received, Report, Request, Skipped, Write

if TYPE_CHECKING:
    from drivers.modbus.frames import ModbusFraming

_READ_REPLY_BYTES = 2
"""Function code and byte count before the data."""


class _Modbus:
    """What both framings share. Implements `gateway.sdk.Driver`."""

    cuts_blocks = True

    def __init__(self, framing: ModbusFraming) -> None:
        self._framing = framing
        self._window = FrameWindow(framing)

    def read(self, unit: int, block: Block) -> Request:
        if unit == BROADCAST:
            raise DriverError("a read cannot be broadcast: nobody would answer")
        return Request(
            unit=unit,
            frame=self._framing.wrap(unit, read_pdu(block)),
            reply_bytes=self._framing.overhead_bytes + _READ_REPLY_BYTES + block.payload_bytes,
            is_write=False,
            payload_bytes=block.payload_bytes,
        )

    def write(self, unit: int, write: Write) -> Request:
        return Request(
            unit=unit,
            frame=self._framing.wrap(unit, write_pdu(write)),
            reply_bytes=0 if unit == BROADCAST else self._framing.overhead_bytes + ECHO_BYTES,
            is_write=True,
        )

    def open(self, request: Request) -> None:
        self._window.open(request)

    def receive(self, data: bytes) -> tuple[Received, ...]:
        return self._window.receive(data)

    def close(self) -> tuple[Skipped | Report, ...]:
        return self._window.close()


class ModbusRtu(_Modbus):
    """Modbus RTU. A reply is known by unit, function, byte count or echo, and CRC."""

    def __init__(self) -> None:
        super().__init__(RtuFraming())


class ModbusTcp(_Modbus):
    """Modbus TCP. Each request that is built has its own transaction id, so build one for each time it is sent."""

    def __init__(self) -> None:
        super().__init__(MbapFraming())
