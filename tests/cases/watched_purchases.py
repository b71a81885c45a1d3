"""Purchases that more than a scale watches over: tags, temperatures, dates, prices, and hands before the door opens."""
# ruff: noqa: RUF001 - Chinese punctuation is meant

from __future__ import annotations

from functools import partial

from tests.cases.case import Case, Expect, Kind
from tests.cases.purchases import BEGUN, COUNTED, DOUBTFUL, SOLD, purchase

TAGGED = """
    0:00  lock/outlet-01  takes=0
    0:00  cloud           restock count user_ref=staff
    0:01  terminal        reads count looking cola
    0:04  cloud           declare count lines=cabinet/cola:cola:12:tags
    0:15  terminal        reads count settling cola
"""
DATED = COUNTED.replace("cabinet/cola:cola:12", "cabinet/cola:cola:12:until=2026-03-02T1002")


def cooled(climate: str) -> str:
    """Return what the site says of a cabinet of this climate."""
    return f"""
cabinets:
  - name: cabinet
    lock: lock
    prices: ices
    climate: {climate}
    thermometer: air
    shelves: [{{name: slot, door: 1, articles: [ice]}}]
"""


tagged = partial(purchase, site="tagged.yaml", before=TAGGED)
FILLED = """
    0:00  lock/outlet-01  takes=0
    0:00  cloud           restock count user_ref=staff
    0:20  cloud           declare count lines=cabinet/slot:ice:9
"""
cold = partial(Case, kind=Kind.PURCHASE, site="cold.yaml", before=FILLED, tick_s=2.0)
SLOWLY_SOLD = (*BEGUN, "unlocked", "open", "settling", "settled")

WATCHED = (
    purchase(
        name="taken-before-the-unlock",
        en="Somebody fishes a can out of the shut cabinet as the lock is told to open: the customer does not pay for it",
        zh="开锁瞬间有人从关着的柜门缝隙中取走一件：不向顾客收费，转人工",
        script="""
            0:00  lock/outlet-01  takes=1
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
            0:02  lock/outlet-01  steals=1
        """,
        lasts="1:00",
        unpaid=(("cola", 2),),
        expects=(Expect(stages=DOUBTFUL, word=("taken-early",), amount_mil=(0, 0)),),
    ),
    purchase(
        name="stolen-while-weighed",
        en="The same while the scales are looked at: a difference of stock, and the customer pays for his own",
        zh="读秤期间同样被取走一件：记为库存差异，顾客只付自己取走的",
        script="""
            0:00  lock/outlet-01  takes=1
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
            0:01  lock/outlet-01  steals=1
        """,
        lasts="1:00",
        alarms=("stock-difference",),
        unpaid=(("cola", 1),),
        expects=(Expect(stages=SOLD, word=("bought",), amount_mil=(3500, 0)),),
    ),
    tagged(
        name="tags-and-weight",
        en="Two are taken, one is put back: the missing tag and the missing weight say the same",
        zh="取出两件，放回一件：缺失的标签与减少的重量一致",
        script="""
            0:00  lock/outlet-01  takes=2,back=1
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
            0:01  terminal        reads o-1 looking cola
            0:15  terminal        reads o-1 settling cola
        """,
        lasts="0:40",
        expects=(Expect(stages=SOLD, word=("bought",), amount_mil=(3500, 0)),),
    ),
    tagged(
        name="tags-against-weight",
        en="Two are taken, and the tag of one is peeled off and left: a person has to look",
        zh="取走两件，其中一件的标签被撕下留在货层：转人工",
        script="""
            0:00  lock/outlet-01  takes=2,peels=1
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
            0:01  terminal        reads o-1 looking cola
            0:15  terminal        reads o-1 settling cola
        """,
        lasts="0:40",
        unpaid=(("cola", 2),),
        expects=(Expect(stages=DOUBTFUL, word=("proofs-differ",), amount_mil=(0, 0)),),
    ),
    purchase(
        name="past-its-date",
        en="The colas are past their date from 10:02 on: refused, until staff has taken them out",
        zh="可乐 10:02 过期：停止销售，直到员工取出为止",
        before=DATED,
        script="""
            1:30  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
            1:32  lock/outlet-02  takes=1
            1:32  cloud           purchase o-2 user_ref=u limit_mil=20000 doors=2
            2:00  lock/outlet-01  takes=12
            2:00  cloud           restock r-1 user_ref=staff-7 doors=1
            2:04  cloud           declare r-1 lines=cabinet/cola:cola:12:0:12
        """,
        lasts="2:40",
        answers=("refused stop-sale",),
        alarms=("stop-sale",),
        unpaid=(("cola", 12),),
        expects=(
            Expect(order="o-2", stages=SOLD, word=("bought",), amount_mil=(4500, 0)),
            Expect(order="r-1", stages=SOLD),
        ),
    ),
    purchase(
        name="prices-pushed",
        en="A dearer price list comes while the door is open: the next purchase goes by it, not this one",
        zh="开门期间下发更贵的价目表：下一单生效，本单不变",
        script="""
            0:00  lock/outlet-01  takes=1,for=8s
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000 doors=1
            0:06  cloud           prices drinks/2 cola=5000
            0:30  lock/outlet-01  takes=1
            0:30  cloud           purchase o-2 user_ref=u limit_mil=20000 doors=1
        """,
        lasts="1:00",
        answers=("done taken",),
        expects=(
            Expect(stages=SOLD, word=("bought",), amount_mil=(3500, 0)),
            Expect(order="o-2", stages=SOLD, word=("bought",), amount_mil=(5000, 0)),
        ),
    ),
    cold(
        name="frozen-too-warm",
        en="The freezer's compressor stands still: above -18 °C for 15 minutes stops the sale; staff's service lifts it",
        zh="冷冻柜压缩机停机：高于 -18 °C 达 15 分钟停止销售；员工处理后恢复",
        more=cooled("frozen"),
        script="""
            0:00  lock/outlet-01  takes=1
            0:00  cloud           purchase o-1 user_ref=u limit_mil=20000
            0:10  lock            compressor
            24:00 cloud           purchase o-2 user_ref=u limit_mil=20000
            24:10 lock            compressor=off
            24:10 lock/outlet-01  takes=0
            24:10 cloud           restock r-1 user_ref=staff-7
            24:30 cloud           declare r-1 lines=cabinet/slot:ice:8
            24:40 lock/outlet-01  takes=1
            24:40 cloud           purchase o-3 user_ref=u limit_mil=20000
        """,
        lasts="25:00",
        answers=("refused stop-sale",),
        alarms=("stop-sale",),
        expects=(
            Expect(stages=SLOWLY_SOLD, word=("bought",), amount_mil=(6000, 0)),
            Expect(order="r-1", stages=SLOWLY_SOLD),
            Expect(order="o-3", stages=SLOWLY_SOLD, word=("bought",), amount_mil=(6000, 0)),
        ),
    ),
    cold(
        name="chilled-too-warm",
        en="The same in a fridge: above 5 °C for 15 minutes",
        zh="冷藏柜同理：高于 5 °C 达 15 分钟",
        more=cooled("chilled"),
        script="""
            0:00  lock            compressor
            0:10  lock/outlet-01  takes=1
            0:10  cloud           purchase o-1 user_ref=u limit_mil=20000
            26:00 cloud           purchase o-2 user_ref=u limit_mil=20000
        """,
        lasts="26:10",
        answers=("refused stop-sale",),
        alarms=("stop-sale",),
        expects=(Expect(stages=SLOWLY_SOLD, word=("bought",), amount_mil=(6000, 0)),),
    ),
)
