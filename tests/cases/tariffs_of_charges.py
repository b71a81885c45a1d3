"""What charges cost: times of use, tiers of power, time, count, caps; and a price that changes meanwhile."""
# ruff: noqa: RUF001 - Chinese punctuation is meant

from tests.cases.case import Case, Expect
from tests.cases.ends_of_charges import RUN

SETTLED = (*RUN, "unplugged", "ended", "settled")


def by(tariff: str) -> str:
    """Return what the site says of charges under this tariff."""
    return f"charging: {{tariff: {tariff}, most_mil: 5000, occupied_s: 0}}"


TARIFFS = (
    Case(
        name="time-of-use-edge",
        en="Peak ends at 22:00 in the middle of the charge: each band has its own energy on the receipt",
        zh="充电中途 22:00 峰段结束：账单按时段分别列出电量",
        more=by("bands"),
        wall="2026-03-02 21:55",
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            10:10 pile/outlet-01   plug-out
        """,
        lasts="12:00",
        expects=(Expect(stages=SETTLED, reason="unplugged", side="user", wh=(200, 3), amount_mil=(150, 10)),),
    ),
    Case(
        name="time-of-use-unknown-clock",
        en="The same while the clock was never set: the cheapest band, and the receipt says so",
        zh="同上，但时钟从未校准：按最低时段计价，账单注明",
        more=by("bands"),
        wall="1970-01-01 08:00",
        clock=0,
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            10:10 pile/outlet-01   plug-out
        """,
        lasts="12:00",
        expects=(
            Expect(
                stages=SETTLED,
                reason="unplugged",
                side="user",
                wh=(200, 3),
                amount_mil=(100, 10),
                flags=("clock-unknown",),
            ),
        ),
    ),
    Case(
        name="power-tiers",
        en="By power and time: a second charger lifts the charge into the next tier from there on",
        zh="按功率档与时长计费：接入第二个充电器后，从该时刻起按更高档计费",
        more=by("tiers"),
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=400W
            6:10  pile/outlet-01   splitter=800W
            12:10 pile/outlet-01   plug-out
        """,
        lasts="14:00",
        expects=(
            Expect(
                stages=(*RUN, "tier", "power-step", "unplugged", "ended", "settled"),
                reason="unplugged",
                side="user",
                wh=(160, 4),
            ),
        ),
    ),
    Case(
        name="by-count-with-a-cap",
        en="0.50 yuan a charge and 3 yuan a kWh, capped at 0.80 yuan",
        zh="每次 0.50 元加每度 3 元，封顶 0.80 元",
        more=by("capped"),
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            10:10 pile/outlet-01   plug-out
        """,
        lasts="12:00",
        expects=(Expect(stages=SETTLED, reason="unplugged", side="user", wh=(200, 3), amount_mil=(800, 0)),),
    ),
    Case(
        name="price-locked",
        en="The start names version 1 while version 2 is twice as dear: version 1 is what it costs",
        zh="启动时指定第 1 版，而第 2 版价格翻倍：按第 1 版结算",
        more=by("dearer"),
        script="""
            0:00  cloud            start o-1 amount_mil=5000 tariff=dearer/1
            0:10  pile/outlet-01   bike=1200W
            3:10  pile/outlet-01   plug-out
            4:55  cloud            start o-2
            5:05  pile/outlet-01   bike=1200W
            8:05  pile/outlet-01   plug-out
        """,
        lasts="10:10",
        expects=(
            Expect(stages=SETTLED, reason="unplugged", side="user", wh=(60, 3), amount_mil=(60, 10)),
            Expect(order="o-2", stages=SETTLED, reason="unplugged", side="user", wh=(58, 3), amount_mil=(120, 10)),
        ),
    ),
    Case(
        name="tariff-pushed",
        en="A tariff twice as dear is pushed while one charges: his start has locked the price, the next pays the new one",
        zh="充电中下发价格翻倍的费率：本单按启动时的版本，下一单按新版本",
        more="charging: {tariff: plain, most_mil: 5000}",
        script="""
            0:00  cloud            start o-1
            0:10  pile/outlet-01   bike=1200W
            1:00  cloud            tariffs plain/2 1200 800
            3:10  pile/outlet-01   plug-out
            4:55  cloud            start o-2
            5:05  pile/outlet-01   bike=1200W
            8:05  pile/outlet-01   plug-out
        """,
        lasts="10:10",
        answers=("done taken",),
        expects=(
            Expect(stages=SETTLED, reason="unplugged", side="user", wh=(60, 3), amount_mil=(60, 10)),
            Expect(order="o-2", stages=SETTLED, reason="unplugged", side="user", wh=(58, 3), amount_mil=(120, 10)),
        ),
    ),
)
