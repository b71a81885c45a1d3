"""Whether a message on a command topic is a command, and if not, why. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from gateway.model.command import Command, CommandKind, Origin, Outcome
from gateway.model.nesting import is_deeper
from gateway.orders.tariff.form import TariffError, read_tariff
from gateway.uplink.alarms import TO_ALARMS, Alarming
from gateway.uplink.documents import PUSHED, Pushed
from gateway.uplink.topic import Authority
from gateway.uplink.trade import TRADES, Deposit, Finish, Seen, Trade
from gateway.uplink.wish import Act, History, Quote, ReadNow, Replay, Reset, SafetyOff, SettledAck, Start, Stop, Timely

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.orders.tariff.tariff import Tariff
    from gateway.uplink.topic import Topics
    from gateway.uplink.wish import Wish

LARGEST_BYTES = 8 * 1024
LARGEST_DOCUMENT_BYTES = 256 * 1024
"""On `command/config`: a list of some thousand cards, or the prices of a row of cabinets."""

DEEPEST = 8
LONGEST_DETAIL = 500
REPLAY_MOST = 100_000
UNREADABLE = "unreadable"
"""Stands for the id where there is none to be read."""

KINDS: Mapping[Authority, Mapping[str, type[Wish]]] = {
    Authority.ORDER: {"start": Start, "stop": Stop, "quote": Quote, "settled-ack": SettledAck, **TRADES},
    Authority.SAFETY: {"safety-off": SafetyOff},
    Authority.CONFIG: PUSHED,
    Authority.SERVICE: {
        "reset": Reset,
        "act": Act,
        "read-now": ReadNow,
        "history": History,
        "replay": Replay,
        **TO_ALARMS,
    },
    Authority.TERMINAL: {"deposit": Deposit, "finish": Finish, "seen": Seen},
}
_ID = re.compile(r"[a-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A message on a command topic: its bytes and whether the broker had kept it."""

    authority: Authority
    payload: bytes
    retained: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A well-formed, timely command; `reply_to` is where else its outcome goes."""

    command: Command
    reply_to: str | None = None


class _Refused(ValueError):  # noqa: N818 - carried within this file only
    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


def judge(arrived: Arrived, *, topics: Topics, session: str, now_s: float) -> Accepted | Outcome:
    """Return the command, its expiry counted from `now_s` (monotonic), or the outcome that says why it is none."""
    found: dict[str, Any] = {}
    try:
        found = _object(arrived)
        return _accept(found, arrived, topics, session, now_s)
    except _Refused as refusal:
        command_id = found.get("id")
        readable = isinstance(command_id, str) and _ID.fullmatch(command_id)
        return Outcome(
            id=str(command_id) if readable else UNREADABLE,
            state="refused",
            reason=refusal.reason,
            detail=refusal.detail,
        )


def _accept(found: dict[str, Any], arrived: Arrived, topics: Topics, session: str, now_s: float) -> Accepted:
    if arrived.retained:
        raise _Refused("retained", "a command must not be retained: it would act again at each connection")
    wish = _wish(found, arrived.authority)
    may_reply = wish.reply_to is None or topics.may_reply_to(wish.reply_to)
    if not may_reply and not isinstance(wish, SafetyOff):
        raise _Refused("malformed", "reply_to: a topic of a-z, 0-9, '-' and '/', outside of the gateway's own prefix")
    if isinstance(wish, Timely) and wish.session != session:
        raise _Refused("stale-session", "the gateway has connected anew since; repeat with the session given here")
    if isinstance(wish, Replay) and not 0 <= wish.args.last - wish.args.first < REPLAY_MOST:
        raise _Refused("malformed", f"args.from..to: 1 to {REPLAY_MOST} records")
    is_of_terminal = arrived.authority is Authority.TERMINAL
    if is_of_terminal and isinstance(wish, Deposit) and wish.args.card is None and wish.args.identity == "platform":
        raise _Refused("malformed", "args.identity: a terminal knows people by `card` or `face`")
    return Accepted(command=_command(wish, now_s), reply_to=wish.reply_to if may_reply else None)


def _wish(found: dict[str, Any], authority: Authority) -> Wish:
    if type(found.get("v")) is not int or found["v"] != 1:
        raise _Refused("unsupported-version", "v: this gateway speaks version 1")
    kinds = KINDS[authority]
    kind = found.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise _Refused("unknown-kind", f"command/{authority} takes {', '.join(kinds) or 'nothing in this version'}")
    try:
        return kinds[kind].model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise _Refused("malformed", f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _command(wish: Wish, now_s: float) -> Command:
    said: Any = wish
    return Command(
        id=wish.id,
        kind=CommandKind(said.kind),
        target=said.target,
        origin=Origin.CLOUD,
        args=_args(wish),
        expires_s=now_s + wish.ttl_s if isinstance(wish, Timely) else None,
    )


def _args(wish: Wish) -> dict[str, object]:
    match wish:
        case Start(args=args):
            limits = {"max_s": args.limits.s, "max_wh": args.limits.wh, "max_w": args.limits.max_w}
            money = {"amount_mil": args.limits.amount_mil, "tariff": _tariff(args.tariff)}
            said = args.model_dump(exclude={"limits", "tariff"}, exclude_defaults=True)
            return said | limits | {name: value for name, value in money.items() if value is not None}
        case Quote(args=args):
            said = args.model_dump(exclude={"tariff"}, exclude_none=True)
            tariff = _tariff(args.tariff)
            return said if tariff is None else said | {"tariff": tariff}
        case Replay(args=args):
            return {"boot": args.boot, "stream": args.stream, "first": args.first, "last": args.last}
    if isinstance(wish, Stop | SafetyOff | Reset | SettledAck | Act | History):
        return wish.args.model_dump(exclude_none=True)
    return wish.args.model_dump() if isinstance(wish, Trade | Pushed | Alarming) else {}


def _tariff(written: dict[str, Any] | None) -> Tariff | tuple[str, int] | None:
    """Return a tariff that came along, or id and version of one that the site has."""
    if written is None:
        return None
    if written.keys() == {"id", "version"} and isinstance(written["id"], str) and isinstance(written["version"], int):
        return written["id"], written["version"]
    try:
        return read_tariff(written)
    except TariffError as error:
        raise _Refused("malformed", f"args.{error}"[:LONGEST_DETAIL]) from None


def _object(arrived: Arrived) -> dict[str, Any]:
    payload = arrived.payload
    largest = LARGEST_DOCUMENT_BYTES if arrived.authority is Authority.CONFIG else LARGEST_BYTES
    if len(payload) > largest:
        raise _Refused("too-large", f"{len(payload)} bytes; {largest} are taken")
    try:
        found = json.loads(payload, object_pairs_hook=_unique, parse_constant=_no_number)
    except RecursionError:
        raise _Refused("too-deep", f"more than {DEEPEST} levels") from None
    except ValueError as error:
        if isinstance(error, _Refused):
            raise
        raise _Refused("not-json", str(error)[:100]) from None
    if not isinstance(found, dict):
        raise _Refused("not-json", "a command is a JSON object")
    if is_deeper(found, DEEPEST):
        raise _Refused("too-deep", f"more than {DEEPEST} levels")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refused("not-json", "a key appears twice")
    return found


def _no_number(text: str) -> Any:
    raise _Refused("not-json", f"{text} is no JSON number")
