"""What a case's script says, line by line, and how each line is carried out."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gateway.model.command import CommandKind
from tests.cases.installation import CARD_KEY, LOCAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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
        case "cloud", what:
            return await (_push(what, site) if what.split()[0] in PUSHES else _command(what, site, kind))
        case "terminal", _:
            return await _tags_read(line.what, site, kind)
        case (("edge" | "field" | "box"), ("dies" | "starts")):
            await getattr(site, f"{line.who}_{line.what}")()
        case "clock", _:
            site.clock.quality = int(line.what)
        case _:
            site.inject(line.who, line.what)
    return ""


async def _push(text: str, site: Installation) -> str:
    """Push what the script says: cards as number:user:ceiling, tariffs and prices as one price of a new version."""
    word, name, *rest = text.split()
    outcome = await site.ask(CommandKind(word), "*", PUSHES[word](name, rest, site))
    return f"{outcome.state} {outcome.reason}".strip()


def _cards(version: str, cards: list[str], site: Installation) -> dict[str, object]:
    """Return a signed list of cards, made now. Its version is the first word; one with `old` was made two days ago."""
    issued_ms = site.clock.now().ts_ms - (172_800_000 if "old" in cards else 0)
    said = [card.split(":") for card in cards if card != "old"]
    entries = [
        {"card": f"{int(card):08x}", "user_ref": user, "ceiling_mil": int(ceiling)} for card, user, ceiling in said
    ]
    issue = {"site": site.site.name, "gateway": site.site.gateway, "version": int(version), "issued_ms": issued_ms}
    payload = json.dumps(issue | {"cards": entries})
    return {"payload": payload, "signature": hmac.new(CARD_KEY, payload.encode(), hashlib.sha256).hexdigest()}


def _tariffs(name: str, prices: list[str], _site: Installation) -> dict[str, object]:
    """Return a tariff by energy: id/version, then electricity and service fee in 0.001 yuan/kWh."""
    tariff_id, _, version = name.partition("/")
    electricity, service = ([{"by": "energy", "price_mil_per_kwh": int(price)}] for price in prices)
    return {"tariffs": [{"id": tariff_id, "version": int(version), "electricity": electricity, "service": service}]}


def _prices(name: str, changes: list[str], site: Installation) -> dict[str, object]:
    """Return a list of the site file as another version: id/version, then sku=price of what costs something else."""
    list_id, _, version = name.partition("/")
    price_mil = dict(change.split("=") for change in changes)
    trading: Mapping[str, Any] = site.site.trading
    (home,) = (each for each in trading["price_lists"] if each["id"] == list_id)
    articles = [
        each | {"price_mil": int(price_mil[each["sku"]])} if each["sku"] in price_mil else each
        for each in home["articles"]
    ]
    return {"price_lists": [home | {"version": int(version), "articles": articles}]}


PUSHES: Mapping[str, Callable[[str, list[str], Installation], dict[str, object]]] = {
    "cards": _cards,
    "tariffs": _tariffs,
    "prices": _prices,
}


async def _tags_read(text: str, site: Installation, kind: Kind) -> str:
    """Let a terminal read the tags on a shelf three times for an order in a stage: `reads order stage shelf`."""
    _, order_id, stage, shelf = text.split()
    cabinet = PLACES[kind]
    answer = ""
    for _ in range(3):
        args: dict[str, object] = {"order_id": order_id, "stage": stage, "shelf": f"{cabinet}/{shelf}"}
        outcome = await site.ask(CommandKind.SEEN, cabinet, args | {"tags": site.tags(shelf)})
        answer = f"{outcome.state} {outcome.reason}".strip()
    return answer


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
            args[name] = _value(name, value, site)
    outcome = await site.ask(CommandKind(word), target, args)
    return f"{outcome.state} {outcome.reason}".strip()


def _value(name: str, text: str, site: Installation) -> object:
    match name:
        case "tariff":
            tariff_id, _, version = text.partition("/")
            return (tariff_id, int(version))
        case "doors":
            return [int(door) for door in text.split("+")]
        case "lines":
            return [_declared(line, site) for line in text.split("+")]
        case _:
            return int(text) if text.lstrip("-").isdigit() else text


def _declared(text: str, site: Installation) -> dict[str, object]:
    """Read what staff declares of an article: shelf:sku:found:added:removed, `tags` if they were read, its date."""
    shelf, sku, *more = text.split(":")
    said: dict[str, object] = {"shelf": shelf, "sku": sku}
    for word in [word for word in more if not word.isdigit()]:
        more.remove(word)
        if word == "tags":
            said["tags"] = site.tags(shelf.partition("/")[2])
        else:
            day = datetime.strptime(word.removeprefix("until="), "%Y-%m-%dT%H%M").replace(tzinfo=LOCAL)
            said["expires_ts_ms"] = round(day.timestamp() * 1000)
    found, added, removed = (int(number) for number in (*more, "0", "0")[:3])
    return said | {"found": found, "added": added, "removed": removed}
