"""Every mistake in a profile is told where it stands, what it is, and how to mend it."""

from __future__ import annotations

import pytest

from gateway.model.errors import ConfigError, Problem
from gateway.profile.load import compile_profile

NAME = "pile/acme_two"
GOOD = """\
kind: pile
vendor: acme
model: two
source: {manual: Acme manual 1.0}
driver: modbus
limits: {registers: 20}
readable: {holding: [[0, 30]]}
currents: {delivery: polled, refresh_ms: 400}
on_silence: {lease: {arm: arm, armed: timeout, timeout_s: 30}}
points:
  timeout: {table: holding, address: 50, type: u16, unit: s, access: read-write}
  smoke: {table: input, address: 0, type: bit, bit: 0}
  door: {table: input, address: 0, type: bit, bit: 1}
roles: {smoke: smoke, door: door}
commands:
  arm: {table: holding, address: 50, values: [30], read_back: timeout}
  all-off: {table: coil, address: 0, values: [0, 0], multiple: true}
capabilities: {switch: {all_off: all-off}}
outlets:
  count: 2
  points:
    current: {table: holding, address: 0, type: u16, scale: 0.01, unit: A, range: [0, 60]}
    energy: {table: holding, address: 10, type: u32, unit: Wh}
    relay: {table: coil, address: 0, type: bit}
  roles: {current: current, energy: energy, relay: relay}
  commands:
    close: {table: coil, address: 0, values: [1], read_back: outlets/relay}
    open: {table: coil, address: 0, values: [0], read_back: outlets/relay}
    open-15: {table: coil, address: 0, values: [0], multiple: true}
  capabilities:
    switch: {on: close, off: open, off_other: open-15}
poll_groups:
  - {name: currents, class: protection, points: [outlets/current]}
  - {name: rest, class: telemetry, period_ms: 1000, points: [outlets/energy, outlets/relay, smoke, door]}
banned_for_off:
  - {table: coil, addresses: [512, 520], why: flash the output}
"""


def problems_of(text: str, name: str = NAME) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        compile_profile(text, name, "p.yaml")
    return caught.value.problems


def changed(*replacements: tuple[str, str]) -> str:
    text = GOOD
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def text_at(text: str, problem: Problem) -> str:
    return text.splitlines()[problem.line - 1][problem.column - 1 :]


def test_the_unchanged_profile_is_good() -> None:
    assert compile_profile(GOOD, NAME, "p.yaml").outlet(2).number == 2


CASES = {
    "unknown key": ("driver: modbus", "drivr: modbus", "drivr", "unknown key `drivr`", "did you mean `driver`?"),
    "unknown nested key": ("scale: 0.01", "skale: 0.01", "skale", "unknown key `skale`", "did you mean `scale`?"),
    "missing key": ("source: {manual: Acme manual 1.0}\n", "", "kind", "the key `source` is missing", "facts"),
    "wrong type": ("count: 2", 'count: "2"', '"2"', "valid integer (found '2')", "How many outlets"),
    "unknown word": ("type: u32", "type: u33", "u33", "(found 'u33')", "did you mean `u32`?"),
    "address beyond": ("address: 50, type", "address: 65536, type", "65536", "less than or equal to 65535", "Counted"),
    "last outlet beyond": ("address: 10,", "address: 65533,", "65533", "reaches address 65536", "count from 0"),
    "scale zero": ("scale: 0.01", "scale: 0", "0,", "scale 0", "raw x scale"),
    "scale nan": ("scale: 0.01", "scale: .nan", ".nan", "finite number", "Factor"),
    "overlap": ("address: 10,", "address: 1,", "1,", "lies on outlet-02/current (holding 1)", "line 22"),
    "overlap of bits": ("bit: 1}", "bit: 0}", "0, type: bit, bit: 0}", "door lies on smoke (input 0)", "line 12"),
    "stride too short": ("address: 10,", "address: 10, stride: 1,", "1,", "stride 1 lays", "leave `stride` out"),
    "role without point": ("energy: energy", "energy: enrgy", "enrgy", "names no point: `enrgy`", "`energy`?"),
    "role unknown": ("smoke: smoke,", "smok: smoke,", "smok", "found 'smok'", "did you mean `smoke`?"),
    "role of the wrong owner": ("door: door}", "plug: door}", "plug", "no role `plug`", "known here"),
    "role in another unit": ("unit: A,", "unit: mA,", "current", "wants A, its point has `mA`", "scale"),
    "current without range": (", range: [0, 60]", "", "current", "has no range", "plausible"),
    "command without point": ("read_back: timeout", "read_back: timout", "timout", "names no point", "`timeout`?"),
    "switch without command": ("off: open,", "off: opn,", "opn", "names no command of an outlet: `opn`", "`open`?"),
    "all_off without command": ("all_off: all-off", "all_off: alloff", "alloff", "names no command", "`all-off`?"),
    "act without command": ("all-off}}", "all-off}, act: {zero: zro}}", "zro", "`zero` names no command: `zro`", "arm"),
    "outlet's act without command": (
        "off_other: open-15}",
        "off_other: open-15}\n    act: {open: opn}",
        "opn",
        "`open` names no command: `opn`",
        "did you mean `open`?",
    ),
    "act unknown": ("all-off}}", "all-off}, act: {zer: arm}}", "zer", "found 'zer'", "did you mean `zero`?"),
    "group without point": ("smoke, door]", "smoke, dor]", "dor", "the group reads no point: `dor`", "`door`?"),
    "group without period": ("period_ms: 1000, ", "", "{name: rest", "needs a `period_ms`", "protection only"),
    "current outside the ring": ("class: protection", "class: control, period_ms: 9", "current", "protection", "round"),
    "role that nobody reads": ("smoke, door]", "smoke]", "door}", "no poll group reads `door`", ""),
    "refresh missing": (", refresh_ms: 400", "", "{delivery: polled}", "`refresh_ms` is missing", "72 to 800 ms"),
    "watchdog unsaid": (
        "on_silence: {lease: {arm: arm, armed: timeout, timeout_s: 30}}\n",
        "",
        "kind",
        "`on_silence` is missing",
        "holds: true",
    ),
    "watchdog and hold": ("on_silence: {", "on_silence: {holds: true, ", "on_silence", "either", "exactly one"),
    "watchdog armed otherwise": ("timeout_s: 30", "timeout_s: 60", "60", "`arm` sets 30 s, not 60 s", "scale"),
    "workaround unknown": (
        "driver: modbus",
        "driver: modbus\nworkarounds: [only-multiple-write]",
        "only-multiple-write]",
        "found 'only-multiple-write'",
        "did you mean `only-multiple-writes`?",
    ),
    "driver unknown": ("driver: modbus", "driver: modbos", "modbos", "no driver is called `modbos`", "`modbus`?"),
    "block too large": ("registers: 20", "registers: 1", "u32", "takes 2 registers, one read may ask for 1", "half"),
    "odd count": (
        "limits: {registers: 20}\nreadable: {holding: [[0, 30]]}",
        "limits: {registers: 20, even_counts: true}",
        "points: [outlets/energy",
        "input 0..0 cannot be read in even numbers",
        "neighbour",
    ),
    "file and content differ": ("model: two", "model: three", "three", "the file is called pile/acme_two", "path"),
    "register in a bit table": ("type: bit}", "type: u16}", "u16", "holds single bits", "use the type bit"),
    "bit without number": ("type: bit, bit: 1}", "type: bit}", "door", "needs `bit`", "lowest"),
    "key twice": ("0, values: [1]", "0, table: coil, values: [1]", "table: coil, values", "second time", "in line 27"),
    "write to an input": (
        "close: {table: coil",
        "close: {table: input",
        "input",
        "cannot be written",
        "coil or holding",
    ),
    "input that is written": ("bit: 0}", "bit: 0, access: write}", "write", "cannot be written", "access: read"),
}


