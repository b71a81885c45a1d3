"""Actions of devices on their way: `open` a lock, `tare` or `zero` a scale. Each is handed to its line once at most.

A frame that may have gone out is never sent again, by this process or by the next. What became of it, the device's
answer says or a newer reading; where neither does, nobody knows whether it was done, and that is the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.field.proof import proof_of
from gateway.field.rules import Acting, refuse_acting
from gateway.model.command import Outcome
from gateway.model.device import Action
from gateway.model.transaction import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gateway.bus.job import Order
    from gateway.field.device import FieldDevice
    from gateway.field.loop import ControlLoop
    from gateway.field.places import Reports
    from gateway.field.proof import Proof
    from gateway.model.command import Command
    from gateway.model.scan import Scan
    from gateway.model.transaction import Exchange
    from gateway.model.wiring import Write

SHOWN_WITHIN_S = 2.0
"""How long a reading may take to show what a device has not acknowledged."""

UNKNOWN = "unknown-whether-done"


@dataclass(frozen=True, slots=True)
class Doer:
    """What can be told to act: a device, or its outlet at this position."""

    loop: ControlLoop
    device: FieldDevice
    outlet: int | None

    @property
    def actions(self) -> Mapping[Action, Write]:
        model = self.device.model
        return model.actions if self.outlet is None else model.outlets[self.outlet].actions

    @property
    def is_silent(self) -> bool:
        return self.loop.bus.planner.health[self.device.index].is_silent


@dataclass(slots=True)
class Act:
    """One action under way. `sent_s`: the end of its frame, None while it waits for the line."""

    id: str
    doer: Doer
    action: Action
    expires_s: float
    proof: Proof | None
    sent_s: float | None = None
    is_answered: bool = False


class Acts:
    """All actions under way of one field process. `image` gives the newest scan of a layout."""

    def __init__(
        self,
        *,
        reports: Reports,
        image: Callable[[int], Scan | None],
        events_full: Callable[[], bool],
        tokens: Iterator[int],
        now: Callable[[], float],
    ) -> None:
        self._reports = reports
        self._image = image
        self._events_full = events_full
        self._tokens = tokens
        self._now = now
        self._doers: dict[str, Doer] = {}
        self._under_way: dict[int, Act] = {}

    def place(self, loops: Sequence[ControlLoop]) -> None:
        """Learn what can be told to act."""
        for loop in loops:
            for device in loop.devices:
                self._doers[device.name] = Doer(loop, device, None)
                for position, name in enumerate(device.outlet_names):
                    self._doers[name] = Doer(loop, device, position)

    def submit(self, command: Command) -> None:
        """Decide an action; its outcome goes to the reports, now or when line and readings have answered."""
        doer = self._doers.get(command.target)
        action = next((action for action in Action if action == command.args.get("action")), None)
        reason = refuse_acting(
            Acting(
                is_known=doer is not None,
                can_act=doer is not None and action in doer.actions,
                expires_s=command.expires_s,
                in_sight=doer is not None and not doer.is_silent,
                is_busy=any(act.doer == doer for act in self._under_way.values()),
                events_full=self._events_full(),
            ),
            self._now(),
        )
        if doer is None or action is None or command.expires_s is None or reason:
            self._tell(command.id, "refused", reason)
            return
        self._begin(Act(command.id, doer, action, command.expires_s, self._proof(doer, action)))

    def written(self, order: Order, exchange: Exchange) -> bool:
        """Take the end of a write; return whether it was an action's."""
        act = self._under_way.get(order.token)
        if act is None:
            return False
        if not exchange.request:  # nothing went out
            self._end(order.token, "refused", "cannot-act")
        elif exchange.failure is Failure.EXCEPTION:
            self._end(order.token, "failed", "refused-by-device")
        else:
            act.sent_s = exchange.request_end_s
            act.is_answered = exchange.failure is None and bool(exchange.reply)
            if act.is_answered and (act.action is Action.OPEN or act.proof is None):
                self._end(order.token, "done", "acknowledged")  # a door that is released may well stay shut
            elif act.proof is None:
                self._end(order.token, "failed", UNKNOWN)
            act.doer.loop.bus.read_now(act.doer.device.index)
        return True

    def tick(self) -> None:
        """End what a reading has shown, what none has shown in time, and what has expired before its turn."""
        now_s = self._now()
        for token, act in list(self._under_way.items()):
            if act.sent_s is None:
                if now_s >= act.expires_s:
                    self._withdraw(token, act, "expired")
            elif act.proof is not None and act.proof.shown_by(self._image(act.proof.layout.number), act.sent_s):
                self._end(token, "done", "seen")
            elif now_s >= act.sent_s + SHOWN_WITHIN_S:
                state, reason = ("done", "acknowledged") if act.is_answered else ("failed", UNKNOWN)
                self._end(token, state, reason)

    def take_back(self, device: FieldDevice, reason: str) -> None:
        """Take back every action of a device that still waits for its line."""
        for token, act in list(self._under_way.items()):
            if act.doer.device is device:
                self._withdraw(token, act, reason)

    @property
    def ids(self) -> tuple[str, ...]:
        """The commands whose frame may go out, or has gone out, and that have no outcome yet."""
        return tuple(act.id for act in self._under_way.values())

    # ------------------------------------------------------------------ inside

    def _begin(self, act: Act) -> None:
        token = next(self._tokens)
        self._under_way[token] = act
        if not self._reports.acts_begin(self.ids):  # a successor would not know of it
            self._end(token, "refused", "cannot-be-kept")
            return
        act.doer.loop.bus.command(act.doer.device.index, act.doer.actions[act.action], token)

    def _proof(self, doer: Doer, action: Action) -> Proof | None:
        """Return what will show the effect; a reading that shows it already proves nothing."""
        proof = proof_of(doer.device, doer.outlet, action)
        if proof is None or proof.shown_by(self._image(proof.layout.number), since_s=float("-inf")):
            return None
        return proof

    def _withdraw(self, token: int, act: Act, reason: str) -> None:
        planner = act.doer.loop.bus.planner
        if act.sent_s is None and planner.waits(token):
            planner.withdraw(token)
            self._end(token, "refused", reason)

    def _end(self, token: int, state: str, reason: str) -> None:
        act = self._under_way.pop(token)
        self._tell(act.id, state, reason)

    def _tell(self, command_id: str, state: str, reason: str) -> None:
        self._reports.outcome(Outcome(id=command_id, state=state, reason=reason))


def unknown(ids: Iterable[str]) -> Iterator[Outcome]:
    """Yield the outcomes of the actions that an earlier process was carrying out when it died."""
    for command_id in ids:
        detail = "field was restarted while it was carried out: it is not sent again"
        yield Outcome(id=command_id, state="failed", reason=UNKNOWN, detail=detail)
