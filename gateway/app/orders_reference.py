"""Write the reference of the orders, docs/reference/orders: `python -m gateway.app.orders_reference`."""

from pathlib import Path

from gateway.orders.reference.pages import pages

DIRECTORY = Path(__file__).parents[2] / "docs" / "reference" / "orders"


def write_all(directory: Path = DIRECTORY) -> None:
    """Write every page."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (directory / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_all()
