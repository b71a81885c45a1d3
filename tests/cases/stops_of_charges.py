"""Who and what stops a charge: limits, the cloud, hands at the pile, protection."""
# ruff: noqa: RUF001 - Chinese punctuation is meant

from tests.cases.case import Case, Expect
from tests.cases.ends_of_charges import RUN, TARIFF, charging

CUT = (*RUN, "ended", "settled")
NO_WAIT = charging("occupied_s: 0")

STOPS = (
    Case(
        name="energy-limit",
        en="100 Wh were asked for: OFF there; the plug stays in for five minutes",
        zh="申请 100 Wh：到量断电；插头又留了五分钟",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1 max_wh=100
            0:10  pile/outlet-01   bike=1200W
            10:30 pile/outlet-01   plug-out
        """,
        lasts="11:30",
        expects=(Expect(stages=(*RUN, "ended", "occupied", "settled"), reason="set-limit", side="user", wh=(101, 2)),),
    ),
    Case(
        name="money-used-up",
        en="0.10 yuan were paid: OFF when they are used up, and never more than that on the receipt",
        zh="预付 0.10 元：用完断电，账单绝不超过该金额",
        more=NO_WAIT,
        script="""
            0:00  cloud            start o-1 amount_mil=100
            0:10  pile/outlet-01   bike=1200W
        """,
        lasts="9:00",
        expects=(Expect(stages=CUT, reason="prepaid-used", side="user", wh=(104, 4), amount_mil=(100, 0)),),
    ),
    Case(
        name="time-limit",
        en="Five minutes were asked for: OFF by the gateway",
        zh="申请五分钟：由网关断电",
        more=NO_WAIT,
        script="""
            0:00  cloud            start o-1 max_s=300
            0:10  pile/outlet-01   bike=1200W
        """,
        lasts="8:00",
        expects=(Expect(stages=CUT, reason="max-time", side="user", wh=(100, 3)),),
    ),
    Case(
        name="time-limit-of-the-site",
        en="Nobody asked for a limit and the pile has none: the site allows five minutes, and the gateway cuts",
        zh="订单未设上限，充电桩自身也没有：站点只允许五分钟，由网关断电",
        more=charging("longest_s: 300, occupied_s: 0"),
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
        """,
        lasts="7:00",
        expects=(Expect(stages=CUT, reason="max-time", side="user", wh=(97, 3)),),
    ),
    Case(
        name="stopped-by-the-cloud",
        en="The platform stops the charge; a stop that names another order does nothing",
        zh="平台停止充电；指定其他订单的停止命令不起作用",
        more=NO_WAIT,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            3:00  cloud            stop o-7
            5:00  cloud            stop o-1
        """,
        lasts="6:30",
        expects=(Expect(stages=CUT, reason="platform", side="facility", wh=(96, 3)),),
    ),
    Case(
        name="stopped-at-the-pile",
        en="Somebody stops at the pile itself",
        zh="有人在充电桩上直接停止",
        more=NO_WAIT,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            5:00  pile/outlet-01   local-stop
        """,
        lasts="6:30",
        expects=(Expect(stages=CUT, reason="device-stopped", side="facility", wh=(96, 3)),),
    ),
    Case(
        name="everything-off",
        en="The operator presses everything off",
        zh="运营方按下全部断电",
        more=NO_WAIT,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            5:00  cloud            safety-off at=*
        """,
        lasts="6:30",
        expects=(Expect(stages=CUT, reason="safety-off", side="safety", wh=(96, 3)),),
    ),
    Case(
        name="overcurrent",
        en="16 A flow where 10 are allowed: protection opens, the outlet is latched, the next start is refused",
        zh="允许 10 A 却流过 16 A：保护断开，插口闭锁，下一次启动被拒绝",
        more=NO_WAIT,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            5:00  pile/outlet-01   overload=16A
            6:00  cloud            start o-2
        """,
        lasts="7:00",
        alarms=("locked-out",),
        answers=("refused latched until reset: definite-time",),
        expects=(Expect(stages=CUT, reason="overcurrent", side="safety", wh=(100, 6)),),
    ),
    Case(
        name="too-much-power",
        en="600 W were asked for at most, 1,200 W are drawn: the load is rejected",
        zh="申请最大 600 W，实际 1,200 W：拒绝该负载",
        more=NO_WAIT,
        script="""
            0:00  cloud            start o-1 max_w=600
            0:10  pile/outlet-01   bike=400W
            5:00  pile/outlet-01   splitter=800W
        """,
        lasts="6:30",
        alarms=("rejected",),
        expects=(Expect(stages=CUT, reason="over-power", side="user", wh=(35, 6)),),
    ),
    Case(
        name="hot-socket",
        en="The socket is 95 °C hot: OFF, latched",
        zh="插座温度达 95 °C：断电并闭锁",
        more=NO_WAIT,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            5:00  pile/outlet-01   temperature=95C
        """,
        lasts="7:00",
        alarms=("over-temperature", "locked-out"),
        expects=(Expect(stages=CUT, reason="over-temperature", side="safety", wh=(98, 5)),),
    ),
    Case(
        name="smoke",
        en="Smoke in the pile: everything it feeds is off",
        zh="充电桩内有烟：其所有插口断电",
        more=NO_WAIT,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            5:00  pile             smoke
        """,
        lasts="7:00",
        alarms=("smoke", "locked-out"),
        expects=(Expect(stages=CUT, reason="smoke-fire", side="safety", wh=(98, 5)),),
    ),
    Case(
        name="over-voltage",
        en="280 V on the line: OFF, and the grid answers for it",
        zh="电压 280 V：断电，责任方为电网",
        more=NO_WAIT,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            5:00  pile             voltage=280V
        """,
        lasts="7:00",
        expects=(Expect(stages=CUT, reason="over-voltage", side="grid", wh=(98, 5)),),
    ),
    Case(
        name="welded",
        en="The relay is welded and charges on after the OFF: alarm, latch, the next start is refused; what flows then is a loss",
        zh="继电器粘连，断电后仍在供电：报警、闭锁，下一次启动被拒绝；之后的电量记为损失",
        more=NO_WAIT,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            3:00  pile/outlet-01   welded
            5:00  cloud            stop o-1
            7:00  cloud            start o-2
        """,
        lasts="8:15",
        alarms=("weld", "on-without-grant", "energy-without-order", "locked-out"),
        answers=("refused latched until reset: weld",),
        unseen_wh=(10.0, 10.0),  # a loss is told once a minute
        orphan=("orphan-seen", "orphan-opened"),
        expects=(Expect(stages=CUT, reason="platform", side="facility", wh=(95, 5)),),
    ),
)
