"""Devices that talk by themselves: a Toledo indicator, a terminal with lines of text, an ultrasonic sensor.

They make frames on demand; whoever owns the line says when. Strangers to the drivers' codecs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulators.vendor.said import Said


@dataclass(slots=True)
class ToledoIndicator:
    """An indicator in kilograms with three decimals. `load_g` lies on its plate."""

    load_g: int = 0
    zero_g: int = 0
    tare_g: int = 0
    moving: bool = False
    capacity_g: int = 300_000

    def frame(self) -> bytes:
        """Make the next frame of its output."""
        gross_g = self.load_g - self.zero_g
        shown_g = gross_g - self.tare_g
        status_b = _status_b(
            net=self.tare_g != 0, negative=shown_g < 0, over=abs(gross_g) > self.capacity_g, moving=self.moving
        )
        text = "\x02" + chr(0b0101101) + chr(status_b) + " " + f"{abs(shown_g):>6}{self.tare_g:0>6}\r"
        total = sum(map(ord, text))
        return text.encode("ascii") + bytes([-total % 128])

    def hear(self, data: bytes) -> list[Said]:
        """Take an input command; it answers nothing."""
        match data:
            case b"T\r\n":
                self.tare_g = self.load_g - self.zero_g
            case b"Z\r\n":
                self.zero_g, self.tare_g = self.load_g, 0
            case b"C\r\n":
                self.tare_g = 0
        return []


def _status_b(*, net: bool, negative: bool, over: bool, moving: bool) -> int:
    kilograms = always = True
    places = (net, negative, over, moving, kilograms, always)
    return int("".join("1" if place else "0" for place in reversed(places)), 2)


@dataclass(slots=True)
class TextTerminal:
    """A terminal that sends lines in kilograms with three decimals."""

    load_g: int = 0
    moving: bool = False
    capacity_g: int = 30_000

    def frame(self) -> bytes:
        """Make the next line of its output."""
        first = "OL" if abs(self.load_g) > self.capacity_g else "US" if self.moving else "ST"
        sign = "-" if self.load_g < 0 else "+"
        whole, rest = divmod(abs(self.load_g), 1000)
        return f"{first},GS,{sign}{whole:>3}.{rest:03}kg\r\n".encode("ascii")


@dataclass(slots=True)
class Ultrasonic:
    """A sensor that looks down at a surface; `blind` is what newer models say when they hear no echo."""

    distance_mm: int = 1000
    blind: bool = False

    def frame(self) -> bytes:
        """Make the next frame of its output."""
        high, low = (0xFF, 0xFE) if self.blind else divmod(self.distance_mm, 256)
        return bytes([0xFF, high, low, (0xFF + high + low) % 256])
