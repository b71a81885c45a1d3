"""What the fuzzer knows of each protocol that is not Modbus: how answers look, by plain rules of its own.

`whole` says what frame, if any, stands complete at the beginning of some bytes and answers the request; `good` makes
one and the payload that belongs to it; `neighbours` makes intact frames that answer something else.
"""

from tests.fuzz.wires import dianchuan, dny, locks, meter, streams
from tests.fuzz.wires.wire import VendorWire

WIRES: dict[str, VendorWire] = meter.WIRES | locks.WIRES | streams.WIRES | dianchuan.WIRES | dny.WIRES