@pytest.mark.parametrize(("old", "new", "at", "what", "hint"), CASES.values(), ids=CASES.keys())
def test_a_mistake_is_told_with_place_and_hint(old: str, new: str, at: str, what: str, hint: str) -> None:
    text = changed((old, new))
    problem = next((found for found in problems_of(text) if what in found.what), None)
    assert problem is not None, problems_of(text)
    assert text_at(text, problem).startswith(at)
    assert hint in problem.hint


OFF_CASES = {
    "coil on": ("values: [0], read_back", "values: [1], read_back", "writes 0 to its coil"),
    "toggle value": ("values: [0], read_back", "values: [21760], read_back", "a coil is written 0 or 1, not 21760"),
    "flash address": (
        "open: {table: coil, address: 0, values: [0], read_back: outlets/relay}",
        "open: {table: coil, address: 512, values: [0]}",
        "must not flash the output: coil 512",
    ),
    "same as on": ("values: [1], read_back", "values: [0], read_back", "OFF writes what ON writes"),
    "two outlets in one": ("values: [0], read_back", "values: [0], stride: 0, read_back", "OFF of two outlets"),
    "other is the same": (", multiple: true}\n  cap", "}\n  cap", "sends the very frame of `off`"),
}


@pytest.mark.parametrize(("old", "new", "what"), OFF_CASES.values(), ids=OFF_CASES.keys())
def test_no_off_depends_on_the_state_before_or_passes_by_itself(old: str, new: str, what: str) -> None:
    assert any(what in problem.what for problem in problems_of(changed((old, new))))


def test_a_group_cannot_read_what_is_only_written() -> None:
    text = changed(("access: read-write}", "access: write}"), ("smoke, door]", "smoke, door, timeout]"))
    assert any("`timeout` can only be written" in problem.what for problem in problems_of(text))


def test_every_problem_of_form_and_sense_comes_in_one_go_in_the_order_of_the_file() -> None:
    text = changed(
        ("kind: pile", "kind: pyle"),
        ("scale: 0.01", "scale: .inf"),
        ("type: u32", "typ: u32"),
        ("energy: energy", "energy: enrgy"),
        ("smoke, door]", "smoke, dor]"),
        ("off: open,", "off: opn,"),
    )
    found = problems_of(text)
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)
    words = ["pyle", "finite", "unknown key `typ`", "`type` is missing", "enrgy", "`dor`", "`opn`"]
    assert all(any(word in problem.what for problem in found) for word in words), found


def test_what_the_schema_refuses_causes_no_second_complaint() -> None:
    found = problems_of(changed(("address: 0, type: u16", "address: x, type: u16")))
    assert [problem.what for problem in found] == ["`address`: should be a valid integer (found 'x')"]


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ("kind: pile\nvendor: [a\n", 3, 1, "not YAML"),
        ("kind: pile\nkind: meter\n", 2, 1, "a second time"),
        ("kind: &a [*a]\n", 1, 7, "alias inside itself"),
        ("kind: !python/object x\n", 1, 7, "cannot read"),
        ("- 1\n", 1, 1, "`the file`"),
        ("", 0, 0, "empty"),
        ("a: \x00", 0, 0, "not YAML"),
        ("{" * 1500, 0, 0, "nested too deeply"),
    ],
)
def test_broken_yaml_is_told_by_line_and_column(text: str, line: int, column: int, what: str) -> None:
    problem = next(found for found in problems_of(text) if what in found.what)
    assert (problem.line, problem.column) == (line, column)


def test_aliases_that_multiply_are_refused() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    assert "values" in problems_of(bomb)[0].what
