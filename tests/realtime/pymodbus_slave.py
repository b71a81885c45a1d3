"""A pile behind pymodbus's stock serial server: `python -m tests.realtime.pymodbus_slave PORT BAUD`.

Currents in holding 100..111, telemetry in holding 0..59, relays as coils 0..11; an open relay carries no current.
Takes `set OUTLET COUNTS` and `coils` on standard input and ends with it. Prints `ready`, what it is told, each write of
a coil (`coil OUTLET VALUE`), and each reading of the currents that differs from the one before (`read VALUES`).
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

if TYPE_CHECKING:
    from pymodbus.constants import ExcCodes

UNIT, OUTLETS, CURRENTS = 1, 12, 100
READ_COILS, READ_HOLDING = 1, 3
WRITE_COILS = (5, 15)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Loads:
    """What hangs on the outlets, and the contacts between."""

    def __init__(self) -> None:
        self.counts = [300] * OUTLETS
        self._closed = [True] * OUTLETS
        self._read: list[int] = []

    async def action(
        self,
        function: int,
        start: int,
        address: int,
        _count: int,
        registers: list[int],
        values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        """Follow the server: note what is written, measure what is read."""
        if function in WRITE_COILS and values is not None:
            for outlet, value in enumerate(values, start=address):
                self._closed[outlet] = bool(value)
                say(f"coil {outlet} {int(value)}")
        elif function == READ_HOLDING and address == CURRENTS:
            now = [count * closed for count, closed in zip(self.counts, self._closed, strict=True)]
            registers[CURRENTS - start : CURRENTS - start + OUTLETS] = now
            if now != self._read:
                self._read = now
                say("read " + " ".join(map(str, now)))
        return None


def device(loads: Loads) -> SimDevice:
    coils = [SimData(0, values=[True] * 16, datatype=DataType.BITS)]
    nothing = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
    holding = [
        SimData(0, count=60, values=7, datatype=DataType.REGISTERS),
        SimData(CURRENTS, count=OUTLETS, values=0, datatype=DataType.REGISTERS),
    ]
    none = [SimData(0, values=0, datatype=DataType.REGISTERS)]
    return SimDevice(UNIT, simdata=(coils, nothing, holding, none), action=loads.action)


async def main(port: str, baud: int) -> None:
    loads = Loads()
    server = ModbusSerialServer(device(loads), port=port, baudrate=baud)
    await server.serve_forever(background=True)
    told = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    say("ready")
    while line := (await told.readline()).decode().split():
        if line[0] == "set":
            loads.counts[int(line[1])] = int(line[2])
            say(" ".join(line))
        else:
            bits = await server.async_getValues(UNIT, READ_COILS, 0, OUTLETS)
            say("coils " + "".join(str(int(bit)) for bit in bits))
    await server.shutdown()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
