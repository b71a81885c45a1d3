"""Deliveries at a station that is played with, or crowded, and collections against the weight of the container."""
# ruff: noqa: RUF001 - Chinese punctuation is meant

from __future__ import annotations

from tests.cases.case import Expect
from tests.cases.deposits import BEGUN, DOUBTFUL, RECORDED, deposit

WATCHED_DEPOSITS = (
    deposit(
        name="cool-down",
        en="The same resident again after fifteen seconds: refused; after a minute: as ever",
        zh="同一居民十五秒后再次投放：拒绝；一分钟后照常",
        script="""
            0:00  doors/outlet-01  throws=1kg
            0:00  cloud            deposit d-1 user_ref=u identity=card
            0:35  cloud            deposit d-2 user_ref=u identity=card
            0:37  doors/outlet-02  throws=1kg
            0:37  cloud            deposit d-3 user_ref=v identity=card at=kitchen
            1:25  doors/outlet-01  throws=2kg
            1:25  cloud            deposit d-4 user_ref=u identity=card
        """,
        lasts="2:00",
        answers=("refused cool-down",),
        expects=(
            Expect(order="d-1", stages=RECORDED, net_g=(1000, 20)),
            Expect(order="d-3", stages=RECORDED, net_g=(1000, 20)),
            Expect(order="d-4", stages=RECORDED, net_g=(2000, 20)),
        ),
    ),
    deposit(
        name="two-doors",
        en="Two residents at two doors at once: each gets what is his; one resident at two doors: refused",
        zh="两位居民同时使用两个投口：各计各的；一位居民同时使用两个投口：拒绝",
        script="""
            0:00  doors/outlet-01  throws=1kg
            0:00  cloud            deposit d-1 user_ref=u identity=card
            0:01  doors/outlet-02  throws=3kg
            0:01  cloud            deposit d-2 user_ref=v identity=card at=kitchen
            0:35  doors/outlet-01  throws=1kg
            0:35  cloud            deposit d-3 user_ref=w identity=card
            0:36  cloud            deposit d-4 user_ref=w identity=card at=kitchen
        """,
        lasts="1:10",
        answers=("refused one-at-a-time",),
        expects=(
            Expect(order="d-1", stages=RECORDED, net_g=(1000, 20)),
            Expect(order="d-2", stages=RECORDED, net_g=(3000, 20), points=150),
            Expect(order="d-3", stages=RECORDED, net_g=(1000, 20)),
        ),
    ),
    deposit(
        name="stands-on-the-scale",
        en="Somebody stands on the scale as the bin is weighed before, and steps off: a person has to look",
        zh="投放前称重时有人站在秤上，随后离开：转人工",
        script="""
            0:00  doors/outlet-01  leans=60kg,for=6s
            0:00  doors/outlet-01  throws=1kg
            0:00  cloud            deposit d-1 user_ref=u identity=card
        """,
        lasts="0:40",
        uncounted_g=(("bin", 1000),),
        expects=(Expect(order="d-1", stages=DOUBTFUL, word=("negative-weight",)),),
    ),
    deposit(
        name="never-at-rest",
        en="Somebody keeps on rocking the bin: a weight that is never at rest is for a person",
        zh="有人不停摇晃垃圾桶：重量始终不稳定，转人工",
        script="""
            0:00  doors/outlet-01  throws=1kg
            0:00  cloud            deposit d-1 user_ref=u identity=card
            0:08  scale-1          vibration=2kg
        """,
        lasts="0:50",
        uncounted_g=(("bin", 1000),),
        expects=(Expect(order="d-1", stages=(*BEGUN, "weighing", "review"), word=("unstable-weight",)),),
    ),
    deposit(
        name="hand-stays-in-the-door",
        en="A hand that stays: the door gives way again and again and stands still, a person has to look",
        zh="手一直不离开：投口反复退让后停住，转人工",
        script="""
            0:00  doors/outlet-01  reaches-in=240s,throws=1kg
            0:00  cloud            deposit d-1 user_ref=u identity=card
        """,
        lasts="4:10",
        alarms=("door-jammed",),
        uncounted_g=(("bin", 1000),),
        expects=(Expect(order="d-1", stages=(*BEGUN, "closing", "review"), word=("door-jammed",)),),
    ),
    deposit(
        name="collected-against-the-tare",
        en="A container of 12 kg: staff leaves 3 of 5 kg in it, which is an alarm until the rest is taken away too",
        zh="容器自重 12 千克：员工只清走 5 千克中的 2 千克，报警，直到余下的也清走",
        before="""
            0:00  scale-2          load=12kg
        """,
        script="""
            0:00  doors/outlet-02  throws=5kg
            0:00  cloud            deposit d-1 user_ref=u identity=card at=kitchen
            0:35  doors/outlet-02  throws=0kg,out=2kg
            0:35  cloud            collection k-1 user_ref=staff-7 at=kitchen
            1:10  doors/outlet-02  throws=0kg,out=3kg
            1:10  cloud            collection k-2 user_ref=staff-7 at=kitchen
        """,
        lasts="1:45",
        alarms=("not-emptied",),
        expects=(
            Expect(order="d-1", stages=RECORDED, net_g=(5000, 20)),
            Expect(order="k-1", stages=RECORDED),
            Expect(order="k-2", stages=RECORDED),
        ),
    ),
)
