"""The end of a purchase, a restock, a delivery or a collection as people read it, in Chinese or English. Pure."""
# ruff: noqa: RUF001 - Chinese punctuation and the multiplication sign are meant

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.orders.tariff.text import Language, yuan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Every form that an end needs, for `str.format`. `word`: what people say for a machine's word."""

    sale: str
    bought: str
    nothing: str
    total: str
    shelf: str
    restock: str
    counted: str
    differs: str
    gap: str
    deposit: str
    net: str
    points: str
    provisional: str
    flags: str
    collection: str
    collected: str
    emptied: str
    not_emptied: str
    review: str
    supposed: str
    cancelled: str
    comma: str
    word: Mapping[str, str]

    def words(self, said: list[str]) -> str:
        return self.comma.join(self.word.get(each, each) for each in said)


EN = Words(
    sale="Receipt  {place}  prices {id} version {version}",
    bought="  {sku}: {count} × {price} yuan = {amount} yuan",
    nothing="  nothing taken",
    total="Total: {amount} yuan",
    shelf="Weighed: {shelf} {before} g before, {after} g after",
    restock="Restock  {place}",
    counted="  {shelf} {sku}: {found} found, {added} added, {removed} removed",
    differs="Difference: {shelf} {sku}: {booked} booked, {found} found",
    gap="Not declared: {shelf} {grams:+} g",
    deposit="Receipt  {place}  points rule {id} version {version}",
    net="Weighed: {before} g before, {after} g after: {net} g",
    points="{net} g × {rate} points/kg = {points} points",
    provisional="The points are provisional: the platform confirms them",
    flags="Note: {flags}",
    collection="Collection  {place}",
    collected="Taken away: {collected} g, left: {left} g",
    emptied="The bin is empty",
    not_emptied="The bin is NOT empty",
    review="A person looks at it, nothing is booked: {doubts}",
    supposed="  supposed: {count} × {sku}",
    cancelled="Cancelled, nothing is booked: {why}",
    comma=", ",
    word={},
)
ZH = Words(
    sale="费用明细  {place}  价目表 {id} 第 {version} 版",
    bought="  {sku}: {count} × {price} 元 = {amount} 元",
    nothing="  未取商品",
    total="合计: {amount} 元",
    shelf="称重: {shelf} 之前 {before} 克，之后 {after} 克",
    restock="补货  {place}",
    counted="  {shelf} {sku}: 盘点 {found}，放入 {added}，取出 {removed}",
    differs="差异: {shelf} {sku}: 账面 {booked}，盘点 {found}",
    gap="未申报: {shelf} {grams:+} 克",
    deposit="投放明细  {place}  积分规则 {id} 第 {version} 版",
    net="称重: 之前 {before} 克，之后 {after} 克，净重 {net} 克",
    points="{net} 克 × {rate} 分/千克 = {points} 分",
    provisional="积分为暂记，以平台确认为准",
    flags="说明: {flags}",
    collection="清运  {place}",
    collected="运走 {collected} 克，剩余 {left} 克",
    emptied="已清空",
    not_emptied="未清空",
    review="转人工，不入账: {doubts}",
    supposed="  推测: {count} × {sku}",
    cancelled="已取消，不入账: {why}",
    comma="、",
    word={
        "foreign-object": "放入了他物",
        "wrong-shelf": "放错货层",
        "ambiguous": "重量有多种解释",
        "unexplained": "重量无法解释",
        "proofs-differ": "凭据不一致",
        "unproved": "唯一凭据缺失",
        "no-reading": "没有稳定读数",
        "unwatched": "无人值守过久",
        "door-forced": "门未经开锁而打开",
        "left-open": "门未关",
        "taken-early": "开门前已取走",
        "above-limit": "超过冻结金额",
        "undeclared": "员工未申报",
        "negative-weight": "比之前轻",
        "impossible-weight": "超出可能的重量",
        "unstable-weight": "始终不稳定",
        "door-not-opened": "未见投口打开而重量变化",
        "door-jammed": "投口关不上",
        "wrong-category": "类别不符",
        "two-residents": "另有人在此投口确认身份",
        "leaned-on": "重量曾显得更多",
        "taken-out": "其间曾经更重",
        "repeated-weight": "与之前相同的重量",
        "clock-unset": "费率取决于未知的日期",
        "restarted": "其间网关重新启动",
        "bin-stopped": "其间柜体满溢或过重",
    },
)


