"""The words of alarms that edge raises: latches, orders, cabinets, bins, the log. Pure."""

from __future__ import annotations

from gateway.alarm.word import Severity, Text, Word

(_, HIGH, MEDIUM, LOW) = Severity

EDGE: tuple[Word, ...] = (
    Word(
        word="locked-out",
        severity=HIGH,
        en=Text(name="tripped and locked", todo="See why it tripped; once the cause is gone, reset it with a reason."),
        zh=Text(name="跳闸闭锁", todo="查看跳闸原因；排除后说明原因并复位。"),
        latches=True,
    ),
    Word(
        word="energy-without-order",
        severity=HIGH,
        en=Text(
            name="energy without an order",
            todo="It is opened after a stated time and counted as a loss. See who uses it.",
        ),
        zh=Text(name="无订单用电", todo="到时自动断开并计为损耗。查明用电者。"),
    ),
    Word(
        word="settlement-corrected",
        severity=MEDIUM,
        en=Text(
            name="device corrected its record",
            todo="Two records of one charge disagree. Compare them in the order and decide.",
        ),
        zh=Text(name="设备更正结算", todo="同一次充电有两份不同的记录。在订单中核对后处理。"),
    ),
    Word(
        word="door-forced",
        severity=HIGH,
        en=Text(name="door forced", todo="Go there; see what is missing, and count the stock."),
        zh=Text(name="门被强开", todo="到现场查看是否缺失，并盘点。"),
    ),
    Word(
        word="door-left-open",
        severity=MEDIUM,
        en=Text(name="door left open", todo="Close the door; the order waits for it."),
        zh=Text(name="门未关", todo="关好门；订单在等待。"),
    ),
    Word(
        word="door-jammed",
        severity=MEDIUM,
        en=Text(name="door does not close", todo="Free the door by hand."),
        zh=Text(name="门卡住", todo="现场清除卡阻。"),
    ),
    Word(
        word="door-not-opened",
        severity=MEDIUM,
        en=Text(name="door did not open", todo="Check the lock and its wiring."),
        zh=Text(name="门未打开", todo="检查锁与接线。"),
    ),
    Word(
        word="stop-sale",
        severity=MEDIUM,
        en=Text(name="stop-sale", todo="Nothing is sold from this shelf until staff has looked: see the detail."),
        zh=Text(name="停售", todo="该层停售，待人员处理：见详情。"),
    ),
    Word(
        word="stock-difference",
        severity=MEDIUM,
        en=Text(name="stock difference", todo="Count this shelf and declare what is there."),
        zh=Text(name="库存差异", todo="盘点该层并申报。"),
    ),
    Word(
        word="price-list-unfit",
        severity=MEDIUM,
        en=Text(
            name="price list does not fit", todo="The pushed price list does not fit this cabinet. Push a right one."
        ),
        zh=Text(name="价目不符", todo="下发的价目与柜机不符。重新下发。"),
    ),
    Word(
        word="overweight",
        severity=MEDIUM,
        en=Text(name="too heavy", todo="Empty the bin, or take out what does not belong there."),
        zh=Text(name="超重", todo="清运，或取出不应投放的物品。"),
    ),
    Word(
        word="not-emptied",
        severity=LOW,
        en=Text(name="not emptied", todo="The collection left something behind. Empty it."),
        zh=Text(name="未清空", todo="清运后仍有残留，请清空。"),
    ),
    Word(
        word="bin-filling",
        severity=LOW,
        en=Text(name="bin filling", todo="Plan a collection."),
        zh=Text(name="即将满溢", todo="安排清运。"),
    ),
    Word(
        word="bin-full",
        severity=MEDIUM,
        en=Text(name="bin full", todo="Empty it; cities ask for it within 40 min."),
        zh=Text(name="满溢", todo="请清运；多地要求 40 分钟内完成。"),
    ),
    Word(
        word="level-unknown",
        severity=MEDIUM,
        en=Text(name="level unknown", todo="Clean or replace the level sensor."),
        zh=Text(name="料位未知", todo="清洁或更换料位传感器。"),
    ),
    Word(
        word="log-damaged",
        severity=HIGH,
        en=Text(name="log was damaged", todo="What could be read was saved. Keep the damaged file, check the disk."),
        zh=Text(name="日志损坏", todo="可读部分已保存。保留损坏文件，检查磁盘。"),
        momentary=True,
    ),
    Word(
        word="people-not-reached",
        severity=HIGH,
        en=Text(name="notices do not arrive", todo="Check the receiver in the detail, and this box's way to it."),
        zh=Text(name="通知未送达", todo="检查详情中的接收方及本机网络。"),
    ),
    Word(
        word="unknown",
        severity=HIGH,
        en=Text(name="unknown alarm", todo="This gateway does not know the word. Read the detail."),
        zh=Text(name="未知告警", todo="本网关不认识此告警。见详情。"),
    ),
)
