"""Charges that nobody orders from afar: cards at the pile, by the pushed list, and free charging by plug."""
# ruff: noqa: RUF001 - Chinese punctuation is meant

from __future__ import annotations

from functools import partial

from tests.cases.case import Case, Expect
from tests.cases.ends_of_charges import RUN
from tests.cases.own_minds import OWN

CARD, OTHER = 2056062429, 2056062430


def cards(when: str = "cloud-away", ceiling_mil: int = 3000) -> str:
    """Return what the site says of charges by card at an AP3000."""
    allowed = f"{{key_file: cards.key, ceiling_mil: {ceiling_mil}, list_age_most_s: 86400, when: {when}}}"
    return f"charging: {{tariff: plain, most_mil: 5000, occupied_s: 0, settler: pile, cards: {allowed}}}"


LISTED = f"""
    0:00  cloud            cards 1 {CARD}:u-1:5000 {OTHER}:u-2:5000
"""
by_card = partial(Case, site="ap3000.yaml", more=cards(), before=LISTED)

CARDS = (
    by_card(
        name="card-without-network",
        en="The cloud is away: a card of the list starts a charge with an id of its own, and ends it",
        zh="云端失联：名单内的卡启动充电，订单号由网关生成，再次刷卡结束",
        script=f"""
            0:00  pile/outlet-01   bike=600W
            0:00  cloud            is away
            0:20  pile/outlet-01   card={CARD}
            6:20  pile/outlet-01   card={CARD}
        """,
        lasts="7:30",
        swipes=("started", "stopped"),
        expects=(Expect(order="local-1", stages=OWN, reason="card", side="user", wh=(60, 10)),),
        unseen_wh=(0.0, 10.0),
    ),
    by_card(
        name="card-with-network",
        en="The cloud is there, and the site leaves cards to it then: the gateway starts nothing by itself",
        zh="云端在线，站点规定此时由平台处理刷卡：网关不自行启动",
        script=f"""
            0:00  pile/outlet-01   bike=600W
            0:20  pile/outlet-01   card={CARD}
        """,
        lasts="0:50",
        swipes=("left-to-the-platform",),
        expects=(),
    ),
    by_card(
        name="card-turned-away",
        en="A card that nobody knows, one at a second outlet, another at an outlet in use: turned away",
        zh="未知的卡、同一张卡在第二个插口、另一张卡在使用中的插口：均拒绝",
        more=cards("always"),
        script=f"""
            0:00  pile/outlet-01   bike=600W
            0:00  pile/outlet-02   bike=600W
            0:20  pile/outlet-01   card=1
            0:40  pile/outlet-01   card={CARD}
            1:00  pile/outlet-02   card={CARD}
            1:20  pile/outlet-01   card={OTHER}
            6:40  pile/outlet-01   card={CARD}
        """,
        lasts="7:30",
        swipes=("card-unknown", "started", "card-in-use", "outlet-busy", "stopped"),
        expects=(Expect(order="local-1", stages=OWN, reason="card", side="user", wh=(60, 10)),),
        unseen_wh=(0.0, 10.0),
    ),
    by_card(
        name="card-with-debts",
        en="A card that may charge for 0.10 yuan: what it owes until the platform has it is taken off, the second charge refused",
        zh="卡的上限为 0.10 元：平台确认之前，欠款从中扣除，第二次充电被拒绝",
        before=f"""
            0:00  cloud            cards 1 {CARD}:u-1:100
        """,
        more=cards("always"),
        script=f"""
            0:00  pile/outlet-01   bike=1200W
            0:20  pile/outlet-01   card={CARD}
            11:30 pile/outlet-01   card={CARD}
        """,
        lasts="12:00",
        swipes=("started", "card-limit"),
        expects=(
            Expect(order="local-1", stages=OWN, reason="prepaid-used", side="user", wh=(200, 10), amount_mil=(100, 0)),
        ),
        unseen_wh=(0.0, 10.0),
    ),
    by_card(
        name="card-list-too-old",
        en="The list was made two days ago and counts for a day: nobody charges by it",
        zh="名单制作于两天前，有效期一天：不得据此充电",
        before=f"""
            0:00  cloud            cards 1 old {CARD}:u-1:5000
        """,
        script=f"""
            0:00  pile/outlet-01   bike=600W
            0:00  cloud            is away
            0:20  pile/outlet-01   card={CARD}
        """,
        lasts="0:50",
        swipes=("card-list-too-old",),
        expects=(),
    ),
    Case(
        name="free-by-plug",
        en="Plugging in starts a free charge of at most four minutes, once: the plug that stays in starts no other",
        zh="插上即开始免费充电，最多四分钟，只一次：插头不拔不再开始",
        more="charging: {tariff: plain, most_mil: 5000, free: {most_s: 240, most_wh: 1000, most_w: 2000}}",
        script="""
            0:10  pile/outlet-01   bike=1200W
            6:00  pile/outlet-01   plug-out
        """,
        lasts="7:00",
        expects=(
            Expect(
                order="local-1",
                stages=(*RUN, "ended", "occupied", "settled"),
                reason="max-time",
                side="user",
                wh=(83, 3),
                amount_mil=(0, 0),
            ),
        ),
    ),
)
