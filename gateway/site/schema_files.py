"""Write the JSON Schemas of site and profile files for editors: `python -m gateway.site.schema_files`.

Draft-07 words only, the newest that the usual YAML editors follow fully.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.profile.schema import ProfileFile
from gateway.site.schema import SiteFile

if TYPE_CHECKING:
    from pydantic import BaseModel

DIRECTORY = Path(str(files("configs") / "schema"))
MODELS: dict[str, type[BaseModel]] = {"profile.schema.json": ProfileFile, "site.schema.json": SiteFile}


def rendered(name: str) -> str:
    """Return the text of one schema file."""
    model = MODELS[name]
    schema = _draft_07(model.model_json_schema())
    return (
        json.dumps({"$schema": "http://json-schema.org/draft-07/schema#"} | schema, indent=2, ensure_ascii=False) + "\n"
    )


def write_all(directory: Path = DIRECTORY) -> None:
    """Write every schema file."""
    for name in MODELS:
        (directory / name).write_text(rendered(name), encoding="utf-8")


def _draft_07(node: Any) -> Any:
    """Say in draft-07 what pydantic says in 2020-12: `definitions`, and no keyword beside `$ref`."""
    if isinstance(node, list):
        return [_draft_07(item) for item in node]
    if not isinstance(node, dict):
        return node
    said = {key: _draft_07(value) for key, value in node.items() if key not in ("discriminator", "$defs")}
    if "$defs" in node:
        said["definitions"] = _draft_07(node["$defs"])
    if isinstance(said.get("$ref"), str):
        target = {"$ref": said.pop("$ref").replace("#/$defs/", "#/definitions/")}
        return {"allOf": [target]} | said if said else target
    return said


if __name__ == "__main__":
    write_all()
