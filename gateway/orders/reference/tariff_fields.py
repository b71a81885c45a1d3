"""The fields of a tariff as Markdown tables, made of its own JSON Schema. Pure."""

from __future__ import annotations

from typing import Any

from gateway.orders.tariff.form import tariff_schema

_TITLES = {
    "ByEnergy": "A rate `by: energy`",
    "ByBand": "A rate `by: band`",
    "BandPrices": "Its prices",
    "ByTier": "A rate `by: tier`",
    "Tiers": "The `tiers`",
    "ByTime": "A rate `by: time`",
    "ByCount": "A rate `by: count`",
}


def tariff_fields() -> str:
    """Return one table for a tariff and one for each object in it."""
    schema: dict[str, Any] = tariff_schema()
    parts = [("A tariff", schema), *((title, schema["$defs"][name]) for name, title in _TITLES.items())]
    return "\n".join(f"### {title}\n\n{made['description']}\n\n{_table(made, schema)}" for title, made in parts)


def _table(made: dict[str, Any], schema: dict[str, Any]) -> str:
    needed = made.get("required", ())
    rows = [
        f"| `{name}` | {_form(field, schema)} | {'needed' if name in needed else _default(field)} |"
        for name, field in made["properties"].items()
        if "const" not in field
    ]
    return "\n".join(["| field | what | default |", "|---|---|---|", *rows]) + "\n"


def _form(field: dict[str, Any], schema: dict[str, Any]) -> str:
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return _form(schema["$defs"][name], schema) if "enum" in schema["$defs"][name] else _TITLES[name].lower()
    if "anyOf" in field:
        return " or ".join(_form(each, schema) for each in field["anyOf"] if each.get("type") != "null")
    if "oneOf" in field:
        return "rate"
    if field.get("type") == "array":
        return f"list of at most {field['maxItems']}: {_form(field['items'], schema)}"
    return _plain(field)


def _plain(field: dict[str, Any]) -> str:
    if "enum" in field:
        return ", ".join(f"`{word}`" for word in field["enum"])
    if field["type"] == "string":
        return f"text, `{field['pattern']}`"
    step = f", a multiple of {field['multipleOf']}" if "multipleOf" in field else ""
    return f"whole number, {field['minimum']} to {field['maximum']}{step}"


def _default(field: dict[str, Any]) -> str:
    default = field.get("default")
    if default is None:
        return "none"
    return "none" if default == [] else f"`{default}`"
