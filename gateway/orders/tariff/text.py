"""A receipt as people read it, in Chinese or English. Pure."""

from collections.abc import Iterator
from enum import StrEnum

from gateway.orders.tariff.rating import MS_PER_H
from gateway.orders.tariff.receipt import Line, Receipt, Side, What
from gateway.orders.tariff.words import EN, ZH_CN, Words


class Language(StrEnum):
    """What a receipt can be read in."""

    ZH_CN = "zh-CN"
    EN = "en"


_WORDS = {Language.ZH_CN: ZH_CN, Language.EN: EN}


def receipt_text(receipt: Receipt, language: Language, *, stopped_by: str = "") -> str:
    """Return the receipt as lines of text without a line end after the last; `stopped_by` is who ended the charge."""
    words = _WORDS[language]
    last = [words.stopped_by.format(who=stopped_by)] if stopped_by else []
    return "\n".join([*_rows(receipt, words), *last])


def yuan(amount_mil: int) -> str:
    """Write 0.001 yuan as yuan: two decimals where that is exact, else three."""
    sign, whole, rest = "-" if amount_mil < 0 else "", abs(amount_mil) // 1000, abs(amount_mil) % 1000
    return f"{sign}{whole}.{rest:03}" if rest % 10 else f"{sign}{whole}.{rest // 10:02}"


def _rows(receipt: Receipt, words: Words) -> Iterator[str]:
    yield words.title.format(id=receipt.tariff_id, version=receipt.tariff_version)
    times = receipt.times
    yield words.measured.format(
        kwh=_kwh(receipt.energy_mwh),
        charging=_duration(times.charging_ms, words),
        float=_duration(times.float_ms, words),
        occupied=_duration(times.occupied_ms, words),
        peak_w=receipt.peak_mw // 1000,
    )
    for side, name, amount_mil in (
        (Side.ELECTRICITY, words.electricity, receipt.electricity_mil),
        (Side.SERVICE, words.service, receipt.service_mil),
    ):
        yield f"{name}: {words.yuan.format(amount=yuan(amount_mil))}"
        yield from (f"  {_line(line, words)}" for line in receipt.lines if line.side is side)
    yield from _sums(receipt, words)
    yield from (words.note.format(flag=words.flags[flag]) for flag in receipt.flags)


def _sums(receipt: Receipt, words: Words) -> Iterator[str]:
    yield f"{words.total}: {words.yuan.format(amount=yuan(receipt.total_mil))}"
    for name, amount_mil in (
        (words.prepaid, receipt.prepaid_mil),
        (words.refund, receipt.refund_mil),
        (words.kept, receipt.kept_mil),
        (words.due, receipt.due_mil),
    ):
        if amount_mil:
            yield f"{name}: {words.yuan.format(amount=yuan(amount_mil))}"


def _line(line: Line, words: Words) -> str:
    amount = words.yuan.format(amount=yuan(line.amount_mil))
    match line.unit:
        case "mwh":
            quantity, unit = f"{_kwh(line.quantity)} {words.kwh}", words.kwh
        case "ms":
            quantity, unit = _duration(line.quantity, words), words.hour
        case "charge":
            quantity, unit = str(line.quantity), words.charge
        case _:
            return f"{_name(line, words)}: {amount}"
    price = words.yuan.format(amount=yuan(line.price_mil))
    return f"{_name(line, words)}: {words.worked.format(quantity=quantity, price=price, unit=unit, amount=amount)}"


def _name(line: Line, words: Words) -> str:
    match line.what:
        case What.BAND:
            return words.of_band[line.of]
        case What.BAND_UNKNOWN:
            return words.unknown_band.format(band=words.of_band[line.of])
        case What.TIER:
            return words.up_to_w.format(of=line.of)
        case What.TIME:
            return words.of_counts[line.of]
        case what:
            return words.what[what]


def _kwh(energy_mwh: int) -> str:
    """Write energy in kWh, as fine as it was counted but never coarser than 0.001."""
    whole, rest = divmod(energy_mwh, 1_000_000)
    digits = f"{rest:06}"
    return f"{whole}.{digits[:3]}{digits[3:].rstrip('0')}"


def _duration(took_ms: int, words: Words) -> str:
    hours, rest_ms = divmod(took_ms, MS_PER_H)
    return words.duration.format(h=hours, min=rest_ms // 60_000, s=rest_ms % 60_000 // 1000)
