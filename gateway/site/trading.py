"""What a site file says of vending cabinets and weighing bins: what belongs together, and what is sold. Pure."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from gateway.profile.strict import Strict

Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
Sku = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Door = Annotated[int, Field(ge=1, le=64)]
Grams = Annotated[int, Field(ge=0, le=2_000_000)]
Millimetres = Annotated[int, Field(ge=0, le=10_000)]

Climate = Literal["frozen", "chilled", "ambient"]
Category = Literal["recyclable", "kitchen", "hazardous", "other"]


class InputSpec(Strict):
    """A contact that says something of a door, a bin or a slot: a point of type bit."""

    device: Name = Field(description="The device whose point it is.")
    point: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")] = Field(description="The point, by its profile.")
    inverted: bool = Field(default=False, description="True where the contact is open while what it tells is so.")


class ShelfSpec(Strict):
    """One shelf or slot behind a door."""

    name: Name = Field(description="Name of the shelf within its cabinet.")
    door: Door = Field(description="Number of its door on the lock board.")
    weigher: Name | None = Field(
        default=None, description="The scale under it; with no proof of its own, its opened door is the proof."
    )
    presence: InputSpec | None = Field(default=None, description="Contact that is closed while goods are in the slot.")
    rfid: bool = Field(
        default=False, description="True where a terminal reports the RFID tags that are there (`seen`)."
    )
    articles: Annotated[list[Sku], Field(min_length=1, max_length=64)] = Field(description="What stands on it, by sku.")
    noise_g: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=10, description="How far its scale may stray with nothing taken, g."
    )


class CabinetSpec(Strict):
    """One vending cabinet."""

    name: Name = Field(description="Name of the cabinet; purchases name it.")
    lock: Name = Field(description="Its lock board, whose door contacts are its door sensors.")
    prices: Sku = Field(description="Id of the price list that holds here; of several versions the newest does.")
    shelves: Annotated[list[ShelfSpec], Field(min_length=1, max_length=64)] = Field(description="What it holds.")
    climate: Literal["frozen", "chilled", "ambient"] = Field(
        default="ambient", description="frozen, chilled or ambient."
    )
    thermometer: Name | None = Field(default=None, description="The sensor inside; frozen and chilled need one.")
    defrost: InputSpec | None = Field(default=None, description="Contact that is closed while the evaporator defrosts.")
    limit_c: Annotated[float, Field(ge=-40, le=40)] | None = Field(
        default=None, description="Warmest that its goods may be; -18 frozen, 5 chilled if unset."
    )


class BinSpec(Strict):
    """One weighing bin."""

    name: Name = Field(description="Name of the bin; deposits name it.")
    lock: Name = Field(description="The board that opens its door; all bins of one board are one station.")
    door: Door = Field(description="Number of its door on that board.")
    weigher: Name = Field(description="The scale that it stands on.")
    category: Literal["recyclable", "kitchen", "hazardous", "other"] = Field(
        description="recyclable, kitchen, hazardous or other."
    )
    points: Sku = Field(description="Id of the points rule that holds here; of several versions the newest does.")
    tare_g: Grams = Field(default=0, description="Weight of the empty container, g.")
    full_g: Grams = Field(default=150_000, description="Gross weight from which on it takes no more, g.")
    most_g: Grams = Field(default=50_000, description="Heaviest delivery that can be true, g.")
    level: Name | None = Field(default=None, description="The sensor that looks down into it.")
    empty_mm: Millimetres | None = Field(default=None, description="What the sensor reads of the empty bin.")
    full_mm: Millimetres | None = Field(default=None, description="What the sensor reads of the full bin.")
    hand: InputSpec | None = Field(default=None, description="Contact that is closed while a hand is in the door.")
    jam: InputSpec | None = Field(default=None, description="Contact that closes when the door has run into something.")
    wrong: InputSpec | None = Field(
        default=None, description="Contact that closes when something of another category comes."
    )


def written_trading(
    cabinets: list[CabinetSpec],
    bins: list[BinSpec],
    price_lists: list[dict[str, JsonValue]],
    points_rules: list[dict[str, JsonValue]],
) -> dict[str, object]:
    """Return what the file says of trading, as plain values; empty where it says nothing."""
    said: dict[str, list[dict[str, JsonValue]]] = {
        "cabinets": [cabinet.model_dump(mode="json") for cabinet in cabinets],
        "bins": [each.model_dump(mode="json") for each in bins],
        "price_lists": price_lists,
        "points_rules": points_rules,
    }
    return {name: value for name, value in said.items() if value}
