"""A played case as people read it: its time line in a terminal, its row and its section on the page."""
# ruff: noqa: RUF001 - Chinese punctuation is meant

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.app.trade_receipt import trade_receipt
from gateway.model.event import EventKind
from gateway.orders.tariff.receipt import read_receipt
from gateway.orders.tariff.text import Language, receipt_text, yuan
from tests.cases.case import Kind
from tests.cases.play import ORPHAN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cases.case import Case
    from tests.cases.play import Played, Told

CHANGES = frozenset({"raised", "cleared"})
"""Acts on an alarm with which its condition begins or ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What stands around the words of the machines."""

    title: str
    intro: str
    columns: str
    kinds: dict[Kind, str]
    happens: str
    answered: str
    alarms: str
    swipes: str
    unpaid: str
    uncounted: str
    lacking: str
    no_order: str


WORDS = {
    Language.EN: Words(
        title="Cases",
        intro="""\
Written by `python -m tests.cases --write`; a change belongs into the cases, `tests/cases`.

Every case is played in virtual time: simulated devices on simulated lines, the real field, edge and log. One is played
again with `python -m tests.cases NAME`, which prints its time line as well. The simulated hardware knows what really
happened, and every case is judged by it: all energy that flowed is in a receipt, in a loss, or named as unseen; every
piece that left a shelf is on a receipt or named as on none; what went into a bin is recorded or named as uncounted.
""",
        columns="| case | what happens | end | side | energy | amount |",
        kinds={Kind.CHARGE: "Charges", Kind.PURCHASE: "Purchases", Kind.DEPOSIT: "Deliveries"},
        happens="What happens (min:s):",
        answered="Answered: {}",
        alarms="Alarms: {}",
        swipes="Cards: {}",
        unpaid="Left the shelves and is on no receipt: {}",
        uncounted="Went into a bin and counts for nobody: {}",
        lacking="Not yet: {}",
        no_order="no order",
    ),
    Language.ZH_CN: Words(
        title="案例",
        intro="""\
由 `python -m tests.cases --write` 生成；如需修改，请修改 `tests/cases` 中的案例。

每个案例都在虚拟时间中运行：仿真线路上的仿真设备，以及真实的 field、edge 与日志。用 `python -m tests.cases NAME` 可再次运行，
并打印其时间线。仿真硬件知道实际发生了什么，每个案例都据此核对：流过的电量全部计入账单或损失，或注明未计入；离开货层的每件商品
要么在账单上，要么注明不在任何账单上；投入桶内的重量要么已记录，要么注明未计入。
""",
        columns="| 案例 | 经过 | 结束原因 | 责任方 | 电量 | 金额 |",
        kinds={Kind.CHARGE: "充电", Kind.PURCHASE: "购物", Kind.DEPOSIT: "投放"},
        happens="经过（分:秒）：",
        answered="答复：{}",
        alarms="报警：{}",
        swipes="刷卡：{}",
        unpaid="已离开货层而不在任何账单上：{}",
        uncounted="已投入桶内而不为任何人计入：{}",
        lacking="尚未实现：{}",
        no_order="没有订单",
    ),
}
SUFFIX = {Language.EN: "", Language.ZH_CN: ".zh-CN"}


def timeline(played: Played) -> Iterator[str]:
    """Yield what was done and what was told, in the order of time."""
    lines = [(at_s, f"> {what}" + (f"  -> {answer}" if answer else "")) for at_s, what, answer in played.did]
    lines += [(each.at_s, text) for each in played.told if (text := _told(each))]
    lines.sort(key=lambda line: line[0])
    yield from (f"{_clock(at_s):>8}  {text}" for at_s, text in lines)


def receipts(played: Played, language: Language) -> Iterator[str]:
    """Yield the receipt of each order as its customer reads it."""
    for order_id in played.orders:
        last = played.last(order_id)
        if last.get("receipt"):
            yield f"{order_id}\n{receipt_text(read_receipt(last['receipt']), language)}"
        elif text := trade_receipt(last, played.records(order_id)[0].target, language):
            yield f"{order_id}\n{text}"


def page(sections: list[tuple[Case, str, str]], language: Language) -> str:
    """Return the whole page; `sections` are of each case its row and its section."""
    words = WORDS[language]
    parts = [f"# {words.title}\n\n{words.intro}"]
    for kind, name in words.kinds.items():
        of_kind = [(row, section) for case, row, section in sections if case.kind is kind]
        if of_kind:
            rows = "\n".join(row for row, _ in of_kind)
            parts.append(f"## {name}\n\n{words.columns}\n|---|---|---|---|---|---|\n{rows}\n")
            parts += [section for _, section in of_kind]
    return "\n".join(parts)


