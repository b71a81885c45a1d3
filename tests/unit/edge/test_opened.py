"""When an outlet was last seen open is said by its own readings, whatever edge holds of it."""

from __future__ import annotations

import pytest

from gateway.edge.book import Book
from gateway.edge.places import Places
from gateway.edge.view import view
from gateway.model.layout import Layout, describe
from gateway.model.scan import Quality, Scan
from gateway.model.wiring import Block, Table
from tests.scenario.house import shipped_shed

SITE = shipped_shed()
DEVICE = SITE.devices[0]
OUTLET = DEVICE.model.outlets[0].name
CONTACTS, CURRENTS = Block(Table.COIL, 0, 12), Block(Table.HOLDING, 100, 12)


def book_of_pile() -> Book:
    """Return the book of a site whose first pile reads its contacts and its currents."""
    layouts = []
    for number, block in enumerate((CONTACTS, CURRENTS)):
        points = tuple(
            each for each in DEVICE.model.points
            if each.table is block.table and block.address <= each.address < block.end
        )  # fmt: skip
        layout = Layout(device=DEVICE.name, kind=DEVICE.model.kind, block=block, points=points)
        layouts.append((number, DEVICE.name, describe(layout).decode()))
    book = Book(SITE, "this-boot", {})
    book.places = Places(layouts, book.models)
    return book


def seen(*scans: Scan) -> float | None:
    """Return when the first outlet was seen open by these scans."""
    book = book_of_pile()
    for scan in scans:
        book.places.take(scan)
    return view(book, DEVICE.name, 100.0).outlets[OUTLET].opened_s


def contacts(at_s: float, *, closed: bool, quality: Quality = Quality.GOOD) -> Scan:
    return Scan(DEVICE.name, 0, at_s, bytes([int(closed), 0]), quality)


def currents(at_s: float, amps: float) -> Scan:
    return Scan(DEVICE.name, 1, at_s, round(amps * 100).to_bytes(2, "big") + bytes(22), Quality.GOOD)


@pytest.mark.parametrize(
    ("scans", "opened_s"),
    [
        ((), None),
        ((currents(5.0, 0.0),), None),
        ((contacts(3.0, closed=False),), 3.0),
        ((contacts(3.0, closed=True), currents(5.0, 0.0)), None),
        ((contacts(3.0, closed=False), currents(5.0, 0.0)), 3.0),
        ((contacts(5.0, closed=False), currents(3.0, 0.0)), 3.0),
        ((contacts(3.0, closed=False), currents(5.0, 0.4)), None),
        ((contacts(3.0, closed=False), contacts(5.0, closed=True, quality=Quality.SILENT), currents(6.0, 0.0)), 3.0),
    ],
    ids=[
        "nothing was read",
        "nothing flows: it may be a full battery",
        "the contact alone",
        "closed, and nothing flows",
        "open: as old as the older of both",
        "open: as old as the older of both, the other way round",
        "open, yet it flows: welded",
        "what was not answered is no reading",
    ],
)
def test_an_outlet_is_open_when_its_contact_says_so_and_nothing_flows(
    scans: tuple[Scan, ...], opened_s: float | None
) -> None:
    assert seen(*scans) == opened_s


def test_the_first_currents_after_a_contact_has_moved_are_news_and_no_others() -> None:
    places = book_of_pile().places
    told = [
        places.take(scan)
        for scan in (
            contacts(1.0, closed=True),
            currents(2.0, 1.0),
            currents(3.0, 1.2),
            contacts(4.0, closed=False),
            contacts(5.0, closed=False),
            currents(6.0, 0.0),
            currents(7.0, 0.0),
        )
    ]
    assert told == [True, True, False, True, False, True, False]
