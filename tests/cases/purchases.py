"""Purchases: what customers take, and what goes wrong with doors, weights and power."""
# ruff: noqa: RUF001 - Chinese punctuation is meant

from __future__ import annotations

from functools import partial

from tests.cases.case import Case, Expect, Kind

COUNTED = """
    0:00  lock/outlet-01  takes=0
    0:00  lock/outlet-02  takes=0
    0:00  lock/outlet-03  takes=0
    0:00  cloud           restock count user_ref=staff
    0:04  cloud           declare count lines=cabinet/cola:cola:12+cabinet/water:water:12+cabinet/milk:milk:12+cabinet/slot:umbrella:1
"""
purchase = partial(Case, kind=Kind.PURCHASE, site="cabinet.yaml", before=COUNTED, tick_s=0.5)

BEGUN = ("accepted", "looking", "unlocking")
SOLD = (*BEGUN, "open", "settling", "settled")
DOUBTFUL = (*BEGUN, "open", "settling", "review")

PURCHASES = (
    purchase(
        name="two-colas",
        en="A customer takes two colas and shuts the door",
        zh="顾客取走两罐可乐并关门",
        script="""
            0:00  lock/outlet-01  takes=2
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
        """,
        lasts="0:30",
        expects=(Expect(stages=SOLD, word=("bought",), amount_mil=(7000, 0)),),
    ),
    purchase(
        name="one-put-back",
        en="Three taken, one put back: two are paid",
        zh="取出三件，放回一件：按两件收费",
        script="""
            0:00  lock/outlet-02  takes=3,back=1
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=2
        """,
        lasts="0:30",
        expects=(Expect(stages=SOLD, word=("bought",), amount_mil=(9000, 0)),),
    ),
    purchase(
        name="nothing-taken",
        en="The door is opened, nothing is taken, nothing is paid",
        zh="开门但未取走商品：不收费",
        script="""
            0:00  lock/outlet-01  takes=0
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
        """,
        lasts="0:30",
        expects=(Expect(stages=SOLD, word=("nothing-taken",), amount_mil=(0, 0)),),
    ),
    purchase(
        name="several-doors",
        en="Two doors at once: cola and milk on one receipt",
        zh="同时打开两扇门：可乐和牛奶在同一张账单上",
        script="""
            0:00  lock/outlet-01  takes=1
            0:00  lock/outlet-02  takes=1
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1+2
        """,
        lasts="0:30",
        expects=(Expect(stages=SOLD, word=("bought",), amount_mil=(8000, 0)),),
    ),
    purchase(
        name="slot",
        en="A slot without a scale: the door that was opened is the proof",
        zh="没有秤的格口：以开过的门为凭据",
        script="""
            0:00  lock/outlet-03  takes=1
            0:00  cloud           purchase o-1 user_ref=u limit_mil=50000 doors=3
        """,
        lasts="0:30",
        expects=(Expect(stages=SOLD, word=("bought",), amount_mil=(29000, 0)),),
    ),
    purchase(
        name="lock-jams",
        en="The lock does not let go: nothing to pay",
        zh="锁打不开：不收费",
        script="""
            0:00  lock/outlet-01  jammed
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
        """,
        lasts="1:30",
        expects=(Expect(stages=(*BEGUN, "settling", "settled"), word=("not-opened",), amount_mil=(0, 0)),),
    ),
    purchase(
        name="door-left-open",
        en="The customer takes one and leaves the door open: an alarm, and after five minutes a person has to look",
        zh="顾客取走一件后没有关门：报警，五分钟后转人工",
        script="""
            0:00  lock/outlet-01  forgets-to-close=1
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
        """,
        lasts="6:00",
        unpaid=(("cola", 1),),
        alarms=("door-left-open",),
        expects=(
            Expect(stages=(*BEGUN, "open", "open-warning", "open", "review"), word=("left-open",), amount_mil=(0, 0)),
        ),
    ),
    purchase(
        name="shut-in-time",
        en="The door stands open for two minutes, then somebody shuts it: paid as taken",
        zh="门敞开两分钟后被关上：按取走的商品收费",
        script="""
            0:00  lock/outlet-01  takes=1,for=120s
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
        """,
        lasts="3:00",
        expects=(
            Expect(
                stages=(*BEGUN, "open", "open-warning", "open", "settling", "settled"),
                word=("bought",),
                amount_mil=(3500, 0),
            ),
        ),
    ),
    purchase(
        name="forced",
        en="Somebody pries the door open without an order: an alarm",
        zh="无订单而门被撬开：报警",
        script="""
            0:00  lock/outlet-01  forces,for=20s
        """,
        lasts="0:40",
        alarms=("door-forced",),
        expects=(),
    ),
    purchase(
        name="forced-beside-a-purchase",
        en="While one door is open for a purchase, another is pried open: a person has to look",
        zh="一扇门正在购物时，另一扇门被撬开：转人工",
        script="""
            0:00  lock/outlet-01  takes=1,for=20s
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
            0:10  lock/outlet-02  forces,for=5s
        """,
        lasts="1:30",
        alarms=("door-forced",),
        unpaid=(("cola", 1),),
        expects=(Expect(stages=DOUBTFUL, word=("door-forced",), amount_mil=(0, 0)),),
    ),
    purchase(
        name="foreign-object",
        en="One taken, and something of 600 g left on the shelf: a person has to look",
        zh="取走一件，并在货层上留下 600 克的他物：转人工",
        script="""
            0:00  lock/outlet-01  takes=1,leaves=0.6kg
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
        """,
        lasts="0:30",
        unpaid=(("cola", 1),),
        expects=(Expect(stages=DOUBTFUL, word=("foreign-object",), amount_mil=(0, 0)),),
    ),
    purchase(
        name="above-the-limit",
        en="Three colas, and money for two: a person has to look, nothing is charged",
        zh="取走三罐可乐而冻结金额只够两罐：转人工，不收费",
        script="""
            0:00  lock/outlet-01  takes=3
            0:00  cloud           purchase o-1 user_ref=u limit_mil=7000 doors=1
        """,
        lasts="0:30",
        unpaid=(("cola", 3),),
        expects=(Expect(stages=DOUBTFUL, word=("above-limit",), amount_mil=(0, 0)),),
    ),
    purchase(
        name="two-customers",
        en="A second customer at a cabinet that is in use: refused",
        zh="柜机使用中时第二位顾客下单：拒绝",
        script="""
            0:00  lock/outlet-01  takes=1,for=10s
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
            0:05  cloud           purchase o-2 user_ref=v limit_mil=20000 doors=1
        """,
        lasts="0:30",
        answers=("refused cabinet-busy",),
        expects=(Expect(stages=SOLD, word=("bought",), amount_mil=(3500, 0)),),
    ),
    purchase(
        name="power-lost-with-the-door-open",
        en="The gateway loses its power while the door is open; when it is back the scales say what was taken",
        zh="开门期间网关断电；恢复后按称重结果结算",
        script="""
            0:00  lock/outlet-01  takes=1,for=20s
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
            0:08  box             dies
            0:30  box             starts
        """,
        lasts="1:30",
        expects=(Expect(stages=SOLD, word=("bought",), amount_mil=(3500, 0)),),
    ),
    purchase(
        name="power-lost-for-long",
        en="The same for five minutes: nobody knows who was there meanwhile, a person has to look",
        zh="同上，但断电五分钟：期间情况不明，转人工",
        script="""
            0:00  lock/outlet-01  takes=1,for=20s
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
            0:08  box             dies
            5:08  box             starts
        """,
        lasts="6:30",
        unpaid=(("cola", 1),),
        expects=(Expect(stages=DOUBTFUL, word=("unwatched",), amount_mil=(0, 0)),),
    ),
    purchase(
        name="edge-dies-before-the-unlock",
        en="The gateway dies right after the order was accepted: nothing is unlocked twice, nothing is charged",
        zh="订单受理后网关立即崩溃：绝不重复开锁，也不收费",
        script="""
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
            0:00  edge            dies
            0:05  edge            starts
        """,
        lasts="1:30",
        expects=(Expect(stages=("accepted", "looking", "cancelled"), amount_mil=(0, 0)),),
    ),
    purchase(
        name="wrong-shelf",
        en="A customer takes a cola and puts it on the shelf of the water: a person has to look",
        zh="顾客取出一罐可乐后放到水的货层上：转人工",
        script="""
            0:00  lock/outlet-01  takes=1,astray=1
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
        """,
        lasts="0:30",
        expects=(Expect(stages=DOUBTFUL, word=("wrong-shelf",), amount_mil=(0, 0)),),
    ),
    purchase(
        name="withdrawn",
        en="The order is called off while the scales are looked at: nothing is unlocked",
        zh="读秤期间订单被撤销：不开锁",
        script="""
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
            0:01  cloud           withdraw o-1
        """,
        lasts="0:30",
        expects=(Expect(stages=("accepted", "looking", "cancelled"), amount_mil=(0, 0)),),
    ),
    purchase(
        name="restock",
        en="Two colas were stolen through a forced door; staff counts: the difference is on record with who found it",
        zh="门被撬开，两罐可乐被盗；员工盘点：差异与员工编号一并记录",
        script="""
            0:00  lock/outlet-01  takes=2
            0:02  lock/outlet-01  forces
            0:30  lock/outlet-01  takes=0
            0:30  cloud           restock r-1 user_ref=staff-7 doors=1
            0:34  cloud           declare r-1 lines=cabinet/cola:cola:10+cabinet/water:water:12
        """,
        lasts="1:20",
        unpaid=(("cola", 2),),
        alarms=("door-forced", "stock-difference"),
        expects=(Expect(order="r-1", stages=SOLD, amount_mil=(0, 0)),),
    ),
)
