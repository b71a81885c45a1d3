"""Charges at piles with a mind of their own: they meter, limit, end and settle by themselves."""
# ruff: noqa: RUF001 - Chinese punctuation is meant

from tests.cases.case import Case, Expect

OWN = ("accepted", "charging", "ended", "device-settlement", "settled")


def settled_by(whom: str) -> str:
    """Return what the site says of charges where this side's total is the bill."""
    return f"charging: {{tariff: plain, most_mil: 5000, occupied_s: 0, settler: {whom}}}"


OWN_MINDS = (
    Case(
        name="pile-settles",
        en="An AP3000 notices the unplugging and settles: its 120 Wh are the bill, ours are compared",
        zh="AP3000 自行发现拔出并结算：以其 120 Wh 为账单，网关的数据用于比对",
        site="ap3000.yaml",
        more=settled_by("pile"),
        script="""
            0:00  pile/outlet-01   bike=600W
            0:05  cloud            start o-1
            12:00 pile/outlet-01   plug-out
        """,
        lasts="13:00",
        expects=(Expect(stages=OWN, reason="unplugged", side="user", wh=(120, 0)),),
    ),
    Case(
        name="gateway-settles",
        en="The same with our total as the bill: what the pile told last, five minutes apart, to the user's favour",
        zh="同上，但以网关数据为账单：即充电桩每五分钟上报的最后一次数据，对用户有利",
        site="ap3000.yaml",
        more=settled_by("gateway"),
        script="""
            0:00  pile/outlet-01   bike=600W
            0:05  cloud            start o-1
            12:00 pile/outlet-01   plug-out
        """,
        lasts="13:00",
        expects=(Expect(stages=OWN, reason="unplugged", side="user", wh=(100, 0)),),
        unseen_wh=(19.0, 1.0),
    ),
    Case(
        name="pile-stopped-by-the-gateway",
        en="Six minutes were asked for at an AP3000: the gateway cuts, the pile settles",
        zh="在 AP3000 上申请六分钟：由网关断电，充电桩结算",
        site="ap3000.yaml",
        more=settled_by("pile"),
        script="""
            0:00  pile/outlet-01   bike=600W
            0:05  cloud            start o-1 max_s=360
        """,
        lasts="8:00",
        expects=(
            Expect(
                stages=OWN,
                reason="max-time",
                side="user",
                wh=(60, 10),
            ),
        ),
        unseen_wh=(0.0, 10.0),
    ),
    Case(
        name="pile-resumes-by-itself",
        en="An AP3000 loses its power for a minute and goes on by itself: one order, one receipt; both totals differ, which is told",
        zh="AP3000 停电一分钟后自行恢复：同一订单，一张账单；两边总量不一致，予以上报",
        site="ap3000.yaml",
        more=settled_by("pile"),
        script="""
            0:00  pile/outlet-01   bike=600W
            0:05  cloud            start o-1
            6:00  pile             reboot=60s
            14:00 pile/outlet-01   plug-out
        """,
        lasts="15:30",
        expects=(
            Expect(stages=(*OWN[:-1], "totals-differ", "settled"), reason="unplugged", side="user", wh=(130, 10)),
        ),
        unseen_wh=(0.0, 10.0),
    ),
    Case(
        name="settled-twice",
        en="An AP3000 sends its settlement a second time: known by its number and its words, billed once",
        zh="AP3000 重复发送同一结算：按订单号与内容识别，只计一次",
        site="ap3000.yaml",
        more=settled_by("pile"),
        script="""
            0:00  pile/outlet-01   bike=600W
            0:05  cloud            start o-1
            6:05  pile/outlet-01   plug-out
            6:40  pile/outlet-01   settled-again=60Wh
            7:00  pile/outlet-01   settled-again=60Wh
        """,
        lasts="7:30",
        expects=(Expect(stages=OWN, reason="unplugged", side="user", wh=(60, 0)),),
        unseen_wh=(0.0, 10.0),
    ),
    Case(
        name="settled-otherwise",
        en="An AP3000 settles the same number again with other words, after the receipt: an alarm, the receipt stays",
        zh="AP3000 出账后对同一订单号再发内容不同的结算：报警，账单不变",
        site="ap3000.yaml",
        more=settled_by("pile"),
        script="""
            0:00  pile/outlet-01   bike=600W
            0:05  cloud            start o-1
            6:05  pile/outlet-01   plug-out
            7:00  pile/outlet-01   settled-again=90Wh
        """,
        lasts="7:40",
        alarms=("settlement-corrected",),
        expects=(Expect(stages=(*OWN, "settlement-corrected"), reason="unplugged", side="user", wh=(60, 0)),),
        unseen_wh=(0.0, 10.0),
    ),
    Case(
        name="pile-in-1970",
        en="An AP3000 loses its power, begins at 1970 while nobody is there to tell it the time, and settles: one receipt",
        zh="AP3000 断电后时钟从 1970 年开始，期间无人校时即结算：一张账单",
        site="ap3000.yaml",
        more=settled_by("pile"),
        script="""
            0:00  pile/outlet-01   bike=600W
            0:05  cloud            start o-1
            5:30  field            dies
            5:30  pile             reboot=20s
            6:30  pile/outlet-01   plug-out
            7:00  field            starts
        """,
        lasts="7:50",
        alarms=("time-not-told",),
        expects=(
            Expect(
                stages=("accepted", "charging", "interrupted", "resumed", *OWN[2:]),
                reason="unplugged",
                side="user",
                wh=(60, 10),
            ),
        ),
        unseen_wh=(0.0, 10.0),
    ),
    Case(
        name="two-numbers",
        en="An AP3000 settles at a power cut; the gateway starts anew under a second number: two settlements, one receipt",
        zh="AP3000 停电即结算；网关以第二个订单号重新启动：两次结算，一张账单",
        site="ap3000.yaml",
        more="charging: {tariff: plain, most_mil: 5000, occupied_s: 0, settler: pile, resumes: gateway}",
        script="""
            0:00  pile/outlet-01   bike=600W
            0:05  cloud            start o-1
            5:30  pile             reboot=60s
            5:30  pile/outlet-01   gives-up
            5:30  box              dies
            6:40  box              starts
            13:00 pile/outlet-01   plug-out
        """,
        lasts="14:00",
        alarms=("time-not-told",),
        expects=(
            Expect(
                stages=(
                    *("accepted", "charging", "interrupted", "resuming", "device-settlement", "charging"),
                    *(*OWN[2:-1], "totals-differ", "settled"),
                ),
                reason="unplugged",
                side="user",
                wh=(110, 0),
            ),
        ),
        unseen_wh=(0.0, 10.0),
    ),
    Case(
        name="watts-overload",
        en="Too many watts at a DianChuan board: 16 A at 220 V are 3520 W, above the 10 A of its pick-up",
        zh="DianChuan 充电板功率过大：220 V 下 16 A 即 3520 W，超过启动值 10 A",
        site="board.yaml",
        more="charging: {tariff: by-time, most_mil: 5000, occupied_s: 0}",
        script="""
            0:00  cloud            start o-1 max_s=300
            0:10  pile/outlet-01   bike=600W
            1:00  pile/outlet-01   overload=16A
        """,
        lasts="2:30",
        alarms=("locked-out",),
        expects=(
            Expect(
                stages=("accepted", "waiting-plug", "charging", "ended", "settled"), reason="overcurrent", side="safety"
            ),
        ),
        unseen_wh=(0.0, 60.0),
    ),
    Case(
        name="watts-only",
        en="A DianChuan board tells watts and no current: charged by time, cut by the gateway after two minutes",
        zh="DianChuan 充电板只上报功率而无电流：按时长计费，两分钟后由网关断电",
        site="board.yaml",
        more="charging: {tariff: by-time, most_mil: 5000, occupied_s: 0}",
        script="""
            0:00  cloud            start o-1 max_s=120
            0:10  pile/outlet-01   bike=600W
        """,
        lasts="3:30",
        expects=(
            Expect(stages=("accepted", "waiting-plug", "charging", "ended", "settled"), reason="max-time", side="user"),
        ),
        unseen_wh=(20.0, 3.0),
    ),
)
