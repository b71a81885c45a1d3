"""The words of protection, of field and of drivers are all understood as stop reasons."""

from __future__ import annotations

import pytest

from drivers.dianchuan import reports as dianchuan
from drivers.dny import words as dny
from gateway.field.grants import EndReason
from gateway.orders.reason import StopReason, reason_of_device, reason_of_element, reason_of_grant_end
from gateway.protection.decision import Element


@pytest.mark.parametrize("element", Element)
def test_every_element_of_protection_is_a_reason(element: Element) -> None:
    assert reason_of_element(element) is not StopReason.OTHER


@pytest.mark.parametrize("word", EndReason)
def test_every_end_of_a_grant_is_a_reason(word: EndReason) -> None:
    assert reason_of_grant_end(word) is not StopReason.OTHER


def test_an_unknown_word_is_other() -> None:
    assert reason_of_element("new-element") is StopReason.OTHER
    assert reason_of_grant_end("new-word") is StopReason.OTHER


def test_every_word_with_which_a_driver_says_why_a_charge_ended_is_understood() -> None:
    words = {*dny.STOPS.values(), *dianchuan.REASONS.values()}
    unclear = {word for word in words if reason_of_device(word) is StopReason.DEVICE_STOPPED}
    assert unclear == {"opened-by-password", "external", "low-power-later"}, "the sources say no more of these"
