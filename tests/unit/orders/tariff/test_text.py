from dataclasses import replace

import pytest

from gateway.orders.tariff.bill import bill
from gateway.orders.tariff.receipt import Flag, What
from gateway.orders.tariff.tariff import Band, ByCount, ByTier, ByTime, Counts, Refund, Tiers
from gateway.orders.tariff.text import Language, receipt_text, yuan
from gateway.orders.tariff.usage import Phase
from gateway.orders.tariff.words import EN, ZH_CN, Words
from tests.unit.orders.tariff.making import H_MS, NINE_PM_MS, TIME_OF_USE, reading, used

TARIFF = replace(
    TIME_OF_USE,
    service=(ByTier(prices_mil_per_h=(100, 150)), ByTime(price_mil_per_h=50), ByCount(price_mil=200)),
    tiers=Tiers(up_to_w=(200, 400)),
    refund=Refund.NONE,
)
SAMPLES = [
    reading(0, 0, power_mw=180_400),
    reading(H_MS // 2, 90_000, NINE_PM_MS + H_MS // 2, power_mw=210_000),
    reading(H_MS, 195_000, NINE_PM_MS + H_MS),
    replace(reading(3 * H_MS // 2, 300_050, NINE_PM_MS + 3 * H_MS // 2), phase=Phase.OCCUPIED),
]
RECEIPT = bill(TARIFF, used(TARIFF, SAMPLES), prepaid_mil=1000)

CHINESE = """\
费用明细  计费方案 tou 第 1 版
电量 0.30005 度 · 充电 1 小时 30 分 00 秒 · 浮充 0 小时 00 分 00 秒 · 占用 0 小时 00 分 00 秒 · 最高功率 210 W
电费: 0.15 元
  峰段: 0.105 度 × 0.90 元/度 = 0.094 元
  谷段: 0.10505 度 × 0.305 元/度 = 0.032 元
  时段未知（按谷段计）: 0.090 度 × 0.305 元/度 = 0.027 元
  四舍五入到分: -0.003 元
服务费: 0.48 元
  200 W 档: 0 小时 30 分 00 秒 × 0.10 元/小时 = 0.05 元
  400 W 档: 1 小时 00 分 00 秒 × 0.15 元/小时 = 0.15 元
  通电时间: 1 小时 30 分 00 秒 × 0.05 元/小时 = 0.075 元
  每次: 1 × 0.20 元/次 = 0.20 元
  四舍五入到分: 0.005 元
合计: 0.63 元
预付: 1.00 元
不退金额: 0.37 元
说明: 部分时间时钟未同步，按最低价时段计费"""  # noqa: RUF001 - Chinese punctuation is meant

ENGLISH = """\
Receipt  tariff tou version 1
0.30005 kWh · charging 1 h 30 min 00 s · float 0 h 00 min 00 s · occupied 0 h 00 min 00 s · peak 210 W
Electricity: 0.15 yuan
  peak: 0.105 kWh × 0.90 yuan/kWh = 0.094 yuan
  valley: 0.10505 kWh × 0.305 yuan/kWh = 0.032 yuan
  time unknown (as valley): 0.090 kWh × 0.305 yuan/kWh = 0.027 yuan
  rounding to 0.01 yuan: -0.003 yuan
Service fee: 0.48 yuan
  tier up to 200 W: 0 h 30 min 00 s × 0.10 yuan/h = 0.05 yuan
  tier up to 400 W: 1 h 00 min 00 s × 0.15 yuan/h = 0.15 yuan
  time switched on: 1 h 30 min 00 s × 0.05 yuan/h = 0.075 yuan
  each charge: 1 × 0.20 yuan/charge = 0.20 yuan
  rounding to 0.01 yuan: 0.005 yuan
Total: 0.63 yuan
Prepaid: 1.00 yuan
Not refundable: 0.37 yuan
Note: the clock was not set for a part of the time, which is billed as the cheapest band"""  # noqa: RUF001 - the multiplication sign is meant


@pytest.mark.parametrize(("language", "text"), [(Language.ZH_CN, CHINESE), (Language.EN, ENGLISH)])
def test_a_receipt_reads_as_people_expect(language: Language, text: str) -> None:
    assert receipt_text(RECEIPT, language) == text
    first, _, last = receipt_text(RECEIPT, language, stopped_by="otto").rpartition("\n")
    assert first == text
    assert last.endswith(": otto")


@pytest.mark.parametrize(
    ("mil", "text"), [(0, "0.00"), (10, "0.01"), (5, "0.005"), (-5, "-0.005"), (1230, "1.23"), (-12_345, "-12.345")]
)
def test_yuan_show_a_third_decimal_only_where_there_is_one(mil: int, text: str) -> None:
    assert yuan(mil) == text


@pytest.mark.parametrize("words", [ZH_CN, EN], ids=["zh-CN", "en"])
def test_every_language_has_a_word_for_everything(words: Words) -> None:
    assert set(words.of_band) == set(Band)
    assert set(words.of_counts) == set(Counts)
    assert set(words.flags) == set(Flag)
    assert set(words.what) == set(What) - {What.BAND, What.BAND_UNKNOWN, What.TIER, What.TIME}
