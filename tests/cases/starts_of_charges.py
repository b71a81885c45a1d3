"""How charges start, or do not: refusals, starts that were refused and carried out, outlets that are on by themselves."""
# ruff: noqa: RUF001 - Chinese punctuation is meant

from tests.cases.case import Case, Expect
from tests.cases.ends_of_charges import RUN, TARIFF

NOTHING = ("accepted", "settled")

STARTS = (
    Case(
        name="senseless-starts",
        en="No ceiling, too little money, a tariff that nobody knows, too late, no such outlet: no order, and why",
        zh="没有上限、金额太小、未知费率、已过期、没有这个插口：不产生订单，并说明原因",
        more="charging: {tariff: plain}",
        script="""
            0:00  cloud  start o-1
            0:02  cloud  start o-2 amount_mil=5
            0:04  cloud  start o-3 amount_mil=5000 tariff=other/1
            0:06  cloud  start o-4 amount_mil=5000 valid_until=1
            0:08  cloud  start o-5 amount_mil=5000 at=pile/outlet-09
        """,
        lasts="0:20",
        answers=(
            "refused no-ceiling",
            "refused amount-too-small",
            "refused unknown-tariff",
            "refused expired",
            "refused unknown-outlet",
        ),
        expects=(),
    ),
    Case(
        name="outlet-busy",
        en="A second start on an outlet that charges: refused; the first charge does not notice",
        zh="对正在充电的插口再次启动：拒绝；原订单不受影响",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            2:00  cloud            start o-2
            2:10  cloud            start o-1
            5:00  pile/outlet-01   plug-out
        """,
        lasts="7:00",
        answers=("refused outlet-busy", "done already-running"),
        expects=(Expect(stages=(*RUN, "unplugged", "ended", "settled"), reason="unplugged", side="user", wh=(96, 3)),),
    ),
    Case(
        name="start-refused",
        en="The pile refuses the start: settled at nothing",
        zh="充电桩拒绝启动：按零元结算",
        more=TARIFF,
        script="""
            0:00  pile/outlet-01   bike=1200W
            0:10  pile             refuse=4,times=9
            0:10  cloud            start o-1
        """,
        lasts="1:30",
        expects=(
            Expect(
                stages=("accepted", "ended", "settled"),
                reason="start-refused",
                side="facility",
                wh=(0, 0),
                amount_mil=(0, 0),
            ),
        ),
    ),
    Case(
        name="refused-yet-executed",
        en="The pile refuses the start and carries it out all the same: OFF at once, verified, settled at nothing",
        zh="充电桩回复拒绝却仍然执行：立即断电并确认，按零元结算",
        more=TARIFF,
        script="""
            0:00  pile/outlet-01   bike=1200W
            0:10  pile             deny=4,times=2
            0:10  cloud            start o-1
        """,
        lasts="1:00",
        expects=(
            Expect(
                stages=("accepted", "ended", "settled"),
                reason="start-refused",
                side="facility",
                wh=(0, 0),
                amount_mil=(0, 0),
            ),
        ),
    ),
    Case(
        name="no-answer",
        en="The pile is silent when it is to start: settled at nothing, and it is off when it is back",
        zh="启动时充电桩无响应：按零元结算，恢复后保持断电",
        more=TARIFF,
        script="""
            0:00  pile/outlet-01   bike=1200W
            0:10  pile             silent,for=40s
            0:10  cloud            start o-1
        """,
        lasts="2:00",
        alarms=("silent", "sight-lost"),
        tick_s=0.1,
        expects=(
            Expect(
                stages=("accepted", "ended", "settled"),
                reason="start-refused",
                side="facility",
                wh=(0, 0),
                amount_mil=(0, 0),
            ),
        ),
        unseen_wh=(0.0, 5.0),
    ),
    Case(
        name="switched-on-by-hand",
        en="An outlet is on without an order: recorded, alarmed, opened after ten seconds; nobody pays",
        zh="插口无订单却通电：记录、报警，十秒后断开；无人付费",
        more=TARIFF,
        script="""
            0:00  pile/outlet-01   bike=1200W
            0:14  pile/outlet-01   local-start
        """,
        lasts="1:30",
        alarms=("on-without-grant", "energy-without-order"),
        orphan=("orphan-seen", "orphan-opened", "orphan-ended"),
        expects=(),
        unseen_wh=(0.0, 4.0),
    ),
    Case(
        name="next-order-while-occupied",
        en="The plug stays in after the limit; the next order on the outlet ends the counting",
        zh="达到上限后插头未拔；同一插口的下一订单终止占位计时",
        more="charging: {tariff: occupied, most_mil: 5000}",
        script="""
            0:00  cloud            start o-1 max_wh=50
            0:10  pile/outlet-01   bike=1200W
            9:00  cloud            start o-2 max_wh=50
        """,
        lasts="13:00",
        expects=(
            Expect(stages=(*RUN, "ended", "occupied", "settled"), reason="set-limit", side="user", wh=(51, 2)),
            Expect(
                order="o-2",
                stages=(*RUN, "ended", "occupied"),
                reason="set-limit",
                side="user",
                wh=(51, 2),
            ),
        ),
    ),
)
