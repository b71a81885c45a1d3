"""What somebody is told before a start: what an amount buys, and what a full charge costs. Pure.

Twice each: for a load of a constant power that begins now, and for the worst that may come (the dearest band, the tier
of the highest power that is allowed). No charge within what the worst allows is billed above the amount.
"""

from dataclasses import dataclass

from pydantic import JsonValue

from gateway.orders.tariff.bill import amount_mil
from gateway.orders.tariff.form import digest
from gateway.orders.tariff.quote import (
    TYPICAL_W,
    Limits,
    Quote,
    at_worst,
    limits,
    quote_energy,
    quote_money,
    quote_time,
)
from gateway.orders.tariff.rating import MS_PER_H
from gateway.orders.tariff.tariff import Tariff
from gateway.orders.tariff.usage import nothing_used


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: an amount of money, an energy, or both; at which power; `ts_ms` None: the time is not known."""

    money_mil: int | None = None
    wh: int | None = None
    power_w: int = TYPICAL_W
    ts_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyOffer:
    """What an amount buys: `typical` at the power asked for, `least` at the worst (s and Wh, both 0: nothing)."""

    money_mil: int
    typical: Quote
    least: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyOffer:
    """What a full charge takes and costs: `typical`, and `most_mil` at the worst."""

    typical: Quote
    most_mil: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The answer, under one version of a tariff."""

    tariff: Tariff
    question: Question
    money: MoneyOffer | None
    energy: EnergyOffer | None


def offer(tariff: Tariff, question: Question, most: Limits) -> Offer:
    """Return the answer for a place where a charge may go as far as `most`."""
    money = energy = None
    power_w = min(question.power_w, most.max_w)
    if question.money_mil is not None:
        typical = _bought(tariff, question.money_mil, power_w, question.ts_ms, most)
        least = limits(tariff, question.money_mil, power_w=power_w, most=most)
        money = MoneyOffer(money_mil=question.money_mil, typical=typical, least=least)
    if question.wh is not None:
        wh = min(question.wh, most.max_wh)
        full = quote_energy(tariff, wh=wh, power_w=power_w, ts_ms=question.ts_ms)
        worst = at_worst(tariff, nothing_used(tariff), full.s, max(wh, full.wh), most.max_w)
        energy = EnergyOffer(typical=full, most_mil=amount_mil(tariff, worst))
    return Offer(tariff=tariff, question=question, money=money, energy=energy)


def offer_json(made: Offer) -> dict[str, JsonValue]:
    """Return an offer as it is sent."""
    question, money, energy = made.question, made.money, made.energy
    said: dict[str, JsonValue] = {
        "tariff": {"id": made.tariff.id, "version": made.tariff.version, "digest": digest(made.tariff)},
        "power_w": question.power_w,
        "begins_ts_ms": question.ts_ms,
    }
    if money is not None:
        said["money"] = {
            "amount_mil": money.money_mil,
            "buys_s": money.typical.s,
            "buys_wh": money.typical.wh,
            "costs_mil": money.typical.amount_mil,
            "at_least_s": money.least.max_s,
            "at_least_wh": money.least.max_wh,
        }
    if energy is not None:
        said["energy"] = {
            "wh": energy.typical.wh,
            "takes_s": energy.typical.s,
            "costs_mil": energy.typical.amount_mil,
            "at_most_mil": energy.most_mil,
        }
    return said


def _bought(tariff: Tariff, money_mil: int, power_w: int, ts_ms: int | None, most: Limits) -> Quote:
    """Return the longest charge that the money pays for and the place allows."""
    longest_s = min(most.max_s, most.max_wh * MS_PER_H // (1000 * power_w))
    bought = quote_money(tariff, money_mil=money_mil, power_w=power_w, ts_ms=ts_ms)
    return bought if bought.s <= longest_s else quote_time(tariff, s=longest_s, power_w=power_w, ts_ms=ts_ms)