def row(played: Played, language: Language) -> str:
    """Return the row of a case in the table of its kind: of its first order, or of what there was instead."""
    case, says = played.case, _says(played.case, language)
    if case.lacking:
        return f"| [{case.name}](#{case.name}) | {says} | {WORDS[language].lacking.format(case.lacking)} | | | |"
    order_id = next(iter(played.orders), "")
    last = played.last(order_id) if order_id else {}
    end = f"`{_end(last)}`" if last else WORDS[language].no_order
    side = f"`{last['fault_side']}`" if last.get("fault_side") else ""
    return f"| [{case.name}](#{case.name}) | {says} | {end} | {side} | {_quantity(last)} | {_amount(last, language)} |"


def section(played: Played, language: Language) -> str:
    """Return the section of a case: its script, its stages, its receipts."""
    case, words = played.case, WORDS[language]
    script = textwrap.dedent(case.script).strip()
    parts = [f"### {case.name}\n\n{_says(case, language)}\n\n{words.happens}\n\n```text\n{script}\n```\n"]
    if case.lacking:
        return "\n".join([*parts, words.lacking.format(case.lacking) + "\n"])
    if played.answers:
        parts.append(words.answered.format(", ".join(f"`{answer}`" for answer in played.answers)) + "\n")
    if played.alarms:
        parts.append(words.alarms.format(", ".join(f"`{alarm}`" for alarm in played.alarms)) + "\n")
    if played.swipes:
        parts.append(words.swipes.format(", ".join(f"`{word}`" for word in played.swipes)) + "\n")
    if case.unpaid:
        parts.append(words.unpaid.format(", ".join(f"{count} {sku}" for sku, count in case.unpaid)) + "\n")
    if case.uncounted_g:
        parts.append(words.uncounted.format(", ".join(f"{name} {grams} g" for name, grams in case.uncounted_g)) + "\n")
    for order_id in played.orders:
        name = "orphan" if order_id.startswith(ORPHAN) else order_id
        parts.append(f"`{name}`: {' → '.join(played.stages(order_id))}\n")
    parts += [f"```text\n{text}\n```\n" for text in receipts(played, language)]
    return "\n".join(parts)


def _says(case: Case, language: Language) -> str:
    return case.en if language is Language.EN else case.zh


def _end(last: dict[str, Any]) -> str:
    if last["stage"] == "review":
        return f"review: {', '.join(last['doubts'])}"
    return str(last.get("reason") or last.get("outcome") or last.get("why") or last["stage"])


def _quantity(last: dict[str, Any]) -> str:
    if "net_g" in last:
        return f"{last['net_g']} g"
    if "collected_g" in last:
        return f"{last['collected_g']} g"
    if "wh" not in last:
        return ""
    loss = f" (+{last['loss_wh']:g})" if last.get("loss_wh") else ""
    return f"{last['wh']:g} Wh{loss}"


def _amount(last: dict[str, Any], language: Language) -> str:
    if "points" in last:
        return f"{last['points']} " + ("points" if language is Language.EN else "分")
    if "amount_mil" not in last:
        return ""
    return f"{yuan(last['amount_mil'])} " + ("yuan" if language is Language.EN else "元")


def _told(each: Told) -> str:
    body = each.body
    if each.kind == EventKind.ORDER:
        said = [f"{body[name]}{unit}" for name, unit in (("w", " W"), ("wh", " Wh")) if name in body]
        said += [str(body[name]) for name in ("reason", "fault_side", "detail", "why", "outcome") if body.get(name)]
        said += [", ".join(body[name]) for name in ("doubts", "flags") if body.get(name)]
        name = "orphan" if body["order_id"].startswith(ORPHAN) else body["order_id"]
        return f"{name} {body['stage']}" + (f"  ({', '.join(said)})" if said else "")
    if each.kind == EventKind.ALARM and body.get("what") in CHANGES:
        return f"alarm {body['alarm']} {'raised' if body.get('active') else 'over'}: {each.target}"
    if each.kind == EventKind.TRIP:
        causes = [f"{cause['outlet']} {cause['element']}" for cause in body.get("causes", ())]
        return f"protection {body['stage']} {', '.join(causes) or each.target}"
    return ""


def _clock(at_s: float) -> str:
    whole = int(at_s)
    hours = f"{whole // 3600}:" if whole >= 3600 else ""
    return f"{hours}{whole % 3600 // 60:02d}:{whole % 60:02d}.{int(10 * at_s) % 10}"
