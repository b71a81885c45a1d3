"""How charges end by themselves: full, unplugged, nothing there, everything used up."""
# ruff: noqa: RUF001 - Chinese punctuation is meant

from tests.cases.case import Case, Expect

RUN = ("accepted", "waiting-plug", "charging")
TARIFF = "charging: {tariff: plain, most_mil: 5000}"


def charging(more: str) -> str:
    """Return what the site says of charges besides its tariff."""
    return f"charging: {{tariff: plain, most_mil: 5000, {more}}}"


ENDS = (
    Case(
        name="full",
        en="Full by the gateway's own rule; two minutes of float, then OFF; the plug stays in a while",
        zh="按网关自身规则判满；浮充两分钟后断电；插头又留了一会儿",
        more=charging("float_s: 120"),
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W,left=4min
            18:00 pile/outlet-01   plug-out
        """,
        lasts="18:30",
        expects=(
            Expect(stages=(*RUN, "full", "ended", "occupied", "settled"), reason="full", side="user", wh=(94, 3)),
        ),
    ),
    Case(
        name="full-ap3000",
        en="Full by the AP3000's rule: below a fifth of the charging power for half an hour",
        zh="按 AP3000 规则判满：功率低于充电功率的五分之一达半小时",
        more=charging("rules: ap3000, float_s: 300, occupied_s: 0"),
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=600W,left=5min,float=100W
        """,
        lasts="45:00",
        site="slow_shed.yaml",
        tick_s=2.0,
        expects=(Expect(stages=(*RUN, "full", "ended", "settled"), reason="full", side="user", wh=(119, 5)),),
    ),
    Case(
        name="full-x10p",
        en="Full by the X10P's rule: below 45 W and steady within 6 W for 45 minutes; OFF at once",
        zh="按 X10P 规则判满：低于 45 W 且波动不超过 6 W 达 45 分钟；立即断电",
        more=charging("rules: x10p, occupied_s: 0"),
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=300W,left=5min,float=40W
        """,
        lasts="57:00",
        site="slow_shed.yaml",
        tick_s=2.0,
        expects=(Expect(stages=(*RUN, "full", "ended", "settled"), reason="full", side="user", wh=(60, 5)),),
    ),
    Case(
        name="full-juy",
        en="Full by the JUY's rule: below 15 W for two hours; OFF at once",
        zh="按 JUY 规则判满：低于 15 W 达两小时；立即断电",
        more=charging("rules: juy, occupied_s: 0"),
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=300W,left=5min,float=13W
        """,
        lasts="2:13:00",
        site="slow_shed.yaml",
        tick_s=2.0,
        expects=(Expect(stages=(*RUN, "full", "ended", "settled"), reason="full", side="user", wh=(55, 6)),),
    ),
    Case(
        name="float-and-on",
        en="After full the battery draws again: the charge goes on, and ends when the plug is pulled",
        zh="判满后电池再次取电：继续充电，拔出插头时结束",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=600W,left=4min
            14:00 pile/outlet-01   splitter=500W,left=4min
            16:30 pile/outlet-01   plug-out
        """,
        lasts="18:15",
        expects=(
            Expect(
                stages=(*RUN, "full", "charging-again", "unplugged", "ended", "settled"),
                reason="unplugged",
                side="user",
                wh=(68, 4),
            ),
        ),
    ),
    Case(
        name="charger-cuts-off",
        en="The charger switches itself off after a long taper: that is full, not unplugged",
        zh="充电器在长时间降流后自行关断：判为充满，而不是拔出",
        more=charging("occupied_s: 0"),
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=600W,left=3min,float=100W
            16:00 pile/outlet-01   bike=0W
        """,
        lasts="19:00",
        expects=(Expect(stages=(*RUN, "unplugged", "ended", "settled"), reason="full", side="user", wh=(56, 4)),),
    ),
    Case(
        name="unplugged",
        en="The plug is pulled and does not come back",
        zh="插头被拔出，没有再插回",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            10:00 pile/outlet-01   plug-out
        """,
        lasts="12:30",
        expects=(Expect(stages=(*RUN, "unplugged", "ended", "settled"), reason="unplugged", side="user", wh=(196, 2)),),
    ),
    Case(
        name="plugged-in-again",
        en="Pulled by mistake and back within the minute: the same charge goes on",
        zh="误拔后一分钟内插回：同一订单继续充电",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            5:00  pile/outlet-01   plug-out
            5:20  pile/outlet-01   bike=1200W
            9:00  pile/outlet-01   plug-out
        """,
        lasts="11:30",
        expects=(
            Expect(
                stages=(*RUN, "unplugged", "replugged", "unplugged", "ended", "settled"),
                reason="unplugged",
                side="user",
                wh=(159, 4),
                loss_wh=(10, 4),
            ),
        ),
        unseen_wh=(0.0, 3.0),
    ),
    Case(
        name="second-bike",
        en="Another bike in the replug window: OFF, and the stranger's energy is nobody's bill",
        zh="拔出等待期内插入另一辆车：断电，陌生负载的电量不计入任何人账单",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=400W
            8:00  pile/outlet-01   plug-out
            8:20  pile/outlet-01   bike=1200W
        """,
        lasts="10:30",
        expects=(
            Expect(
                stages=(*RUN, "unplugged", "ended", "settled"),
                reason="second-load",
                side="user",
                wh=(52, 2),
                loss_wh=(8, 4),
            ),
        ),
    ),
    Case(
        name="splitter",
        en="A second charger on a splitter during the charge: an event, and the charge goes on",
        zh="充电中用分线器接入第二个充电器：记为事件，充电继续",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=400W
            7:00  pile/outlet-01   splitter=400W
            11:00 pile/outlet-01   plug-out
        """,
        lasts="13:00",
        expects=(
            Expect(
                stages=(*RUN, "power-step", "unplugged", "ended", "settled"),
                reason="unplugged",
                side="user",
                wh=(99, 2),
            ),
        ),
    ),
    Case(
        name="nobody-plugs-in",
        en="Nobody plugs in within two minutes: nothing to pay",
        zh="两分钟内无人插入：不收费",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1
        """,
        lasts="4:00",
        expects=(
            Expect(
                stages=("accepted", "waiting-plug", "ended", "settled"),
                reason="no-load",
                side="user",
                wh=(0, 0),
                amount_mil=(0, 0),
            ),
        ),
    ),
    Case(
        name="late-start",
        en="Charger and battery recognise each other for three minutes first (GB 43854): the plug is in, so it is waited",
        zh="充电器与电池先识别三分钟（GB 43854）：插头已插入，因此继续等待",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W,waits=180s
            8:00  pile/outlet-01   plug-out
        """,
        lasts="10:00",
        expects=(Expect(stages=(*RUN, "unplugged", "ended", "settled"), reason="unplugged", side="user", wh=(93, 3)),),
    ),
    Case(
        name="plugged-but-dead",
        en="A plug is in, nothing is drawn for five minutes: nothing to pay",
        zh="插头已插入，五分钟内没有取电：不收费",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=0W,float=0W
        """,
        lasts="7:00",
        expects=(
            Expect(
                stages=("accepted", "waiting-plug", "ended", "settled"),
                reason="no-load",
                side="user",
                wh=(0, 0),
                amount_mil=(0, 0),
            ),
        ),
    ),
    Case(
        name="never-a-real-load",
        en="Something draws 12 W and never more than 30 W in half an hour: no load",
        zh="半小时内始终只有 12 W、从未超过 30 W：视为无负载",
        more=charging("occupied_s: 0"),
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=12W
        """,
        lasts="32:00",
        site="slow_shed.yaml",
        tick_s=2.0,
        expects=(Expect(stages=(*RUN, "ended", "settled"), reason="no-load", side="user", wh=(6, 1)),),
    ),
)
