"""How a tariff is written: the same object inline in a start command, in a file, and under its digest. Pure."""

import hashlib
import json
from collections.abc import Mapping

from pydantic import JsonValue, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from gateway.model.errors import GatewayError
from gateway.orders.tariff.tariff import Tariff

_FORM: TypeAdapter[Tariff] = TypeAdapter(Tariff)
_PHRASES = {
    "missing": "is missing",
    "missing_argument": "is missing",
    "unexpected_keyword_argument": "is not a field of a tariff",
    "int_type": "must be a whole number",
    "string_type": "must be text",
    "tuple_type": "must be a list",
    "dataclass_type": "must be an object",
    "dict_type": "must be an object",
}


class TariffError(GatewayError):
    """A tariff cannot be used; one line for each problem, each naming its field."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


def read_tariff(data: Mapping[str, object]) -> Tariff:
    """Return the tariff that a JSON-able object describes; raise TariffError with every problem of it.

    Nothing is guessed: `0.5` and `"5"` are no whole numbers, and a field that no tariff has is a mistake.
    """
    try:
        text = json.dumps(data, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise TariffError((f"tariff: cannot be written as JSON ({error})",)) from None
    try:
        return _FORM.validate_json(text)
    except ValidationError as error:
        raise TariffError(tuple(_say(found) for found in error.errors())) from None


def write_tariff(tariff: Tariff) -> dict[str, JsonValue]:
    """Return the tariff as a JSON-able object with every field in it; `read_tariff` makes the same tariff of it."""
    return dict(_FORM.dump_python(tariff, mode="json"))


def tariff_schema() -> dict[str, JsonValue]:
    """Return the JSON Schema of a tariff, for editors and for the parties that send one."""
    return dict(_FORM.json_schema())


def digest(tariff: Tariff) -> str:
    """Return the SHA-256, in hexadecimal, of everything that the tariff says.

    Two tariffs have the same digest exactly when they are equal, in whatever order or length they were written.
    """
    text = json.dumps(write_tariff(tariff), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _say(found: ErrorDetails) -> str:
    message = _PHRASES.get(found["type"]) or found["msg"].removeprefix("Value error, ")
    if found["type"].startswith("union_tag"):
        message = "needs `by`: energy, band, tier, time or count"
    return f"{_path(found['loc'])}: {message}"


def _path(places: tuple[int | str, ...]) -> str:
    """Write a place as people do: the name of the rate's kind, which pydantic puts after its number, is left out."""
    path = "tariff"
    for index, place in enumerate(places):
        if isinstance(place, int):
            path += f"[{place}]"
        elif not (index == 2 and places[0] in {"electricity", "service"}):  # noqa: PLR2004 - side, number, kind
            path += f".{place}" if place.isprintable() else f".{place!a}"
    return path
