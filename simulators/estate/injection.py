"""One naming for everything that can go wrong: `TARGET FAULT[=VALUE][,OPTION=VALUE]...`. Pure.

pile-02/outlet-05 overload=12A          pile-02 silent,for=20s
pile-02/outlet-05 ramp=14A,over=10s     pile-02 flip=3,times=10
line-1 unplug=3s                        pile-02 clear
cabinet-01 takes=2,back=1               bins/outlet-03 throws=2.5kg,leans=8kg
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulators.errors import SimulatorError
from simulators.estate.catalogue import FAULTS
from simulators.estate.directory import Directory, Level, did_you_mean
from simulators.estate.quantity import PEOPLE, PIECES, POWER, TIME, TIMES, WEIGHT, Quantity
from simulators.estate.wish import Form, Order, Wish

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simulators.estate.directory import Target

OFF = "off"
OPTIONS: Mapping[str, Quantity] = {
    "for": TIME,
    "over": TIME,
    "times": TIMES,
    "back": PIECES,
    "peels": PIECES,
    "astray": PIECES,
    "leaves": WEIGHT,
    "out": WEIGHT,
    "leans": WEIGHT,
    "throws": WEIGHT,
    "people": PEOPLE,
    "left": TIME,
    "waits": TIME,
    "float": POWER,
}
EXAMPLES = {Level.LINE: "line-1", Level.DEVICE: "pile-02", Level.OUTLET: "pile-02/outlet-05"}


def read_injection(target: str, fault: str, directory: Directory) -> list[Order]:
    """Return what an injection asks of which lines. Raises `SimulatorError`: one line that says what was meant."""
    first, *rest = fault.strip().split(",")
    name, given, text = first.partition("=")
    form = FAULTS.get(name)
    if form is None:
        raise SimulatorError(f"there is no fault {name!r}{did_you_mean(name, FAULTS)}")
    found = directory.find(target)
    if found.level not in form.levels:
        wanted = " or ".join(f"a {level} such as {EXAMPLES[level]}" for level in Level if level in form.levels)
        raise SimulatorError(f"{name} happens to {wanted}, and {target} is a {found.level}")
    if found.place is not None and found.place.kind not in form.kinds:
        raise SimulatorError(f"{name} does not happen to {target}, a {found.place.kind}")
    _check_protocol(name, form, found, target, directory)
    if form.room and found.place is not None and found.place.room != form.room:
        raise SimulatorError(f"{name} happens to a {form.room}, and {target} is a {found.place.room}")
    off = form.ends and text == OFF
    value = None if off else _value(name, form, text, given=bool(given))
    return form.make(Wish(target=found, directory=directory, value=value, off=off, options=_options(name, form, rest)))


def _check_protocol(name: str, form: Form, found: Target, target: str, directory: Directory) -> None:
    if form.drivers is None:
        return
    spoken = directory.drivers_on(found.bus) if found.place is None else {found.place.driver}
    if not spoken & form.drivers:
        wanted = ", ".join(sorted(form.drivers))
        raise SimulatorError(
            f"{name} happens where {wanted} is spoken, and {target} speaks {', '.join(sorted(spoken))}"
        )


def _value(name: str, form: Form, text: str, *, given: bool) -> float | None:
    if form.value is None:
        if given:
            raise SimulatorError(f"{name} takes no value" + (f" but {name}=off" if form.ends else ""))
        return None
    if not given and form.usual is None:
        raise SimulatorError(f"{name} needs {form.value.what} such as {name}={form.value.example}")
    return form.value.read(name, text) if given else form.usual


def _options(name: str, form: Form, parts: list[str]) -> dict[str, float]:
    options = {}
    for part in parts:
        option, equals, text = part.strip().partition("=")
        if option not in form.options:
            hint = did_you_mean(option, form.options) if form.options else " (it takes none)"
            raise SimulatorError(f"{name} has no option {option!r}{hint}")
        options[option] = OPTIONS[option].read(option, text if equals else "")
    return options
