"""Read a site in a process of its own: what understands files is large, and who runs a site needs it only once.

`python -m gateway.app.reading SITE` is that process: it writes the site to its standard output, for its parent only.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.app.life import FAILED, link_end, report
from gateway.model.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.model.site import Site


PR_SET_PDEATHSIG = 1  # prctl(2)


class ReadingError(ConfigError):
    """The site cannot be used, and the reading process has said why."""

    def __init__(self, exit_code: int) -> None:
        super().__init__([])
        self.exit_code = exit_code


def read_site(path: Path, links: Mapping[str, str], *, to_protect: bool) -> Site:
    """Return a site. Raises `ReadingError` once the reason has been written to standard error.

    `to_protect`: judge what field promises, and leave tariffs and trading to edge; else the other way round.
    """
    command = [sys.executable, *(["-P"] if sys.flags.safe_path else []), "-m", "gateway.app.reading", str(path)]
    command += ["--for-parent", str(os.getpid())]
    command += [f"--link={bus}={end}" for bus, end in links.items()]
    command += ["--to-protect"] if to_protect else []
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)  # noqa: S603 - this very program
    if done.returncode:
        raise ReadingError(done.returncode)
    site: Site = pickle.loads(done.stdout)  # noqa: S301 - written a moment ago by our own child, over a pipe of ours
    return site


def main(arguments: Sequence[str] | None = None) -> int:
    """Read a site and hand it over; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m gateway.app.reading", description=__doc__)
    parser.add_argument("site", type=Path, help="site file")
    parser.add_argument("--link", type=link_end, action="append", default=[], metavar="BUS=END")
    parser.add_argument("--to-protect", action="store_true", help="judge the promises, leave tariffs alone")
    parser.add_argument("--for-parent", type=int, metavar="PID", help="end with this process")
    given = parser.parse_args(arguments)
    if given.for_parent is not None and not _end_with(given.for_parent):
        return FAILED
    try:
        site = _read(given.site, dict(given.link), to_protect=given.to_protect)
    except (ConfigError, OSError) as error:
        return report(error)
    with contextlib.suppress(BrokenPipeError):  # the parent is gone, and will ask again
        sys.stdout.buffer.write(pickle.dumps(site))
        sys.stdout.flush()
    return 0


def _end_with(parent: int) -> bool:
    """Let the kernel end this process with its parent; return whether that is still there."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return os.getppid() == parent


def _read(path: Path, links: Mapping[str, str], *, to_protect: bool) -> Site:
    """Load a site; for field refuse what `gateway run` refuses: systemd starts it without that."""
    from gateway.app.check import judge  # noqa: PLC0415 - who starts this process must not load it
    from gateway.site.load import load_site  # noqa: PLC0415 - likewise

    site = load_site(path, links=links, with_tariffs=not to_protect)
    refusals = judge(site).refusals if to_protect else ()
    if refusals:
        raise ConfigError([Problem(file=site.file, line=0, column=0, what=refusal) for refusal in refusals])
    return site


if __name__ == "__main__":
    sys.exit(main())
