"""A closing counts once, however often its event has to be stored, and the count is in the transaction of the event."""

from __future__ import annotations

from gateway.edge.book import Book
from gateway.edge.closings import PREFIX
from gateway.edge.held import Held
from gateway.edge.journal import Moment
from gateway.edge.view import view
from gateway.model.event import Event, EventKind
from tests.scenario.house import shipped_shed

OUTLET = "pile-02/outlet-05"


def on(book: Book, order_id: str) -> dict[str, bytes | None]:
    body = {"order_id": order_id, "stage": "on"}
    return book.apply(Event(id="b-1", kind=EventKind.ORDER, target=OUTLET, at_s=1.0, body=body), {})


def hold(book: Book, order_id: str) -> None:
    until = Moment(ts_ms=9_000, clock=2, mono_s=9.0)
    book.running(Held(outlet=OUTLET, order_id=order_id, command_id="c", until=until, machine="m", started_s=0.0))


def test_an_event_that_the_log_has_refused_counts_once_and_is_stored_when_it_comes_again() -> None:
    book = Book(shipped_shed(), "m", {PREFIX + OUTLET: b"41", f"{PREFIX}odd": b"x"})
    hold(book, "o-1")
    assert on(book, "o-1")[PREFIX + OUTLET] == b"42"
    assert on(book, "o-1")[PREFIX + OUTLET] == b"42"
    assert view(book, "pile-02", 2.0).outlets["outlet-05"].closings == 42
    hold(book, "o-2")
    assert on(book, "o-2")[PREFIX + OUTLET] == b"43"
    assert on(book, "o-9") == {}, "an order that is not held has closed nothing"
