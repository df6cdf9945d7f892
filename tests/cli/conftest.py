"""Runs the command as a shell does, beside a server in this process."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import zonda


@dataclass
class Ended:
    """What a command left behind."""

    code: int
    out: bytes
    err: str


async def run_command(*arguments: str, stdin: bytes = b"", cwd: Any = None, **more: Any) -> Ended:
    """Run ``python -m zonda`` with these arguments."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "zonda",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=more.get("stderr", asyncio.subprocess.PIPE),
        cwd=cwd,
        env=environment(),
    )
    out, err = await process.communicate(stdin)
    assert process.returncode is not None
    return Ended(process.returncode, out, (err or b"").decode())


def environment() -> dict[str, str]:
    """No proxies, no colours, this Zonda."""
    kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    path = str(Path(zonda.__file__).parents[1])
    return {**kept, "PYTHONPATH": path, "COLUMNS": "80", "PYTHONWARNINGS": "error"}


@pytest.fixture
def zonda_command() -> Any:
    """`run_command`, for test files in any folder."""
    return run_command
