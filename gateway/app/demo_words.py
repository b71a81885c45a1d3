"""The words of the demo in the two languages that people watch it in. Data only; forms are for `str.format`."""
# ruff: noqa: RUF001 - Chinese punctuation is meant

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.app.trade_receipt import ZH as OF_RECEIPTS

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """`said`: the sentences by their names. `word`: what people say for a machine's word; others stay as they are."""

    watermark: str
    starting: str
    ending: str
    log: str
    console: str
    comma: str
    no_trips: str
    no_events: str
    arrived: str
    lines: tuple[str, ...]
    other_lines: tuple[str, ...]
    piles: str
    totals: str
    doors: tuple[str, ...]
    orders: tuple[str, ...]
    pieces: str
    full: str
    goods: str
    charge: str
    purchase: str
    deposit: str
    nothing: str
    to_a_person: str
    cancelled: str
    points: str
    cut: str
    no_cut: str
    logged: str
    summary: str
    memory: str
    good: str
    bad: str
    wrong: Mapping[str, str]
    kinds: Mapping[str, str]
    said: Mapping[str, str]
    word: Mapping[str, str] = field(default_factory=dict)

    def of(self, word: object) -> str:
        """Return what people say for a word."""
        text = str(word or "")
        return self.word.get(text, text)

    def sentence(self, what: str, facts: Mapping[str, object]) -> str:
        """Return one event as people read it."""
        known = {name: self.of(value) if isinstance(value, str) else value for name, value in facts.items()}
        return self.said[what].format(**known).rstrip()


EN = Words(
    watermark="SIMULATED DATA: piles, cabinet and bins on pseudo-terminals, nothing real is switched",
    starting="starting {what}",
    ending="ending: draining what is logged",
    log="its log, while it runs: gateway orders list --log {path}",
    console="its console, a link for one use: {link}",
    comma=", ",
    no_trips="no trips yet",
    no_events="no events yet",
    arrived="arrived at a separate subscriber: {reading} scans, {event} events, {repeated} repeated",
    lines=("line", "load", "round", "guaranteed cutoff", "measured (worst)", "silent"),
    other_lines=("line", "load", "silent"),
    piles="outlets 1 to 12 of each pile",
    totals="{state} {count}",
    doors=("door", "", "behind it", "weight", "", "order"),
    orders=("orders", "under way", "ended", "in all", "last receipts"),
    pieces="{count} pieces",
    full="{pct} % full",
    goods="{count} x {article}",
    charge="{outlet}  {wh} Wh  ¥{amount}  ({reason})",
    purchase="{cabinet}  {goods}  ¥{amount}",
    deposit="{bin}  {net_g} g  {points} points  {flags}",
    nothing="nothing taken",
    to_a_person="{place}  to a person: {doubts}",
    cancelled="{place}  cancelled: {why}",
    points="{points} points",
    cut="cut off {outlet}: at most {measured_ms:.1f} ms, bound {bound_ms:.1f} ms",
    no_cut="no trip was completed",
    logged="logged {reading} scans and {event} events, delivered {reading_come} and {event_come}, "
    "missing {reading_missing} and {event_missing}",
    summary="{kind}: {started} started, {settled} settled, {total} in all",
    memory="memory (PSS): {parts}",
    good="every trip within its bound, nothing missing, every receipt as it is logged",
    bad="NOT as it should be: {why}",
    wrong={
        "missing": "records are missing",
        "late": "a cutoff took longer than its bound; is something else keeping this machine busy?",
        "receipts": "the receipts that arrived are not those of the log",
        "unmeasured": "a trip has no measured time; let it run longer (--for), or on a machine with less to do",
    },
    kinds={"charge": "charges", "purchase": "purchases", "deposit": "deposits"},
    said={
        "tripped": "TRIP {outlet}: {ansi} {element}, {measured:.2f} over {pickup:.2f}",
        "cut": "cut off {outlet}: at most {measured_ms:.1f} ms, bound {bound_ms:.1f} ms",
        "cut-unmeasured": "cut off {outlet}: no good reading shortly before, so nothing to measure from",
        "not-opened": "NOT OPENED {outlets}: {rung}",
        "alarm-raised": "alarm raised: {target} {alarm} {detail}",
        "alarm-cleared": "alarm cleared: {target} {alarm}",
        "charge-ended": "charge: {outlet} ended, {reason}",
        "overload": "demo: {outlet} now draws too much ({fault})",
        "fills": "demo: staff counts and fills {place}",
        "takes-one": "demo: a resident takes one from {place}, door {door}",
        "takes-two": "demo: a resident takes two from {place}, door {door}",
        "forgets": "demo: a resident takes one from {place} and forgets to close door {door}",
        "puts-back": "demo: a resident takes two from {place}, door {door}, and puts one back",
        "throws": "demo: a resident throws something into {place}",
        "leans": "demo: a resident throws something into {place} and leans on it",
        "takes-out": "demo: a resident throws something into {place} and takes some of it out again",
        "two-throw": "demo: two residents throw something into {place} at once",
        "empties": "demo: staff empties {place}",
        "refused": "demo: {place} refuses a {order}: {reason}",
    },
)

