"""What the scripts share: starting a program, and asking it over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PATIENCE = 60.0  # seconds for a program to come up


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@contextmanager
def launched(*args: str, log: Path, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``python -m zonda.tornado ARGS`` until the block is left; its output goes to *log*."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "zonda.tornado", *args],
            env={**os.environ, **env},
            cwd=log.parent,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        except BaseException:
            print(log.read_text()[-6000:], file=sys.stderr)
            raise
        finally:
            try:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(20)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                process.kill()


def ask(url: str, method: str = "GET", data: Any = None, **headers: str) -> Any:
    """The answer to a request, from JSON if it is that.

    Raises:
        urllib.error.HTTPError: the status is an error.
    """
    body = None if data is None else json.dumps(data).encode()
    request = urllib.request.Request(url, body, headers, method=method)
    with urllib.request.urlopen(request, timeout=20) as response:
        text = response.read().decode()
        if "json" in response.headers.get("Content-Type", ""):
            return json.loads(text)
        return text


def wait_for(url: str, process: subprocess.Popen[bytes]) -> Any:
    """The first answer of a program that is coming up.

    Raises:
        RuntimeError: it ended, or did not answer in time.
    """
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return ask(url)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer; exit status {process.poll()}")


def check(condition: object, what: str) -> None:
    """Say that *what* is so, or fail."""
    if not condition:
        raise AssertionError(f"not so: {what}")
    print(f"  {what}", flush=True)


#: Code that fails unless the process that runs it is on Zonda.
ON_ZONDA = "import tornado.ioloop, zonda.ioloop; assert tornado.ioloop is zonda.ioloop"
