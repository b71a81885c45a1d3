"""The words of a reconciliation report in the two languages that people read it in. Data only."""
# ruff: noqa: RUF001 - Chinese punctuation is meant

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.orders.reconcile.money import CHARGE, DEPOSIT, PURCHASE
from gateway.orders.reconcile.report import Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Every word and form that a report needs. Forms are for `str.format`."""

    title: str
    period: str
    sections: Mapping[str, str]
    columns: Mapping[str, str]
    kinds: Mapping[str, str]
    notes: Mapping[Note, str]
    note: str
    running: str
    unacknowledged: str
    nothing: str
    unknown: str


ZH_CN = Words(
    title="对账 {day}",
    period="从 {start} 到 {end}",
    sections={
        "feeders": "电量: 总表与订单",
        "piles": "电量: 插座表与订单",
        "stock": "库存: 台账与盘点",
        "scales": "库存: 货架秤与台账",
        "bins": "投放: 重量、积分与清运",
        "money": "收款",
        "reviews": "待人工审核",
    },
    columns={
        "feeder": "总表",
        "metered_wh": "总表 Wh",
        "orders_wh": "订单 Wh",
        "outside_wh": "无订单 Wh",
        "own_wh": "自用 Wh",
        "loss_wh": "线损 Wh",
        "loss_pct": "线损 %",
        "pile": "充电桩",
        "registers_wh": "插座表 Wh",
        "difference_wh": "差额 Wh",
        "shelf": "货架",
        "sku": "商品",
        "start": "期初",
        "added": "补货",
        "sold": "售出",
        "removed": "报损",
        "expected": "应有",
        "counted": "实有",
        "difference": "差额",
        "amount_mil": "金额 元",
        "difference_g": "差额 g",
        "pieces": "约件数",
        "name": "垃圾箱",
        "category": "分类",
        "deliveries": "投放次数",
        "credited_g": "计分 g",
        "review_g": "待审 g",
        "collected_g": "清运 g",
        "start_g": "期初 g",
        "end_g": "期末 g",
        "points": "积分",
        "points_due": "应计积分",
        "points_difference": "积分差额",
        "kind": "类型",
        "count": "笔数",
        "prepaid_mil": "预付 元",
        "refund_mil": "退款 元",
        "due_mil": "应付 元",
        "order_id": "订单",
        "place": "位置",
        "doubts": "疑点",
        "supposed_mil": "估计金额 元",
        "net_g": "净重 g",
        "gaps": "缺数",
    },
    kinds={CHARGE: "充电", PURCHASE: "购物", DEPOSIT: "投放"},
    notes={
        Note.RUNNING: "当日尚未结束，以上为截至最后一次抄表的数据",
        Note.STARTED_LATE: "期初抄表晚于零点 5 分钟以上，不是完整的一天",
        Note.ENDED_LATE: "期末抄表晚于零点 5 分钟以上，包含次日的一部分",
        Note.SEVERAL_DAYS: "期间超过一天：中间没有抄表",
        Note.NO_FEEDER: "站点文件没有指定总表（feeder），无法计算线损",
        Note.RECORDS_MISSING: "日志缺少部分记录",
        Note.REGISTER_GAPS: "有订单的电表读数中断，无法核实的电量不计入订单",
        Note.MORE_REVIEWS: "待审核的订单太多，只列出最先的一部分",
        Note.ORDERS_UNSEEN: "有订单的开始没有记录，其此前电量不计入",
    },
    note="说明: {note}",
    running="未结束订单: {count}",
    unacknowledged="平台未确认的结算: {count} {orders}",
    nothing="无",
    unknown="未知",
)

EN = Words(
    title="Reconciliation of {day}",
    period="from {start} to {end}",
    sections={
        "feeders": "Energy: meters and orders",
        "piles": "Energy: outlets' registers and orders",
        "stock": "Stock: books and count",
        "scales": "Stock: scales and books",
        "bins": "Deliveries: weight, points, collection",
        "money": "Receipts",
        "reviews": "For a person to judge",
    },
    columns={
        "feeder": "meter",
        "metered_wh": "metered Wh",
        "orders_wh": "orders Wh",
        "outside_wh": "no order Wh",
        "own_wh": "own Wh",
        "loss_wh": "line loss Wh",
        "loss_pct": "loss %",
        "pile": "pile",
        "registers_wh": "registers Wh",
        "difference_wh": "difference Wh",
        "shelf": "shelf",
        "sku": "article",
        "start": "start",
        "added": "added",
        "sold": "sold",
        "removed": "written off",
        "expected": "expected",
        "counted": "counted",
        "difference": "difference",
        "amount_mil": "yuan",
        "difference_g": "difference g",
        "pieces": "pieces",
        "name": "bin",
        "category": "category",
        "deliveries": "deliveries",
        "credited_g": "credited g",
        "review_g": "in review g",
        "collected_g": "collected g",
        "start_g": "start g",
        "end_g": "end g",
        "points": "points",
        "points_due": "points due",
        "points_difference": "points difference",
        "kind": "kind",
        "count": "count",
        "prepaid_mil": "prepaid yuan",
        "refund_mil": "refund yuan",
        "due_mil": "due yuan",
        "order_id": "order",
        "place": "place",
        "doubts": "doubts",
        "supposed_mil": "supposed yuan",
        "net_g": "net g",
        "gaps": "gaps",
    },
    kinds={CHARGE: "charge", PURCHASE: "purchase", DEPOSIT: "deposit"},
    notes={
        Note.RUNNING: "the day is not over: this is up to the last mark",
        Note.STARTED_LATE: "the first mark came more than 5 minutes after midnight: not a whole day",
        Note.ENDED_LATE: "the last mark came more than 5 minutes after midnight: a part of the next day is in it",
        Note.SEVERAL_DAYS: "no mark for more than a day: several days are in it",
        Note.NO_FEEDER: "the site file names no meter as `feeder`: the line loss cannot be told",
        Note.RECORDS_MISSING: "the log lacks records of this time",
        Note.REGISTER_GAPS: "registers were interrupted during orders: energy that cannot be proved is not in them",
        Note.MORE_REVIEWS: "there are more orders to judge: only the first are listed",
        Note.ORDERS_UNSEEN: "orders began unseen: what they had used by then is not in it",
    },
    note="Note: {note}",
    running="Orders under way: {count}",
    unacknowledged="Settlements that nobody has acknowledged: {count} {orders}",
    nothing="none",
    unknown="unknown",
)
