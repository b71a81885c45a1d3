"""Requests as the application layer sees them: function code and data, without address, transaction id or checksum.

Source: Modbus Application Protocol V1.1b3, section 6. All numbers are big-endian on the wire.
"""

from __future__ import annotations

from struct import pack

from gateway.sdk import Block, DriverError, Table, Write

REFUSAL = 0x80
"""Bit that an exception reply sets in the function code."""

READ_FUNCTION = {Table.COIL: 1, Table.DISCRETE: 2, Table.HOLDING: 3, Table.INPUT: 4}
WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS = 5, 6, 15, 16
READ_FUNCTIONS = frozenset(READ_FUNCTION.values())
ECHO_FUNCTIONS = frozenset((WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS))

ECHO_BYTES = 5
"""A write is acknowledged with its function code, address, and value or count."""

_MOST_READ = {Table.COIL: 2000, Table.DISCRETE: 2000, Table.HOLDING: 125, Table.INPUT: 125}
_MOST_WRITTEN = {Table.COIL: 1968, Table.HOLDING: 123}
_LARGEST_VALUE = {Table.COIL: 1, Table.HOLDING: 0xFFFF}
_ADDRESSES = 0x10000


def read_pdu(block: Block) -> bytes:
    """FC 1 to 4. Raises `DriverError` for a count that no reply can carry or an address beyond the table."""
    _check_run(block.address, block.count, most=_MOST_READ[block.table], what=f"read of {block.table}")
    return pack(">BHH", READ_FUNCTION[block.table], block.address, block.count)


def write_pdu(write: Write) -> bytes:
    """FC 5 or 6 for one value, FC 15 or 16 for several or where `multiple` asks for it.

    Raises `DriverError` for a table that cannot be written, a value that does not fit, no or too many values.
    """
    table, address, values = write.table, write.address, write.values
    if table not in _MOST_WRITTEN:
        raise DriverError(f"the {table} table cannot be written")
    _check_run(address, len(values), most=_MOST_WRITTEN[table], what=f"write of {table}")
    largest = _LARGEST_VALUE[table]
    if not all(0 <= value <= largest for value in values):
        raise DriverError(f"write of {table} {address}: values {values} are not all within 0..{largest}")
    if table is Table.COIL:
        return _coils(address, values, multiple=write.multiple)
    return _registers(address, values, multiple=write.multiple)


def _coils(address: int, values: tuple[int, ...], *, multiple: bool) -> bytes:
    if len(values) == 1 and not multiple:
        return pack(">BHH", WRITE_COIL, address, 0xFF00 if values[0] else 0)
    size = (len(values) + 7) // 8
    mask = sum(value << bit for bit, value in enumerate(values))
    return pack(">BHHB", WRITE_COILS, address, len(values), size) + mask.to_bytes(size, "little")


def _registers(address: int, values: tuple[int, ...], *, multiple: bool) -> bytes:
    if len(values) == 1 and not multiple:
        return pack(">BHH", WRITE_REGISTER, address, values[0])
    return pack(f">BHHB{len(values)}H", WRITE_REGISTERS, address, len(values), 2 * len(values), *values)


def _check_run(address: int, count: int, *, most: int, what: str) -> None:
    if not 1 <= count <= most:
        raise DriverError(f"{what}: count {count} is outside 1..{most}")
    if address < 0 or address + count > _ADDRESSES:
        raise DriverError(f"{what}: {count} from address {address} is outside 0..65535")
