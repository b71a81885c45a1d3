"""The reference of the orders as Markdown, made of the tables, figures, reasons and tariffs themselves. Pure."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING, Any

from gateway.orders.charge import settings as charge
from gateway.orders.charge.full import NAMED
from gateway.orders.charge.table import CHARGE
from gateway.orders.deposit.order import SETTINGS as DEPOSIT_SETTINGS
from gateway.orders.deposit.table import DEPOSIT
from gateway.orders.drawing import diagram, table
from gateway.orders.orphan.table import ORPHAN
from gateway.orders.purchase.order import SETTINGS as PURCHASE_SETTINGS
from gateway.orders.purchase.table import PURCHASE
from gateway.orders.reason import StopReason
from gateway.orders.reference.examples import EXAMPLES, Example, tariff_text
from gateway.orders.reference.figures import change_table, figure_table, said
from gateway.orders.reference.tariff_fields import tariff_fields
from gateway.orders.tariff.text import Language, receipt_text

if TYPE_CHECKING:
    from gateway.orders.machine import Machine

GENERATED = "Written by `python -m gateway.app.orders_reference`; a change belongs into the code.\n"


def pages() -> dict[str, str]:
    """Return every page by its file name."""
    return {
        "charge.md": _charge(),
        "orphan.md": _machine(ORPHAN, "Energy without an order"),
        "purchase.md": _machine(PURCHASE, "Purchase") + _figures(PURCHASE_SETTINGS),
        "deposit.md": _machine(DEPOSIT, "Deposit") + _figures(DEPOSIT_SETTINGS),
        "reasons.md": _reasons(),
        "tariffs.md": _tariffs(),
    }


def _charge() -> str:
    named = {"ap3000": charge.AP3000, "x10p": charge.X10P, "juy": charge.JUY}
    methods = "\n".join(f"| `{name}` | {said(tuple(rules))} |" for name, rules in NAMED.items())
    return (
        _machine(CHARGE, "Charge")
        + _figures(charge.ChargeSettings())
        + f"\n## Full detection\n\n| name | full as soon as one of these holds |\n|---|---|\n{methods}\n"
        + f"\n## Rules of piles that the gateway can take over\n\n{change_table(charge.ChargeSettings(), named)}"
    )


def _machine(machine: Machine[Any], title: str) -> str:
    events = "\n".join(f"| {event.__name__} | {_first_paragraph(event)} |" for event in machine.events)
    ignored = "\n".join(_ignored(machine))
    return (
        f"# {title}\n\n{GENERATED}\n"
        f"## Stages\n\n```mermaid\n{diagram(machine)}```\n\n"
        f"## Events\n\n| event | what it is |\n|---|---|\n{events}\n\n"
        f"## Rows\n\nOf the rows for a stage and an event the first whose condition holds is the one.\n\n"
        f"{table(machine)}\n"
        "## Where no row holds\n\nThe event is entered into the order and changes no stage.\n\n"
        f"| event | in |\n|---|---|\n{ignored}\n"
    )


def _ignored(machine: Machine[Any]) -> list[str]:
    return [
        f"| {event.__name__} | {', '.join(stage for stage in machine.stages if stage in stages)} |"
        for event, stages in machine.ignores.items()
    ]


def _figures(settings: Any) -> str:
    about = cleandoc(type(settings).__doc__ or "")
    return f"\n## Figures\n\n{about}\n\n{figure_table(settings)}"


def _reasons() -> str:
    rows = "\n".join(f"| `{each}` | {each.fault_side} | {each.tower_code} |" for each in StopReason)
    return (
        f"# Why a charge stops\n\n{GENERATED}\n"
        "`side` answers for it unless the event itself knows better; `code` is China Tower's `stopReason`, 8 where it "
        f"has none.\n\n| reason | side | code |\n|---|---|---|\n{rows}\n"
    )


def _tariffs() -> str:
    worked = "\n".join(_example(example) for example in EXAMPLES)
    return (
        f"# Tariffs and receipts\n\n{GENERATED}\n"
        "The same object in a site file (`tariffs:`), in a start command and in a record. All money is 0.001 yuan.\n\n"
        f"## Fields\n\n{tariff_fields()}\n"
        f"## Worked\n\nBands are in China's time; the meter is read once a minute.\n\n{worked}"
    )


def _example(example: Example) -> str:
    texts = "\n".join(f"```\n{receipt_text(example.receipt, language)}\n```\n" for language in Language)
    return (
        f"### {example.title}\n\n```json\n{tariff_text(example.tariff)}```\n\n"
        f"{example.course}; {example.prepaid_mil / 1000:.2f} yuan prepaid.\n\n{texts}"
    )


def _first_paragraph(event: type) -> str:
    return " ".join((event.__doc__ or "").split("\n\n")[0].split())
