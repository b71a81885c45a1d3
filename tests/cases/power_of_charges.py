"""Charges whose power, pile, gateway or cloud goes away, and what becomes of them."""
# ruff: noqa: RUF001 - Chinese punctuation is meant

from tests.cases.case import Case, Expect
from tests.cases.ends_of_charges import RUN, TARIFF, charging

BACK_UNPLUGGED = ("unplugged", "ended", "settled")

POWER = (
    Case(
        name="power-cut-gateway-resumes",
        en="A power cut of two minutes; the pile stays off, the gateway switches on again: one order, one receipt",
        zh="停电两分钟；充电桩保持断开，由网关重新通电：同一订单，一张账单",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            5:00  pile             reboot=120s
            5:00  box              dies
            7:00  box              starts
            12:00 pile/outlet-01   plug-out
        """,
        lasts="14:00",
        expects=(
            Expect(
                stages=(*RUN, "interrupted", "resuming", "waiting-plug", "charging", *BACK_UNPLUGGED),
                reason="unplugged",
                side="user",
                wh=(190, 10),
            ),
        ),
    ),
    Case(
        name="power-cut-device-resumes",
        en="A power cut of two minutes; the pile itself switches on again: the order goes on",
        zh="停电两分钟；充电桩自行恢复通电：订单继续",
        more=charging("resumes: device"),
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            5:00  pile             reboot=120s
            5:00  box              dies
            7:00  pile/outlet-01   local-start
            7:03  box              starts
            12:00 pile/outlet-01   plug-out
        """,
        lasts="14:00",
        expects=(
            Expect(
                stages=(*RUN, "interrupted", "resumed", *BACK_UNPLUGGED),
                reason="unplugged",
                side="user",
                wh=(190, 10),
            ),
        ),
    ),
    Case(
        name="power-cut-too-long",
        en="A power cut beyond the window of five minutes: settled at the energy that was stored last",
        zh="停电超过五分钟的等待期：按最后保存的电量结算",
        more=charging("away_s: 300"),
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            5:00  pile             reboot=600s
            5:00  box              dies
            7:00  box              starts
        """,
        lasts="16:30",
        alarms=("silent", "sight-lost"),
        expects=(
            Expect(stages=(*RUN, "interrupted", "ended", "settled"), reason="power-fail", side="grid", wh=(97, 21)),
        ),
        unseen_wh=(10.0, 12.0),
    ),
    Case(
        name="power-cut-ends-the-order",
        en="The order does not want to go on after a power cut",
        zh="订单要求停电后不再继续",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1 on_power_fail=end
            0:10  pile/outlet-01   bike=1200W
            5:00  pile             reboot=60s
            5:00  box              dies
            6:00  box              starts
        """,
        lasts="8:00",
        expects=(
            Expect(stages=(*RUN, "interrupted", "ended", "settled"), reason="power-fail", side="grid", wh=(96, 4)),
        ),
    ),
    Case(
        name="pile-silent-and-back",
        en="The pile is silent for two minutes with the outlet open by its own watchdog: resumed, nothing lost",
        zh="充电桩失联两分钟，其看门狗断开插口：恢复后继续，电量不丢失",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            4:00  pile             silent,for=120s
            10:00 pile/outlet-01   plug-out
        """,
        lasts="12:00",
        alarms=("silent", "sight-lost"),
        expects=(
            Expect(
                stages=(
                    *RUN,
                    "interrupted",
                    "resuming",
                    "interrupted",
                    "resuming",
                    "waiting-plug",
                    "charging",
                    *BACK_UNPLUGGED,
                ),
                reason="unplugged",
                side="user",
                wh=(166, 12),
            ),
        ),
    ),
    Case(
        name="pile-silent-for-good",
        en="The pile does not come back within five minutes: the order ends, the facility answers for it",
        zh="充电桩五分钟内未恢复：订单结束，责任方为设施方",
        more=charging("away_s: 300"),
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            4:00  pile             silent
        """,
        lasts="11:00",
        alarms=("silent", "sight-lost"),
        expects=(
            Expect(stages=(*RUN, "interrupted", "ended", "settled"), reason="device-lost", side="facility", wh=(76, 4)),
        ),
        unseen_wh=(10.0, 4.0),
    ),
    Case(
        name="field-restarts",
        en="The process that owns the lines dies and is back after two seconds: the charge does not notice",
        zh="掌管串口的进程崩溃，两秒后恢复：充电不受影响",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            4:00  field            dies
            4:02  field            starts
            8:00  pile/outlet-01   plug-out
        """,
        lasts="10:00",
        expects=(Expect(stages=(*RUN, "unplugged", "ended", "settled"), reason="unplugged", side="user", wh=(156, 4)),),
    ),
    Case(
        name="edge-away-during-the-charge",
        en="The process that knows orders is away for four minutes: the outlet stays on, all energy is on the receipt",
        zh="掌管订单的进程离线四分钟：插口保持通电，全部电量计入账单",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            3:00  edge             dies
            7:00  edge             starts
            10:00 pile/outlet-01   plug-out
        """,
        lasts="12:00",
        expects=(Expect(stages=(*RUN, "unplugged", "ended", "settled"), reason="unplugged", side="user", wh=(196, 4)),),
    ),
    Case(
        name="edge-away-at-the-end",
        en="The charge reaches its 100 Wh while edge is away: OFF by field, and the receipt has them when edge is back",
        zh="edge 离线期间达到 100 Wh：由 field 断电，edge 恢复后账单包含全部电量",
        more=charging("occupied_s: 0"),
        script="""
            0:00  cloud            start o-1 max_wh=100
            0:10  pile/outlet-01   bike=1200W
            3:00  edge             dies
            8:00  edge             starts
        """,
        lasts="10:00",
        expects=(Expect(stages=(*RUN, "ended", "settled"), reason="set-limit", side="user", wh=(101, 3)),),
    ),
    Case(
        name="cloud-away",
        en="The cloud is away for ten minutes and this order does not want to run without it",
        zh="与云端断开十分钟，而该订单要求无云端时停止",
        more="charging: {tariff: plain, most_mil: 5000, occupied_s: 0, cloud_away_s: 300}",
        script="""
            0:00  cloud            start o-1 on_cloud_loss=end
            0:10  pile/outlet-01   bike=1200W
            1:00  cloud            is away
            11:00 cloud            is back
        """,
        lasts="11:30",
        expects=(Expect(stages=(*RUN, "ended", "settled"), reason="cloud-lost", side="facility", wh=(116, 4)),),
    ),
)
