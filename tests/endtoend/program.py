"""The gateway's commands as people run them."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE

PATIENCE_S = 110.0
"""A demo takes half a minute, and beside other tests twice that."""


async def command(*words: str, **environment: str) -> tuple[int, str, str]:
    """Run a command of the gateway; return its exit code, standard output and standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway.cli",
        *words,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        env=os.environ | environment,
    )
    said, errors = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert process.returncode is not None
    return process.returncode, said.decode(), errors.decode()
