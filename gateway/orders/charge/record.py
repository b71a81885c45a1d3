"""What is told of a charge: the body of each record, for the ledger, the cloud and the receipt. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.orders.charge.order import digest
from gateway.orders.effect import Tell
from gateway.orders.tariff.bill import amount_mil
from gateway.orders.tariff.receipt import write_receipt

if TYPE_CHECKING:
    from pydantic import JsonValue

    from gateway.orders.charge.order import ChargeOrder, DeviceTotal

Body = dict[str, "JsonValue"]


def tell(order: ChargeOrder, stage: str, body: Body | None = None) -> Tell:
    """Return a record of an order; every one names outlet and user's reference."""
    return Tell(order_id=order.order_id, stage=stage, body=_with_names(order, body or {}))


def _with_names(order: ChargeOrder, body: Body) -> Body:
    return {"order_id": order.order_id, "outlet": order.outlet, "user_ref": order.user_ref} | body


def accepted(order: ChargeOrder) -> Body:
    limits, tariff = order.limits, order.tariff
    return {
        "authority": order.authority,
        "tariff": {"id": tariff.id, "version": tariff.version},
        "ceiling_mil": order.ceiling_mil,
        "limits": {"max_s": limits.max_s, "max_wh": limits.max_wh, "max_w": limits.max_w},
    }


def progress(order: ChargeOrder) -> Body:
    """Return where an order stands: the amount never above its ceiling, as the receipt will have it."""
    amount = min(amount_mil(order.tariff, order.usage), order.ceiling_mil)
    return {
        "wh": round(order.wh),
        "s": order.seconds,
        "w": round(order.load.power_w),
        "amount_mil": 0 if order.is_void else amount,
    }


def ended(order: ChargeOrder) -> Body:
    end = order.end
    if end is None:
        return {}
    body: Body = {
        "reason": end.reason,
        "fault_side": end.side,
        "tower_code": end.reason.tower_code,
        "detail": end.detail,
        "ended_ts_ms": end.at.ts_ms,
        "clock": end.at.clock,
    }
    return body | ({"by": end.by} if end.by else {})


def settled(order: ChargeOrder) -> Body:
    """Return the settlement; it depends on the settled order alone, so that telling it again tells the same."""
    receipt, began = order.receipt, order.began
    body: Body = {
        "receipt": None if receipt is None else write_receipt(receipt),
        "amount_mil": 0 if receipt is None else receipt.total_mil,
        "wh": round(order.wh),
        "s": order.seconds,
        "began_ts_ms": None if began is None else began.ts_ms,
        "loss_wh": round(order.loss_wh, 3),
        "gaps": order.usage.gaps,
        "off_known": order.is_off_known,
        "settled_by": order.settler,
        "device_wh": order.device_wh,
    }
    return ended(order) | body


def settlement_digest(order: ChargeOrder) -> str:
    """Return the name of a settlement, which its acknowledgement has to repeat."""
    return digest(_with_names(order, settled(order)))


def device_settlement(order: ChargeOrder, total: DeviceTotal) -> Body:
    """Return a device's own settlement of one run, and which run of the order it is, from 1."""
    return {
        "device": total.device,
        "device_order_no": total.number,
        "run": order.device_nos.index(total.number) + 1,
        "digest": total.digest,
        "device_wh": total.wh,
        "device_s": total.s,
        "device_reason": total.reason,
    }


def differing(order: ChargeOrder) -> tuple[Tell, ...]:
    """Return the record that pile and gateway cannot both be right on the energy; nothing where they can.

    To be asked before the pile's total takes the place of ours. What was drawn after the OFF is in both.
    """
    settings, device_wh = order.settings, order.device_wh
    ours_wh = (order.usage.energy_mwh + order.usage.loss_mwh) / 1000
    allowed_wh = max(settings.differs_wh, settings.differs_share * ours_wh)
    if device_wh is None or abs(device_wh - ours_wh) <= allowed_wh:
        return ()
    body: Body = {"device_wh": device_wh, "measured_wh": round(ours_wh, 3), "allowed_wh": round(allowed_wh, 3)}
    return (tell(order, "totals-differ", body),)
