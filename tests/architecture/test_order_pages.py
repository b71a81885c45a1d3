"""The pages about charging, cabinet and bin: what they say of stages, figures, reasons and money is what the code has."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gateway.orders.charge.settings import ChargeSettings
from gateway.orders.charge.stage import Stage as ChargeStage
from gateway.orders.deposit.order import SETTINGS as DEPOSIT_SETTINGS
from gateway.orders.deposit.order import Doubt as DepositDoubt
from gateway.orders.deposit.order import Flag as DepositFlag
from gateway.orders.deposit.order import Stage as DepositStage
from gateway.orders.purchase.health import Stop
from gateway.orders.purchase.order import SETTINGS as PURCHASE_SETTINGS
from gateway.orders.purchase.order import Doubt as PurchaseDoubt
from gateway.orders.purchase.order import Stage as PurchaseStage
from gateway.orders.reason import FaultSide, StopReason
from gateway.orders.reference.examples import EXAMPLES
from gateway.orders.reference.figures import figures
from gateway.orders.tariff.form import read_tariff
from gateway.orders.tariff.receipt import Flag as ReceiptFlag
from gateway.orders.tariff.text import Language, receipt_text

if TYPE_CHECKING:
    from enum import StrEnum

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "how-to"
LANGUAGES = {"": Language.EN, ".zh-CN": Language.ZH_CN}
MACHINES: dict[str, tuple[Any, tuple[type[StrEnum], ...]]] = {
    "charging": (ChargeSettings(), (ChargeStage, StopReason, ReceiptFlag)),
    "cabinet": (PURCHASE_SETTINGS, (PurchaseStage, PurchaseDoubt, Stop)),
    "bin": (DEPOSIT_SETTINGS, (DepositStage, DepositDoubt, DepositFlag)),
}
EACH_PAGE = [(machine, end) for machine in MACHINES for end in LANGUAGES]

FIGURE = re.compile(r"^\|[^|]+\| ([\d.]+) (\S+) \| `([\w.]+)` \|$", re.MULTILINE)
FIRST = re.compile(r"^\| `([\w-]+)` \|", re.MULTILINE)
REASON = re.compile(r"^\| `([\w-]+)` \|[^|]+\| (\S+) \| (\d+) \|$", re.MULTILINE)
IN_BASE_UNITS: dict[str, dict[str, float]] = {
    "ms": {"ms": 1, "毫秒": 1, "s": 1000, "秒": 1000, "min": 60_000, "分钟": 60_000, "h": 3_600_000, "小时": 3_600_000},
    "s": {"s": 1, "秒": 1, "min": 60, "分钟": 60, "h": 3600, "小时": 3600},
    "g": {"g": 1, "克": 1, "kg": 1000, "千克": 1000},
    "w": {"W": 1},
    "wh": {"Wh": 1},
    "share": {"%": 0.01},
    "pct": {"%": 1},
}
TIMES: dict[str, float] = {"times": 1, "次": 1}
SIDES = {
    "": {side.value: side for side in FaultSide},
    ".zh-CN": {"用户": FaultSide.USER, "设施方": FaultSide.FACILITY, "电网": FaultSide.GRID, "安全": FaultSide.SAFETY},
}


def text_of(machine: str, end: str) -> str:
    return (FOLDER / f"{machine}{end}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("machine", "end"), EACH_PAGE)
def test_every_figure_on_a_page_is_the_default_of_the_code(machine: str, end: str) -> None:
    defaults = dict(figures(MACHINES[machine][0]))
    shown = FIGURE.findall(text_of(machine, end))
    assert shown
    for number, unit, name in shown:
        units = IN_BASE_UNITS.get(name.rpartition("_")[2], TIMES)
        assert float(number) * units[unit] == pytest.approx(defaults[name]), name


@pytest.mark.parametrize("end", LANGUAGES)
@pytest.mark.parametrize("machine", ["cabinet", "bin"])
def test_no_figure_of_cabinet_and_bin_is_kept_from_a_page(machine: str, end: str) -> None:
    shown = {name for _, _, name in FIGURE.findall(text_of(machine, end))}
    assert shown == {name for name, _ in figures(MACHINES[machine][0])}


@pytest.mark.parametrize(("machine", "end"), EACH_PAGE)
def test_every_stage_reason_doubt_and_flag_has_a_line(machine: str, end: str) -> None:
    words = set(FIRST.findall(text_of(machine, end)))
    for kind in MACHINES[machine][1]:
        assert {str(word) for word in kind} <= words


@pytest.mark.parametrize("end", LANGUAGES)
def test_every_stop_reason_has_its_side_and_code(end: str) -> None:
    shown = {word: (SIDES[end][side], int(code)) for word, side, code in REASON.findall(text_of("charging", end))}
    assert shown == {str(reason): (reason.fault_side, reason.tower_code) for reason in StopReason}


@pytest.mark.parametrize("end", LANGUAGES)
def test_the_receipt_on_the_page_is_what_the_code_makes_of_the_tariff_on_the_page(end: str) -> None:
    text, (example, *_) = text_of("charging", end), EXAMPLES
    (tariff,) = re.findall(r"^```json\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert read_tariff(json.loads(tariff)) == example.tariff
    assert f"```\n{receipt_text(example.receipt, LANGUAGES[end])}\n```" in text


NOT_RUN = {"": "not run", ".zh-CN": "尚未运行"}
WIRED_BY = {  # what stands in edge where a part is run; a page says of each that does not that it is not run
    "charging": ("CHARGE.step", "ORPHAN.step", "by_card", "DeviceSettled"),
    "cabinet": ("PURCHASE.step", "RFID"),
    "bin": ("DEPOSIT.step", "HandSeen(", "CategorySensed("),
}


@pytest.mark.parametrize(("machine", "end"), EACH_PAGE)
def test_a_page_says_of_as_many_parts_that_they_are_not_run_as_edge_does_not_run(machine: str, end: str) -> None:
    edge = "".join(path.read_text(encoding="utf-8") for path in reached_by(ROOT / "gateway/app/edge_house.py"))
    missing = [word for word in WIRED_BY[machine] if word not in edge]
    today = text_of(machine, end).split("\n## ")[1]
    assert today.count(NOT_RUN[end]) == len(missing), missing


def reached_by(start: Path) -> set[Path]:
    """Return the files of edge that a module imports, itself included."""
    reached, fresh = {start}, [start]
    while fresh:
        for name in re.findall(
            r"^ *from (gateway\.edge[\w.]*) import", fresh.pop().read_text(encoding="utf-8"), re.MULTILINE
        ):
            path = ROOT / (name.replace(".", "/") + ".py")
            if path not in reached:
                reached.add(path)
                fresh.append(path)
    return reached