def trade_receipt(body: Body, place: str, language: Language) -> str:
    """Return the last record of an order at a cabinet or a bin as lines of text; empty where it is none."""
    return "\n".join(_rows(body, place, ZH if language is Language.ZH_CN else EN))


def _rows(body: Body, place: str, words: Words) -> Iterator[str]:
    forms = {"sale": _sale, "restock": _restock, "deposit": _deposit, "collection": _collection}
    form = forms.get(body.get("purpose", ""))
    if form is None or body["stage"] not in ("settled", "recorded", "review", "cancelled"):
        return
    yield from form(body, place, words)
    if body["stage"] == "review":
        yield words.review.format(doubts=words.words(body["doubts"]))
        for line in body.get("supposed", ()):
            yield words.supposed.format(count=line["count"], sku=line["sku"])
    elif body["stage"] == "cancelled":
        yield words.cancelled.format(why=body.get("why", ""))


def _sale(body: Body, place: str, words: Words) -> Iterator[str]:
    prices = body["prices"]
    yield words.sale.format(place=place, id=prices["id"], version=prices["version"])
    if body["stage"] == "settled":
        for line in body["lines"]:
            price, amount = yuan(line["price_mil"]), yuan(line["amount_mil"])
            yield words.bought.format(sku=line["sku"], count=line["count"], price=price, amount=amount)
        if not body["lines"]:
            yield words.nothing
        yield words.total.format(amount=yuan(body["amount_mil"]))
    yield from _weighed(body, words)


def _restock(body: Body, place: str, words: Words) -> Iterator[str]:
    yield words.restock.format(place=place)
    for line in body.get("lines", ()):
        yield words.counted.format(**line)
    for each in body.get("differences", ()):
        yield words.differs.format(**each)
    for shelf, grams in body.get("weight_gaps_g", {}).items():
        yield words.gap.format(shelf=shelf, grams=grams)
    yield from _weighed(body, words)


def _deposit(body: Body, place: str, words: Words) -> Iterator[str]:
    rule = body.get("rule", {"id": "", "version": ""})
    yield words.deposit.format(place=place, id=rule["id"], version=rule["version"])
    yield from _net(body, words)
    if body["stage"] == "recorded":
        rate = f"{rule['points_per_kg_x1000'] / 1000:g}"
        yield words.points.format(net=body["net_g"], rate=rate, points=body["points"])
        yield words.provisional
    if body.get("flags"):
        yield words.flags.format(flags=words.words(body["flags"]))


def _collection(body: Body, place: str, words: Words) -> Iterator[str]:
    yield words.collection.format(place=place)
    if body["stage"] == "recorded":
        yield words.collected.format(collected=body["collected_g"], left=body["left_g"])
        yield words.emptied if body["emptied"] else words.not_emptied


def _net(body: Body, words: Words) -> Iterator[str]:
    seen = body.get("evidence", {})
    if seen.get("before_g") is not None and seen.get("after_g") is not None:
        yield words.net.format(before=seen["before_g"], after=seen["after_g"], net=body["net_g"])


def _weighed(body: Body, words: Words) -> Iterator[str]:
    for each in body.get("evidence", {}).get("shelves", ()):
        before, after = each["before"]["grams"], each["after"]["grams"]
        if before is not None and after is not None:
            yield words.shelf.format(shelf=each["shelf"], before=before, after=after)
