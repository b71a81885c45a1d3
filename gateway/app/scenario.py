"""Read a scenario file: what happens to a simulated site, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from gateway.model.errors import ConfigError
from gateway.profile.document import parse
from gateway.profile.load import read_text
from gateway.profile.strict import Strict
from gateway.profile.validate import validate
from simulators.errors import SimulatorError
from simulators.estate.estate import Step
from simulators.estate.injection import read_injection
from simulators.estate.shipped import scenario_path

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.profile.findings import Findings
    from simulators.estate.directory import Directory


class StepSpec(Strict):
    """Something that happens."""

    at_s: Annotated[float, Field(ge=0, le=86_400)] = Field(description="Seconds after the start.")
    target: str = Field(description="A line, a device, or an outlet such as pile-02/outlet-05.")
    fault: str = Field(description="What happens, as `gateway simulate --inject` takes it.")


class ScenarioFile(Strict):
    """A scenario."""

    scenario: str = Field(min_length=1, max_length=200, description="What it shows.")
    steps: Annotated[list[StepSpec], Field(min_length=1, max_length=1000)] = Field(description="What happens when.")


STAND_INS: dict[str, object] = {"scenario": "x", "steps": [{"at_s": 0, "target": "x", "fault": "x"}]}


def load_scenario(path: Path, directory: Directory) -> tuple[Step, ...]:
    """Read a scenario, or a shipped one by its bare name, for this site. Raises `ConfigError` with every problem."""
    path = scenario_path(path)
    document = parse(read_text(path), str(path))
    spec, findings = validate(document, ScenarioFile, STAND_INS)
    if spec is not None:
        for index, step in enumerate(spec.steps):
            _judge(step, index, directory, findings)
    if spec is None or findings.sorted():
        raise ConfigError(findings.sorted())
    return tuple(Step(at_s=step.at_s, target=step.target, fault=step.fault) for step in spec.steps)


def _judge(step: StepSpec, index: int, directory: Directory, findings: Findings) -> None:
    """Note what this site cannot do with a step."""
    key = "target"
    try:
        directory.find(step.target)
        key = "fault"
        read_injection(step.target, step.fault, directory)
    except SimulatorError as error:
        findings.add(("steps", index, key), str(error))
