"""A line in virtual time: no process, no terminal, every moment exact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU

from gateway.model.wiring import Table
from simulators.bank import bank_of
from simulators.commands import obey
from simulators.spec import Cells, LineSpec, SlaveSpec
from simulators.station import Station

if TYPE_CHECKING:
    from simulators.journal import Entry

TURNAROUND_S = 0.004
FOREVER_S = 1000.0


def line_spec(**changes: Any) -> LineSpec:
    cells = (
        Cells(table=Table.HOLDING, address=100, values=tuple(range(12))),
        Cells(table=Table.INPUT, address=0, values=(7, 8)),
        Cells(table=Table.COIL, address=0, values=(1,) * 12),
        Cells(table=Table.DISCRETE, address=0, values=(0, 1, 0)),
    )
    slaves = tuple(SlaveSpec(unit=unit, turnaround_ms=1000 * TURNAROUND_S, cells=cells) for unit in (1, 2))
    return LineSpec(**{"name": "lab", "slaves": slaves, **changes})


def rtu(pdu: ModbusPDU) -> bytes:
    return FramerRTU(DecodePDU(is_server=False)).buildFrame(pdu)


def mbap(pdu: ModbusPDU) -> bytes:
    return FramerSocket(DecodePDU(is_server=False)).buildFrame(pdu)


def parse(frame: bytes, *, over_tcp: bool = False) -> ModbusPDU:
    decoder = DecodePDU(is_server=False)
    framer = FramerSocket(decoder) if over_tcp else FramerRTU(decoder)
    used, pdu = framer.handleFrame(frame, 0, 0)
    assert used == len(frame)
    assert pdu is not None
    return pdu


class Lab:
    def __init__(self, **changes: Any) -> None:
        spec = line_spec(**changes)
        self.now_s = 0.0
        self.station = Station(spec, bank_of(spec), lambda: self.now_s)
        self.sent: list[tuple[float, bytes]] = []
        self.plugged, self.stopped = True, False
        self.host = self.station.converse(self._send)

    @property
    def path(self) -> str:
        return "virtual"

    @property
    def received(self) -> bytes:
        return b"".join(data for _, data in self.sent)

    @property
    def entries(self) -> list[Entry]:
        return self.station.journal.since(0)

    def at(self, now_s: float, data: bytes) -> None:
        """Let time pass until `now_s`, then let bytes come from the host."""
        self.run(now_s)
        self.host.arrive(data, now_s)

    def run(self, until_s: float = FOREVER_S) -> None:
        while item := self.station.agenda.pop_due(until_s):
            self.now_s = max(self.now_s, item.due_s)
            item.act()
        self.now_s = until_s

    def tell(self, command: str, **arguments: object) -> dict[str, Any]:
        return obey(self, {"do": command, **arguments}, self.now_s)

    def vanish(self) -> None:
        self.plugged = False

    def come_back(self) -> None:
        self.plugged = True

    def babble(self, start_s: float, duration_s: float) -> None:
        self.host.babble(start_s, duration_s)

    def stop(self) -> None:
        self.stopped = True

    def _send(self, data: bytes) -> bool:
        if self.plugged:
            self.sent.append((self.now_s, data))
        return self.plugged
