"""Energy without an order is recorded, alarmed and, after a stated time, opened; it is nobody's."""

from __future__ import annotations

from gateway.orders.effect import Effect, Open, Raise, Tell
from gateway.orders.orphan.orphan import Orphan, Stage, from_json, to_json
from gateway.orders.orphan.table import ORPHAN, Begin, Explained, Sample, Tick
from tests.unit.orders.charging import OUTLET, moment


def lived(*events: tuple[float, object]) -> tuple[Orphan, list[Effect]]:
    orphan, effects = Orphan(order_id="orphan-1", outlet=OUTLET, seen=moment(0)), []
    for at_s, event in events:
        step = ORPHAN.step(orphan, event, moment(at_s))
        assert from_json(to_json(step.order)) == step.order
        orphan = step.order
        effects += [intent.effect for intent in step.intents]
    return orphan, effects


def kinds(effects: list[Effect]) -> list[str]:
    return [effect.stage if isinstance(effect, Tell) else type(effect).__name__ for effect in effects]


def test_it_is_opened_after_its_time_and_again_until_it_is_off() -> None:
    orphan, effects = lived(
        (0, Begin()),
        (1, Sample(power_w=200.0, register_wh=100.0, is_on=True)),
        (9, Tick()),
        (10, Tick()),
        (11, Sample(power_w=200.0, register_wh=101.0)),
        (69, Tick()),
        (70, Tick()),
        (71, Sample(power_w=0.0, register_wh=102.5, is_on=False)),
        (90, Sample(power_w=0.0, register_wh=900.0)),
    )
    assert orphan.stage is Stage.CLOSED
    assert orphan.wh == 2.5
    opened = ["Open", "orphan-opened"]
    assert kinds(effects) == ["Raise", "orphan-seen", *opened, *opened, "orphan-ended", "Raise"]
    assert [e.active for e in effects if isinstance(e, Raise)] == [True, False]


def test_an_order_that_turns_up_explains_it_and_nothing_is_opened() -> None:
    orphan, effects = lived((0, Begin()), (5, Explained(order_id="o-9")), (60, Tick()))
    assert orphan.stage is Stage.CLOSED
    assert not any(isinstance(effect, Open) for effect in effects)
    assert effects[2] == Tell(
        order_id="orphan-1",
        stage="orphan-explained",
        body={"outlet": OUTLET, "wh": 0.0, "peak_w": 0, "explained_by": "o-9"},
    )


def test_a_relay_that_says_on_is_not_off_because_nothing_draws() -> None:
    orphan, _ = lived((0, Begin()), (1, Sample(power_w=0.0, is_on=True)), (2, Sample(power_w=None)))
    assert orphan.stage is Stage.SEEN


def test_a_restarted_or_exchanged_register_counts_no_energy_twice() -> None:
    orphan, _ = lived(
        (0, Begin()),
        (1, Sample(power_w=90.0, register_wh=100.0)),
        (2, Sample(power_w=90.0, register_wh=3.0)),
        (3, Sample(power_w=90.0, register_wh=4.0)),
        (4, Sample(power_w=90.0, register_wh=800.0, meter=2)),
    )
    assert orphan.wh == 1.0
