"""What gateways say of an alarm beside its word, and how that reads in Chinese. Pure.

An alarm's detail is an English sentence with figures, or a list of words (what has latched, why nothing is sold). The
records keep it as it was said; whoever shows it looks it up here. What is in no table (a name, somebody else's own
words) is shown as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CHINESE = "zh-CN"
BETWEEN, SENTENCES = ", ", "; "
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Phrase:
    """One sentence in both languages; `{names}` are figures and names in it."""

    en: str
    zh: str
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        texts = _PLACE.split(self.en)
        parts = [f"(?P<{part}>(?:(?!; ).)+?)" if number % 2 else re.escape(part) for number, part in enumerate(texts)]
        object.__setattr__(self, "_pattern", re.compile("".join(parts), re.DOTALL))

    def places_in(self, detail: str) -> dict[str, str] | None:
        """Return what stands at each place of a detail that was said so; None where it was not."""
        found = self._pattern.fullmatch(detail)
        return None if found is None else found.groupdict()


ELEMENTS: Mapping[str, Phrase] = {
    "breaker-failure": Phrase("did not open", "断开失灵"),
    "bus-total": Phrase("line total", "总线过流"),
    "definite-time": Phrase("overcurrent", "过流"),
    "inverse-time": Phrase("inverse-time overload", "反时限过流"),
    "leakage": Phrase("residual current", "漏电"),
    "lock-out": Phrase("lock-out", "跳闸闭锁"),
    "over-temperature": Phrase("over-temperature", "过温"),
    "over-voltage": Phrase("over-voltage", "过压"),
    "pile-total": Phrase("pile total", "整桩过流"),
    "power-limit": Phrase("power limit", "功率超限"),
    "sight": Phrase("loss of sight", "监测失联"),
    "smoke": Phrase("smoke", "烟感"),
    "thermal": Phrase("thermal overload", "热过负荷"),
    "uncommanded": Phrase("on without a command", "未指令接通"),
    "under-voltage": Phrase("under-voltage", "欠压"),
    "weld": Phrase("welded contact", "继电器粘连"),
}
STOPS: Mapping[str, Phrase] = {
    "date-unknown": Phrase("date unknown", "日期未知"),
    "expired": Phrase("expired", "已过期"),
    "full": Phrase("full", "满溢"),
    "no-temperature": Phrase("no temperature", "无温度读数"),
    "not-recovered": Phrase("did not get cold", "未降到规定温度"),
    "too-warm": Phrase("too warm", "温度过高"),
}
WORDS = {**ELEMENTS, **STOPS}

OF_PROTECTION = (
    Phrase("{value} above {limit}", "{value}，高于 {limit}"),
    Phrase("no usable current for {s} s", "{s} s 内没有可用的电流值"),
    Phrase("{value} after OFF and its repetition", "两次断电后仍有 {value}"),
    Phrase("{value} after OFF", "断电后仍有 {value}"),
    Phrase("{a} A for {s} s", "{a} A 保持 {s} s 不变"),
    Phrase("{celsius} degrees C", "{celsius} °C"),
    Phrase("{ma} mA to earth", "对地漏电 {ma} mA"),
    Phrase("voltage, energy and heartbeat stand still", "电压、电量和心跳停止变化"),
    Phrase("the pile's door is open", "桩门打开"),
    Phrase("{measured} ms, guaranteed {bound} ms", "{measured} ms，保证值 {bound} ms"),
)
OF_FIELD = (
    Phrase("it does not answer", "无应答"),
    Phrase(
        "it answers, but not with what its profile expects: is it the right profile?",
        "有应答，但与配置文件不符：配置文件选对了吗？",
    ),
    Phrase(
        "edge has not taken what devices told: they keep it, and send it again",
        "edge 未接收设备上报的内容：设备会保留并重发",
    ),
    Phrase(
        "this machine's clock is not synchronised: the device's own clock stays as it is",
        "本机时钟未同步：设备沿用自己的时钟",
    ),
    Phrase("{ms} ms late, held by the machine", "迟了 {ms} ms，原因：本机繁忙"),
    Phrase("{ms} ms late, held by {place}", "迟了 {ms} ms，占用者：{place}"),
)
OF_LINES = (
    Phrase(
        "{port}: no such port (is the adapter plugged in? /dev/serial/by-path lists what is)",
        "{port}：没有这个串口（适配器插好了吗？现有串口见 /dev/serial/by-path）",
    ),
    Phrase(
        "{port}: permission denied (add this user to the group dialout, then log in again)",
        "{port}：没有权限（把本用户加入 dialout 组，重新登录）",
    ),
    Phrase(
        "{port}: in use by another program (fuser -v {same} names it)",
        "{port}：被另一个程序占用（用 fuser -v {same} 查看）",
    ),
    Phrase("{line}: cannot write: {why}", "{line}：无法写入：{why}"),
    Phrase("{line}: takes no more bytes", "{line}：不再接收数据"),
    Phrase("{line}: no connection within {s} s", "{line}：{s} s 内未连上"),
    Phrase("{line}: the other side closed it", "{line}：对方关闭了连接"),
    Phrase("{line}: has said nothing for {s} s", "{line}：{s} s 没有数据"),
    Phrase("{line}: has dialled in anew", "{line}：重新连入"),
    Phrase("{line}: not the name of a host", "{line}：不是主机名"),
    Phrase("{line}: cannot listen: {why}", "{line}：无法监听：{why}"),
    Phrase(
        "{line}: has not dialled in (is this address set in it, and its number right?)",
        "{line}：尚未连入（桩里设的是本机地址吗？编号对吗？）",
    ),
)
OF_ORDERS = (
    Phrase("on, and no order explains it", "端口带电，没有对应订单"),
    Phrase("the pile settled {wh} Wh under no number", "桩结算了 {wh} Wh，没有单号"),
    Phrase("the pile settled {wh} Wh under {number}", "桩结算了 {wh} Wh，单号 {number}"),
    Phrase("without an order", "没有订单"),
    Phrase("in order {order}", "订单 {order} 期间"),
    Phrase("{grams} g before the unlock, order {order}", "开锁前 {grams} g，订单 {order}"),
    Phrase("order {order}", "订单 {order}"),
    Phrase("restock {order}", "补货 {order}"),
    Phrase("{grams} g left", "剩余 {grams} g"),
    Phrase("the sensor says nothing", "传感器无读数"),
    Phrase("shelf {shelf}: nothing can prove what is taken from it", "货架 {shelf}：无法判定取走了什么"),
    Phrase(
        "shelf {shelf}: a slot holds one article, not {count}", "货架 {shelf}：一个货道只能放一种商品，现为 {count} 种"
    ),
    Phrase(
        "shelf {shelf}: {sku} is too light for a scale of +-{grams} g",
        "货架 {shelf}：{sku} 太轻，秤的误差为 ±{grams} g",
    ),
    Phrase(
        "price list {id} version {version}: lacks {sku} of shelf {shelf}",
        "价目 {id} 版本 {version}：缺货架 {shelf} 的 {sku}",
    ),
    Phrase(
        "{what}; {events} events saved; the damaged file is {file}", "{what}；救回事件 {events} 条；损坏的文件为 {file}"
    ),
)
PHRASES = (*OF_PROTECTION, *OF_FIELD, *OF_LINES, *OF_ORDERS)
"""Of several that fit, the one counts that says most itself."""

_BY_WEIGHT = sorted(PHRASES, key=lambda phrase: (-len(_PLACE.sub("", phrase.en)), phrase.en))
LONGEST = 500
"""Of what is looked up: a longer text takes long to compare, and is none of ours."""


def read_as(detail: str, language: str) -> str:
    """Return a detail as people read it in a language."""
    if len(detail) > LONGEST:
        return detail
    listed = detail.split(BETWEEN)
    if all(each in WORDS for each in listed):
        return _joined((WORDS[each] for each in listed), language)
    if language != CHINESE:
        return detail
    known = _in_chinese(detail)
    return known or "；".join(_in_chinese(each) or each for each in detail.split(SENTENCES))


def _in_chinese(sentence: str) -> str:
    found = ((phrase.zh, phrase.places_in(sentence)) for phrase in _BY_WEIGHT)
    text, places = next(((zh, places) for zh, places in found if places is not None), ("", {}))
    return _PLACE.sub(lambda place: places[place[1]], text)


def _joined(words: Iterable[Phrase], language: str) -> str:
    return "、".join(each.zh for each in words) if language == CHINESE else BETWEEN.join(each.en for each in words)


def texts() -> dict[str, dict[str, str]]:
    """Return the tables as the pages have them, by language: a sentence under `phrase.` and its English."""
    named = {f"element.{word}": phrase for word, phrase in ELEMENTS.items()}
    named |= {f"stop.{word}": phrase for word, phrase in STOPS.items()}
    named |= {f"phrase.{phrase.en}": phrase for phrase in PHRASES}
    return {
        "en": {key: phrase.en for key, phrase in named.items()},
        CHINESE: {key: phrase.zh for key, phrase in named.items()},
    }
