"""The words of a receipt in the two languages that people read it in. Data only."""
# ruff: noqa: RUF001 - Chinese punctuation and the multiplication sign are meant

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.orders.tariff.receipt import Flag, What
from gateway.orders.tariff.tariff import Band, Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Every word and form that a receipt needs. Forms are for `str.format`."""

    title: str
    measured: str
    electricity: str
    service: str
    total: str
    prepaid: str
    refund: str
    kept: str
    due: str
    note: str
    stopped_by: str
    yuan: str
    kwh: str
    hour: str
    charge: str
    worked: str
    duration: str
    of_band: Mapping[str, str]
    of_counts: Mapping[str, str]
    up_to_w: str
    unknown_band: str
    what: Mapping[What, str]
    flags: Mapping[Flag, str]


ZH_CN = Words(
    title="费用明细  计费方案 {id} 第 {version} 版",
    measured="电量 {kwh} 度 · 充电 {charging} · 浮充 {float} · 占用 {occupied} · 最高功率 {peak_w} W",
    electricity="电费",
    service="服务费",
    total="合计",
    prepaid="预付",
    refund="应退金额",
    kept="不退金额",
    due="应付金额",
    note="说明: {flag}",
    stopped_by="停止操作人: {who}",
    yuan="{amount} 元",
    kwh="度",
    hour="小时",
    charge="次",
    worked="{quantity} × {price}/{unit} = {amount}",
    duration="{h} 小时 {min:02} 分 {s:02} 秒",
    of_band={Band.SHARP: "尖段", Band.PEAK: "峰段", Band.FLAT: "平段", Band.VALLEY: "谷段", Band.DEEP: "深谷段"},
    of_counts={
        Counts.CHARGING: "充电时间",
        Counts.ENERGISED: "通电时间",
        Counts.CONNECTED: "插电时间",
        Counts.OCCUPIED: "占用时间",
    },
    up_to_w="{of} W 档",
    unknown_band="时段未知（按{band}计）",
    what={
        What.ENERGY: "电量",
        What.COUNT: "每次",
        What.MINIMUM: "补足最低消费",
        What.CAP: "超过封顶部分",
        What.CEILING: "超过订单金额上限部分",
        What.WAIVED: "免收",
        What.ROUNDING: "四舍五入到分",
    },
    flags={
        Flag.CLOCK_UNKNOWN: "部分时间时钟未同步，按最低价时段计费",
        Flag.EDGE_ESTIMATED: "时段交界处没有读数，电量按时间比例分摊",
        Flag.REGISTER_GAP: "电表读数有中断，中断期间无法核实的电量未计费",
        Flag.MINIMUM: "按最低消费计费",
        Flag.CAPPED: "已封顶",
        Flag.CEILING: "达到订单金额上限",
        Flag.WAIVED: "本单免费",
    },
)

EN = Words(
    title="Receipt  tariff {id} version {version}",
    measured="{kwh} kWh · charging {charging} · float {float} · occupied {occupied} · peak {peak_w} W",
    electricity="Electricity",
    service="Service fee",
    total="Total",
    prepaid="Prepaid",
    refund="Refundable",
    kept="Not refundable",
    due="Due",
    note="Note: {flag}",
    stopped_by="Stopped by: {who}",
    yuan="{amount} yuan",
    kwh="kWh",
    hour="h",
    charge="charge",
    worked="{quantity} × {price}/{unit} = {amount}",
    duration="{h} h {min:02} min {s:02} s",
    of_band={
        Band.SHARP: "sharp",
        Band.PEAK: "peak",
        Band.FLAT: "flat",
        Band.VALLEY: "valley",
        Band.DEEP: "deep valley",
    },
    of_counts={
        Counts.CHARGING: "charging time",
        Counts.ENERGISED: "time switched on",
        Counts.CONNECTED: "time plugged in",
        Counts.OCCUPIED: "time occupied",
    },
    up_to_w="tier up to {of} W",
    unknown_band="time unknown (as {band})",
    what={
        What.ENERGY: "energy",
        What.COUNT: "each charge",
        What.MINIMUM: "up to the minimum",
        What.CAP: "above the cap",
        What.CEILING: "above the order's limit",
        What.WAIVED: "waived",
        What.ROUNDING: "rounding to 0.01 yuan",
    },
    flags={
        Flag.CLOCK_UNKNOWN: "the clock was not set for a part of the time, which is billed as the cheapest band",
        Flag.EDGE_ESTIMATED: "no reading was taken where the band changed; the energy is shared out by time",
        Flag.REGISTER_GAP: "the meter's readings were interrupted; energy that cannot be proved is not billed",
        Flag.MINIMUM: "the minimum applies",
        Flag.CAPPED: "the cap applies",
        Flag.CEILING: "the order's limit in money was reached",
        Flag.WAIVED: "this charge is free",
    },
)
