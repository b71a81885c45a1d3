"""The two ways in which a Modbus PDU is put on a wire, and how its frames are known among other bytes.

Sources: Modbus over Serial Line V1.02 (2.5.1, RTU; 6.2, CRC) and Modbus Messaging on TCP/IP V1.0b (3.1, MBAP).
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from drivers.modbus.pdu import ECHO_BYTES, ECHO_FUNCTIONS, READ_FUNCTIONS, REFUSAL
from gateway.sdk import DriverError, Noise, Refusal, Reply, Request

BROADCAST = 0
"""The unit that every device obeys and none answers."""


class ModbusFraming(ABC):
    """What both framings share. Offsets are in bytes from the start of a frame."""

    payload_at: int
    """Where the data of a read reply begins."""
    overhead_bytes: int
    """What a frame adds to its PDU."""

    @abstractmethod
    def wrap(self, unit: int, pdu: bytes) -> bytes:
        """Make the frame that carries a request. Raises `DriverError` for a unit that cannot be addressed."""

    @abstractmethod
    def answer_head(self, request: bytes, payload_bytes: int) -> bytes:
        """Say how the good reply to `request` begins: all that is known of it before it comes."""

    @abstractmethod
    def refusal_head(self, request: bytes) -> bytes:
        """Say how an exception reply to `request` begins, up to its code."""

    def heads(self, request: Request) -> tuple[bytes, ...]:
        return (self.answer_head(request.frame, request.payload_bytes), self.refusal_head(request.frame))

    @abstractmethod
    def measure(self, kept: bytearray, at: int) -> int:
        """Length of the reply frame that begins at `at`; see `gateway.sdk.Framing`."""

    @abstractmethod
    def is_intact(self, frame: bytes) -> bool:
        """Tell whether the checksum, where there is one, is right."""

    @abstractmethod
    def judge(self, frame: bytes, request: Request) -> Noise:
        """Say what an intact frame is that does not answer `request`."""

    def answer(self, frame: bytes, request: Request) -> Reply | Refusal | None:
        refusal = self.refusal_head(request.frame)
        if frame.startswith(refusal):
            return Refusal(frame[len(refusal)], frame)
        return Reply(frame[self.payload_at : self.payload_at + request.payload_bytes], frame)


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
        table.append(crc)
    return tuple(table)


_CRC_TABLE = _crc_table()


def crc16(data: bytes) -> int:
    """CRC-16/MODBUS. Over a whole intact frame, its own two CRC bytes (low first) included, it is 0."""
    crc = 0xFFFF
    table = _CRC_TABLE
    for byte in data:
        crc = (crc >> 8) ^ table[(crc ^ byte) & 0xFF]
    return crc


class RtuFraming(ModbusFraming):
    """Unit, PDU, CRC. A reply carries no address of what was read, so its shape must tell it apart."""

    payload_at = 3
    overhead_bytes = 3
    _shortest = 5
    _highest_unit = 247

    def wrap(self, unit: int, pdu: bytes) -> bytes:
        if not 0 <= unit <= self._highest_unit:
            raise DriverError(f"unit {unit} is outside 0..{self._highest_unit}")
        body = bytes((unit,)) + pdu
        return body + crc16(body).to_bytes(2, "little")

    def answer_head(self, request: bytes, payload_bytes: int) -> bytes:
        if request[1] in READ_FUNCTIONS:
            return request[:2] + bytes((payload_bytes,))
        return request[: 1 + ECHO_BYTES]

    def refusal_head(self, request: bytes) -> bytes:
        return bytes((request[0], request[1] | REFUSAL))

    def is_intact(self, frame: bytes) -> bool:
        return crc16(frame) == 0

    def measure(self, kept: bytearray, at: int) -> int:
        if kept[at] > self._highest_unit:
            return 0
        if len(kept) - at < self.payload_at:
            return self._shortest
        function, size = kept[at + 1], kept[at + 2]
        if function in READ_FUNCTIONS:
            return self._shortest + size
        if function in ECHO_FUNCTIONS:
            return self.overhead_bytes + ECHO_BYTES
        return self._shortest if function & REFUSAL else 0

    def judge(self, frame: bytes, request: Request) -> Noise:
        """LATE if it is of the asked unit and function. Our own frame is no reply where none can equal it."""
        asked = request.frame
        if frame == asked and (asked[1] in READ_FUNCTIONS or asked[0] == BROADCAST):
            return Noise.GARBAGE
        is_ours = frame[:1] == asked[:1] and frame[1] & ~REFUSAL == asked[1]
        return Noise.LATE if is_ours else Noise.FOREIGN


class MbapFraming(ModbusFraming):
    """Transaction id, protocol id 0, length, unit, PDU. Each request gets the next transaction id."""

    payload_at = 9
    overhead_bytes = 7
    _before_unit = 6
    _shortest = 9
    _longest = 260
    _highest_unit = 255
    _remembered = 1024

    def __init__(self) -> None:
        self._issued = 0

    def wrap(self, unit: int, pdu: bytes) -> bytes:
        if not 0 <= unit <= self._highest_unit:
            raise DriverError(f"unit {unit} is outside 0..{self._highest_unit}")
        self._issued += 1
        head = (self._issued & 0xFFFF).to_bytes(2, "big") + b"\0\0" + (1 + len(pdu)).to_bytes(2, "big")
        return head + bytes((unit,)) + pdu

    def answer_head(self, request: bytes, payload_bytes: int) -> bytes:
        if request[7] in READ_FUNCTIONS:
            return request[:4] + bytes((0, 3 + payload_bytes)) + request[6:8] + bytes((payload_bytes,))
        return request[:4] + bytes((0, 1 + ECHO_BYTES)) + request[6 : 7 + ECHO_BYTES]

    def refusal_head(self, request: bytes) -> bytes:
        return request[:4] + bytes((0, 3, request[6], request[7] | REFUSAL))

    def is_intact(self, frame: bytes) -> bool:
        """TCP has its own checksum; only the protocol id is left to look at."""
        return frame[2:4] == b"\0\0"

    def measure(self, kept: bytearray, at: int) -> int:
        head = kept[at : at + self._before_unit]
        if head[2:5].strip(b"\0"):
            return 0
        if len(head) < self._before_unit:
            return self._shortest
        size = self._before_unit + head[5]
        return size if self._shortest <= size <= self._longest else 0

    def judge(self, frame: bytes, request: Request) -> Noise:
        """LATE if its transaction id was issued not long before the open one, or is that one and asked this."""
        asked = request.frame
        age = (int.from_bytes(asked[:2], "big") - int.from_bytes(frame[:2], "big")) & 0xFFFF
        if age:
            return Noise.LATE if age < min(self._issued, self._remembered) else Noise.FOREIGN
        is_ours = frame[6:7] == asked[6:7] and frame[7] & ~REFUSAL == asked[7]
        return Noise.LATE if is_ours else Noise.FOREIGN