ZH = Words(
    watermark="模拟数据：充电桩、购物柜和垃圾分类柜都在伪终端上，没有任何真实设备被操作",
    starting="正在启动：{what}",
    ending="正在结束：送出已记录的内容",
    log="运行期间可查看记录：gateway orders list --log {path}",
    console="网页控制台（一次性链接）：{link}",
    comma="、",
    no_trips="尚无跳闸",
    no_events="尚无事件",
    arrived="独立的订阅程序收到：采集 {reading} 次，事件 {event} 条，重复 {repeated} 条",
    lines=("总线", "负载", "一轮", "保证断电时间", "实测（最长）", "无应答"),
    other_lines=("总线", "负载", "无应答"),
    piles="各桩 1 至 12 号端口",
    totals="{state} {count}",
    doors=("门", "", "门后", "重量", "", "订单"),
    orders=("订单", "进行中", "已结束", "合计", "最近的费用明细"),
    pieces="{count} 件",
    full="{pct} % 满",
    goods="{article} × {count}",
    charge="{outlet}  {wh} Wh  ¥{amount}  （{reason}）",
    purchase="{cabinet}  {goods}  ¥{amount}",
    deposit="{bin}  {net_g} 克  {points} 分  {flags}",
    nothing="未取商品",
    to_a_person="{place}  转人工：{doubts}",
    cancelled="{place}  已取消：{why}",
    points="{points} 分",
    cut="已断开 {outlet}：最多 {measured_ms:.1f} ms，保证 {bound_ms:.1f} ms",
    no_cut="没有一次跳闸走完全程",
    logged="记录采集 {reading} 次、事件 {event} 条，送达 {reading_come} 和 {event_come}，"
    "缺失 {reading_missing} 和 {event_missing}",
    summary="{kind}：开始 {started}，结算 {settled}，合计 {total}",
    memory="内存（PSS）：{parts}",
    good="每次跳闸都在保证断电时间之内，无缺失，每份费用明细与记录一致",
    bad="有问题：{why}",
    wrong={
        "missing": "有记录缺失",
        "late": "有一次断电超过了保证时间；这台机器是否在忙别的？",
        "receipts": "收到的费用明细与记录不一致",
        "unmeasured": "有一次跳闸没有实测时间；请运行更久（--for），或换一台空闲的机器",
    },
    kinds={"charge": "充电", "purchase": "购物", "deposit": "投放"},
    said={
        "tripped": "跳闸 {outlet}：{ansi} {element}，{measured:.2f} 超过 {pickup:.2f}",
        "cut": "已断开 {outlet}：最多 {measured_ms:.1f} ms，保证 {bound_ms:.1f} ms",
        "cut-unmeasured": "已断开 {outlet}：之前不久没有可用读数，无从计时",
        "not-opened": "未能断开 {outlets}：{rung}",
        "alarm-raised": "告警：{target} {alarm} {detail}",
        "alarm-cleared": "告警解除：{target} {alarm}",
        "charge-ended": "充电：{outlet} 结束，{reason}",
        "overload": "演示：{outlet} 现在电流过大（{fault}）",
        "fills": "演示：员工在 {place} 盘点补货",
        "takes-one": "演示：居民从 {place} {door} 号门取走一件",
        "takes-two": "演示：居民从 {place} {door} 号门取走两件",
        "forgets": "演示：居民从 {place} 取走一件，忘记关 {door} 号门",
        "puts-back": "演示：居民从 {place} {door} 号门取出两件，放回一件",
        "throws": "演示：居民向{place}投放",
        "leans": "演示：居民向{place}投放，并靠在柜上",
        "takes-out": "演示：居民向{place}投放，又取出一部分",
        "two-throw": "演示：两位居民同时向{place}投放",
        "empties": "演示：员工清运{place}",
        "refused": "演示：{place} 拒绝{order}：{reason}",
    },
    word={
        **OF_RECEIPTS.word,
        "purchase": "购物",
        "deposit": "投放",
        "restock": "补货",
        "collection": "清运",
        "on": "通电",
        "off": "断电",
        "starting": "启动中",
        "tripped": "跳闸",
        "latched": "锁定",
        "unknown": "未知",
        "open": "已打开",
        "shut": "关好",
        "asking": "正在核对",
        "looking": "读取重量",
        "unlocking": "正在开锁",
        "unlocked": "请开门",
        "settling": "结算中",
        "identifying": "确认身份",
        "taring": "称前重",
        "opening": "正在开门",
        "closing": "正在关门",
        "weighing": "称重",
        "confirming": "等待稳定",
        "review": "转人工",
        "recyclable": "可回收物",
        "kitchen": "厨余垃圾",
        "max-time": "超过最长时间",
        "set-limit": "达到设定值",
        "overcurrent": "过流",
        "full": "充满自停",
        "unplugged": "充电器拔出",
        "Cola 330 ml": "可乐 330 毫升",
        "Water 550 ml": "饮用水 550 毫升",
        "the broker": "消息服务器",
        "the simulated lines": "模拟总线",
        "the gateway": "网关",
    },
)
