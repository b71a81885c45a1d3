"""Charges whose energy register does not simply count: reset, roll-over, another meter, a wild value."""
# ruff: noqa: RUF001 - Chinese punctuation is meant

from tests.cases.case import Case, Expect
from tests.cases.ends_of_charges import RUN, TARIFF

SETTLED = (*RUN, "unplugged", "ended", "settled")

METER = (
    Case(
        name="register-reset",
        en="The energy register falls to 0 during the charge: two segments and a gap, nothing negative",
        zh="充电中电量寄存器归零：分为两段并标记缺口，绝不出现负值",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            5:00  pile/outlet-01   register=0Wh
            10:00 pile/outlet-01   plug-out
        """,
        lasts="12:00",
        expects=(Expect(stages=SETTLED, reason="unplugged", side="user", wh=(193, 5)),),
        unseen_wh=(2.0, 3.0),
    ),
    Case(
        name="register-rolls-over",
        en="The register of 32 bits rolls over during the charge: the energy goes on",
        zh="32 位寄存器在充电中翻转：电量连续计算",
        more=TARIFF,
        script="""
            0:00  pile/outlet-01   register=4294967250Wh
            0:20  cloud            start o-1
            0:30  pile/outlet-01   bike=1200W
            10:00 pile/outlet-01   plug-out
        """,
        lasts="12:00",
        expects=(Expect(stages=SETTLED, reason="unplugged", side="user", wh=(190, 2)),),
    ),
    Case(
        name="meter-swapped",
        en="Another meter with a far higher register: a new segment and a gap, not a bill of megawatt-hours",
        zh="更换电表，寄存器读数高得多：新的分段并标记缺口，而不是天价账单",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            5:00  pile/outlet-01   register=3000000Wh
            10:00 pile/outlet-01   plug-out
        """,
        lasts="12:00",
        expects=(Expect(stages=SETTLED, reason="unplugged", side="user", wh=(193, 5)),),
        unseen_wh=(2.0, 3.0),
    ),
    Case(
        name="wild-reading",
        en="One wild reading of the register: neither billed nor is anything lost",
        zh="寄存器出现一次异常读数：不计费，也不丢失电量",
        more=TARIFF,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            5:00  pile/outlet-01   wild=3000000Wh,for=8s
            10:00 pile/outlet-01   plug-out
        """,
        lasts="12:00",
        expects=(Expect(stages=SETTLED, reason="unplugged", side="user", wh=(196, 3)),),
    ),
)
