"""What a case's script says, line by line, and how each line is carried out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.command import CommandKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.cases.case import Kind
    from tests.cases.installation import Installation

PLACES: Mapping[str, str] = {"charge": "pile/outlet-01", "purchase": "cabinet", "deposit": "bin"}
"""What a command is about that names nothing with `at=`."""

CLOUD, AWAY, BACK = "cloud", "is away", "is back"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happens, `at_s` after the start."""

    at_s: float
    who: str
    what: str


def lines_of(script: str) -> Iterator[Line]:
    """Yield what happens, in the order of the script, which is that of time."""
    before_s = 0.0
    for text in script.strip().splitlines():
        at, who, what = text.split(maxsplit=2)
        at_s = seconds(at)
        assert at_s >= before_s, f"{text.strip()} comes after something later"
        before_s = at_s
        yield Line(at_s, who, what)


def seconds(text: str) -> float:
    """Return a time written as min:s or h:min:s, in seconds."""
    total = 0.0
    for part in text.split(":"):
        total = 60 * total + float(part)
    return total


async def carry_out(line: Line, site: Installation, kind: Kind) -> str:
    """Let a line happen; return what the gateway answered to a command, else an empty string."""
    match line.who, line.what:
        case "cloud", ("is away" | "is back"):
            site.cloud.state = "online" if line.what == BACK else "offline"
        case "cloud", _:
            return await _command(line.what, site, kind)
        case "edge", "dies":
            await site.edge_dies()
        case "edge", "starts":
            await site.edge_starts()
        case "field", "dies":
            await site.field_dies()
        case "field", "starts":
            await site.field_starts()
        case "box", "dies":
            await site.box_dies()
        case "box", "starts":
            await site.box_starts()
        case "clock", _:
            site.clock.quality = int(line.what)
        case _:
            site.inject(line.who, line.what)
    return ""


async def _command(text: str, site: Installation, kind: Kind) -> str:
    """Send a command: its kind, the order's id where it has one, and name=value for the rest."""
    word, *words = text.split()
    args: dict[str, object] = {}
    target = PLACES[kind]
    for each in words:
        name, equals, value = each.partition("=")
        if not equals:
            args["order_id"] = name
        elif name == "at":
            target = value
        else:
            args[name] = _value(name, value)
    outcome = await site.ask(CommandKind(word), target, args)
    return f"{outcome.state} {outcome.reason}".strip()


def _value(name: str, text: str) -> object:
    match name:
        case "tariff":
            tariff_id, _, version = text.partition("/")
            return (tariff_id, int(version))
        case "doors":
            return [int(door) for door in text.split("+")]
        case "lines":
            return [_declared(line) for line in text.split("+")]
        case _:
            return int(text) if text.lstrip("-").isdigit() else text


def _declared(text: str) -> dict[str, object]:
    """Read what staff declares of an article: shelf:sku:found:added:removed."""
    shelf, sku, found, *more = text.split(":")
    added, removed = (int(number) for number in (*more, "0", "0")[:2])
    return {"shelf": shelf, "sku": sku, "found": int(found), "added": added, "removed": removed}
