"""What somebody is told before a start at an outlet of this site. Pure: nothing is kept of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.edge.charging.starting import tariff_of
from gateway.model.command import Outcome
from gateway.orders.charge.authorise import Denied
from gateway.orders.tariff.offer import Question, offer, offer_json
from gateway.orders.tariff.quote import TYPICAL_W

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.edge.charging.setup import SiteSetup
    from gateway.model.command import Command
    from gateway.orders.clock import Now


def quote_of(command: Command, setup: SiteSetup, now: Now) -> Outcome:
    """Return the answer to a question: `done` with the offer as its body, or why there is none."""
    args: Mapping[str, Any] = command.args
    outlet = setup.outlets.get(command.target)
    if outlet is None:
        return Outcome(id=command.id, state="refused", reason="unknown-outlet")
    if args.get("amount_mil") is None and args.get("wh") is None:
        return Outcome(id=command.id, state="refused", reason="malformed", detail="args: amount_mil, wh, or both")
    tariff = tariff_of(args.get("tariff"), setup, outlet)
    if isinstance(tariff, Denied):
        return Outcome(id=command.id, state="refused", reason=tariff.reason, detail=tariff.detail)
    most = outlet.place.most
    if args.get("max_w"):
        most = replace(most, max_w=min(most.max_w, args["max_w"]))
    question = Question(
        money_mil=args.get("amount_mil"),
        wh=args.get("wh"),
        power_w=args.get("power_w", TYPICAL_W),
        ts_ms=now.ts_ms if now.has_wall_time else None,
    )
    return Outcome(id=command.id, state="done", body=offer_json(offer(tariff, question, most)))
