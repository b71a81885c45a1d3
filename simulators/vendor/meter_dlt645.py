"""A DL/T 645-2007 meter, written from the standard's tables with digits as text: a stranger to the driver's codec."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulators.vendor.said import Said

READ, READ_ADDRESS = "11", "13"
NO_SUCH_ITEM = "02"
ANSWER, REFUSAL, ADDRESS_ANSWER = "91", "D1", "93"
WILDCARD = "AA"


@dataclass(slots=True)
class Meter:
    """One meter. `digits` holds each item as it stands on the display, by its identifier as printed (`00010000`).

    A leading `-` is the direction of a current or power. `wakes`: how many `FE` it sends before its reply.
    """

    number: str
    digits: dict[str, str]
    turnaround_s: float = 0.05
    wakes: int = 4
    silent: bool = False
    asked: list[str] = field(default_factory=list)

    def hear(self, data: bytes) -> list[Said]:
        """Answer a request that is for this meter; anything else is passed over."""
        octets = data.hex(" ").upper().split()
        while octets and octets[0] == "FE":
            octets.pop(0)
        if self.silent or not _is_frame(octets) or not self._is_mine(octets[1:7]):
            return []
        control, body = octets[8], [_minus_33(octet) for octet in octets[10:-2]]
        if control == READ_ADDRESS:
            return self._say(ADDRESS_ANSWER, _pairs(self.number)[::-1])
        if control != READ:
            return []
        identifier = "".join(reversed(body))
        self.asked.append(identifier)
        shown = self.digits.get(identifier)
        if shown is None:
            return self._say(REFUSAL, [NO_SUCH_ITEM])
        value = _pairs(shown.removeprefix("-"))[::-1]
        if shown.startswith("-"):
            value[-1] = f"{int(value[-1], 16) + 0x80:02X}"
        return self._say(ANSWER, body + value)

    def _is_mine(self, address: list[str]) -> bool:
        mine = _pairs(self.number)[::-1]
        return all(heard in (WILDCARD, own) for heard, own in zip(address, mine, strict=True))

    def _say(self, control: str, data: list[str]) -> list[Said]:
        address = _pairs(self.number)[::-1]
        octets = ["68", *address, "68", control, f"{len(data):02X}", *map(_plus_33, data)]
        total = sum(int(octet, 16) for octet in octets) % 256
        frame = ["FE"] * self.wakes + octets + [f"{total:02X}", "16"]
        return [Said(bytes(int(octet, 16) for octet in frame), self.turnaround_s)]


def _is_frame(octets: list[str]) -> bool:
    if len(octets) < 12 or octets[0] != "68" or octets[7] != "68" or octets[-1] != "16":  # noqa: PLR2004 - empty frame
        return False
    total = sum(int(octet, 16) for octet in octets[:-2]) % 256
    return int(octets[9], 16) == len(octets) - 12 and int(octets[-2], 16) == total


def _pairs(digits: str) -> list[str]:
    return [digits[at : at + 2] for at in range(0, len(digits), 2)]


def _plus_33(octet: str) -> str:
    return f"{(int(octet, 16) + 0x33) % 256:02X}"


def _minus_33(octet: str) -> str:
    return f"{(int(octet, 16) - 0x33) % 256:02X}"
