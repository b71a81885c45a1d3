"""Deliveries into weighing bins, and their collection."""
# ruff: noqa: RUF001 - Chinese punctuation is meant

from __future__ import annotations

from functools import partial

from tests.cases.case import Case, Expect, Kind

deposit = partial(Case, kind=Kind.DEPOSIT, site="bins.yaml", tick_s=0.5)

BEGUN = ("accepted", "taring", "opening", "open")
RECORDED = (*BEGUN, "weighing", "confirming", "recorded")
DOUBTFUL = (*BEGUN, "weighing", "confirming", "review")

DEPOSITS = (
    deposit(
        name="two-kilograms",
        en="A resident throws 2 kg in: points by the rule, provisional",
        zh="居民投入 2 千克：按规则暂记积分",
        script="""
            0:00  doors/outlet-01  throws=2kg
            0:00  cloud            deposit d-1 user_ref=u identity=card
        """,
        lasts="0:40",
        expects=(Expect(order="d-1", stages=RECORDED, net_g=(2000, 20)),),
    ),
    deposit(
        name="put-in-and-taken-out",
        en="2 kg in and out again: no points",
        zh="投入 2 千克又取出：不计积分",
        script="""
            0:00  doors/outlet-01  throws=2kg,out=2kg
            0:00  cloud            deposit d-1 user_ref=u identity=card
        """,
        lasts="0:40",
        expects=(Expect(order="d-1", stages=RECORDED, net_g=(0, 20), points=0),),
    ),
    deposit(
        name="leaning-on-the-bin",
        en="1 kg in, and 20 kg of leaning while it is weighed: 1 kg counts",
        zh="投入 1 千克，称重时倚靠 20 千克：只计 1 千克",
        script="""
            0:00  doors/outlet-01  throws=1kg,leans=20kg,for=10s
            0:00  cloud            deposit d-1 user_ref=u identity=card
        """,
        lasts="1:00",
        expects=(
            Expect(
                order="d-1",
                stages=(*BEGUN, "weighing", "confirming", "weighing", "confirming", "recorded"),
                net_g=(1000, 20),
                word=("leaned-on", "taken-out"),
            ),
        ),
    ),
    deposit(
        name="lighter-than-before",
        en="The bin is lighter afterwards: a person has to look",
        zh="投放后垃圾桶比之前轻：转人工",
        script="""
            0:00  doors/outlet-01  throws=3kg
            0:00  cloud            deposit d-1 user_ref=u identity=card
            0:35  doors/outlet-01  throws=0kg,out=2kg
            0:35  cloud            deposit d-2 user_ref=v identity=card
        """,
        lasts="1:10",
        expects=(
            Expect(order="d-1", stages=RECORDED, net_g=(3000, 20)),
            Expect(order="d-2", stages=DOUBTFUL, word=("negative-weight",)),
        ),
        uncounted_g=(("bin", -2000),),
    ),
    deposit(
        name="impossible-weight",
        en="70 kg at once: more than one person can throw in, a person has to look",
        zh="一次 70 千克：超出一人可能投放的重量，转人工",
        script="""
            0:00  doors/outlet-01  throws=70kg
            0:00  cloud            deposit d-1 user_ref=u identity=card
        """,
        lasts="0:40",
        alarms=("bin-filling", "bin-full"),
        uncounted_g=(("bin", 70_000),),
        expects=(Expect(order="d-1", stages=DOUBTFUL, word=("impossible-weight",)),),
    ),
    deposit(
        name="the-same-weight-again",
        en="The same 1.5 kg three times in a row: a flag for the platform",
        zh="连续三次相同的 1.5 千克：标记并交平台判断",
        script="""
            0:00  doors/outlet-01  throws=1.5kg
            0:00  cloud            deposit d-1 user_ref=u identity=card
            1:25  doors/outlet-01  throws=1.5kg
            1:25  cloud            deposit d-2 user_ref=u identity=card
            2:50  doors/outlet-01  throws=1.5kg
            2:50  cloud            deposit d-3 user_ref=u identity=card
        """,
        lasts="3:20",
        expects=(
            Expect(order="d-1", stages=RECORDED, net_g=(1500, 20)),
            Expect(order="d-2", stages=RECORDED, net_g=(1500, 20)),
            Expect(order="d-3", stages=RECORDED, net_g=(1500, 20), word=("repeated-weight",)),
        ),
    ),
    deposit(
        name="wrong-category",
        en="The sensor sees what does not belong here: a person has to look",
        zh="传感器发现类别不符的投放物：转人工",
        script="""
            0:00  doors/outlet-01  throws-wrong=1kg
            0:00  cloud            deposit d-1 user_ref=u identity=card
        """,
        lasts="0:40",
        uncounted_g=(("bin", 1000),),
        expects=(Expect(order="d-1", stages=DOUBTFUL, word=("wrong-category",)),),
    ),
    deposit(
        name="hand-in-the-door",
        en="A hand in the closing door: the door opens again, then the delivery counts",
        zh="关门时有手伸入：投口重新打开，之后正常计入",
        script="""
            0:00  doors/outlet-01  reaches-in=8s,throws=1kg
            0:00  cloud            deposit d-1 user_ref=u identity=card
        """,
        lasts="2:00",
        expects=(Expect(order="d-1", stages=RECORDED, net_g=(1000, 20)),),
    ),
    deposit(
        name="door-jammed",
        en="The door does not open: nothing to credit",
        zh="投口打不开：不计积分",
        script="""
            0:00  doors/outlet-01  jammed
            0:00  cloud            deposit d-1 user_ref=u identity=card
        """,
        lasts="1:30",
        alarms=("door-not-opened",),
        expects=(
            Expect(
                order="d-1",
                stages=("accepted", "taring", "opening", "closing", "weighing", "confirming", "recorded"),
                net_g=(0, 20),
                points=0,
            ),
        ),
    ),
    deposit(
        name="bin-full",
        en="The bin looks 98 % full: it takes no more, the other one still does",
        zh="满溢检测显示 98 %：停止投放，另一只桶照常",
        script="""
            0:00  doors/outlet-01  level=98%
            1:00  cloud            deposit d-1 user_ref=u identity=card
            1:02  doors/outlet-02  throws=1kg
            1:02  cloud            deposit d-2 user_ref=u identity=card at=kitchen
        """,
        lasts="2:30",
        answers=("refused bin-full",),
        alarms=("bin-filling", "bin-full"),
        expects=(Expect(order="d-2", stages=RECORDED, net_g=(1000, 20), points=50),),
    ),
    deposit(
        name="overweight",
        en="120 kg on the scale of a bin for 100: the bin takes no more",
        zh="上限 100 千克的桶秤上已有 120 千克：停止投放",
        script="""
            0:00  scale-1          load=120kg
            0:20  cloud            deposit d-1 user_ref=u identity=card
        """,
        lasts="1:00",
        alarms=("overweight",),
        expects=(Expect(order="d-1", stages=("accepted", "taring", "cancelled"), points=0),),
    ),
    deposit(
        name="two-residents",
        en="A second resident at a door that is in use: refused; the first one's delivery goes to a person",
        zh="投口使用中时第二位居民识别身份：拒绝；第一位的投放转人工",
        script="""
            0:00  doors/outlet-01  throws=1kg
            0:00  cloud            deposit d-1 user_ref=u identity=card
            0:06  cloud            deposit d-2 user_ref=v identity=card
        """,
        lasts="0:40",
        answers=("refused door-busy",),
        uncounted_g=(("bin", 1000),),
        expects=(Expect(order="d-1", stages=DOUBTFUL, word=("two-residents",)),),
    ),
    deposit(
        name="nobody-throws",
        en="Identified, the door opens and shuts, nothing was thrown in",
        zh="识别后投口打开又关闭，没有投放",
        script="""
            0:00  cloud            deposit d-1 user_ref=u identity=face
        """,
        lasts="0:40",
        expects=(Expect(order="d-1", stages=RECORDED, net_g=(0, 20), points=0),),
    ),
    deposit(
        name="power-lost-at-the-bin",
        en="The gateway loses its power while the door is open; when it is back the weight counts, with a flag",
        zh="投口打开期间网关断电；恢复后按重量计入并标记",
        script="""
            0:00  doors/outlet-01  throws=1kg
            0:00  cloud            deposit d-1 user_ref=u identity=card
            0:05  box              dies
            0:25  box              starts
        """,
        lasts="1:10",
        expects=(Expect(order="d-1", stages=RECORDED, net_g=(1000, 20), word=("restarted",)),),
    ),
    deposit(
        name="collection",
        en="Staff empties the bin: what was taken away, and whether it is empty",
        zh="员工清运：记录运走的重量以及是否清空",
        script="""
            0:00  doors/outlet-01  throws=9kg
            0:00  cloud            deposit d-1 user_ref=u identity=card
            0:35  doors/outlet-01  throws=0kg,out=9kg
            0:35  cloud            collection k-1 user_ref=staff-7
        """,
        lasts="1:10",
        expects=(
            Expect(order="d-1", stages=RECORDED, net_g=(9000, 20)),
            Expect(order="k-1", stages=RECORDED),
        ),
    ),
)
