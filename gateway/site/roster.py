"""A roster in a file of its own: who is told of alarms by a console of many gateways. Written as in a site file."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from gateway.model.errors import ConfigError
from gateway.model.site import Receiver
from gateway.profile.document import parse
from gateway.profile.load import read_text
from gateway.profile.strict import Strict
from gateway.profile.validate import validate
from gateway.site.build import receiver_of
from gateway.site.schema import ReceiverSpec


class RosterFile(Strict):
    """Who is told of alarms."""

    notify: Annotated[list[ReceiverSpec], Field(min_length=1, max_length=16)] = Field(description="Who is told.")


_STAND_IN = {"notify": [{"name": "x", "form": "wecom", "url": "https://x"}]}


def load_roster(path: Path) -> tuple[Receiver, ...]:
    """Return who is told; files that it names are relative to its place. Raises `ConfigError` with every problem."""
    document = parse(read_text(path), str(path))
    spec, findings = validate(document, RosterFile, _STAND_IN)
    seen: set[str] = set()
    for place, receiver in enumerate(() if spec is None else spec.notify):
        if receiver.name in seen:
            findings.add(("notify", place, "name"), f"a second receiver `{receiver.name}`", "names are unique")
        seen.add(receiver.name)
    if spec is None or findings.sorted():
        raise ConfigError(findings.sorted())
    return tuple(receiver_of(receiver, path.absolute().parent) for receiver in spec.notify)
