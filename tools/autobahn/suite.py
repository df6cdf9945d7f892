"""Getting Autobahn and running it; it needs a Python 2.7, and 10 to 40 minutes for all cases."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zonda.netutil import bind_sockets

#: What a case may come to.
GOOD = {"OK", "INFORMATIONAL"}
#: Cases that measure and compress at length; the rest take a minute.
LONG = ["9.*", "12.*", "13.*"]


def python27() -> str:
    """A Python 2.7; AUTOBAHN_PYTHON names it where it is not found.

    Raises:
        SystemExit: there is none.
    """
    pyenv = sorted(Path.home().glob(".pyenv/versions/2.7.*/bin/python"))
    for candidate in (os.environ.get("AUTOBAHN_PYTHON"), shutil.which("python2.7"), *pyenv):
        if (
            candidate
            and subprocess.run([candidate, "--version"], capture_output=True).returncode == 0
        ):
            return str(candidate)
    raise SystemExit("Autobahn runs on Python 2.7 only: set AUTOBAHN_PYTHON to one")


def wstest(cache: Path) -> Path:
    """The suite's program, installed into ``cache`` unless it is there."""
    program = cache / "ve27" / "bin" / "wstest"
    if not program.exists():
        python = python27()
        cache.mkdir(parents=True, exist_ok=True)
        quiet = ["-m", "pip", "install", "-q", "--disable-pip-version-check"]
        boot = cache / "boot"
        _run([python, *quiet, f"--target={boot}", "virtualenv==20.15.1"])
        made = [python, "-m", "virtualenv", "-q", "--no-periodic-update", str(cache / "ve27")]
        _run(made, PYTHONPATH=str(boot))
        inner = [str(cache / "ve27" / "bin" / "python"), *quiet]
        _run([*inner, "setuptools==44.0.0", "wheel==0.36.2", "incremental==16.10.1"])
        _run([*inner, "autobahntestsuite"])
    return program


def _run(command: list[str], **environment: str) -> None:
    subprocess.run(command, check=True, env={**os.environ, **environment})


def test_server(program: Path, out: Path, cases: dict[str, Any]) -> dict[str, Any]:
    """Let the fuzzing client loose on our server; the verdicts by case."""
    port = _free_port()
    servers = [{"agent": "zonda", "url": f"ws://127.0.0.1:{port}/"}]
    spec = _spec(out, {"servers": servers, **cases})
    with _process([sys.executable, "-m", "tools.autobahn.peers", "serve", str(port)], port):
        command = [str(program), "-m", "fuzzingclient", "-s", str(spec)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return _verdicts(out)


def test_client(program: Path, out: Path, cases: dict[str, Any]) -> dict[str, Any]:
    """Send our client to the fuzzing server; the verdicts by case."""
    port = _free_port()
    url = f"ws://127.0.0.1:{port}"
    spec = _spec(out, {"url": url, **cases})
    with _process([str(program), "-m", "fuzzingserver", "-s", str(spec)], port):
        _run([sys.executable, "-m", "tools.autobahn.peers", "visit", url])
    return _verdicts(out)


def _spec(out: Path, spec: dict[str, Any]) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    path = out / "spec.json"
    path.write_text(json.dumps({"outdir": str(out), "exclude-agent-cases": {}, **spec}))
    return path


def _verdicts(out: Path) -> dict[str, Any]:
    verdicts: dict[str, Any] = json.loads((out / "index.json").read_text())["zonda"]
    return verdicts


def _free_port() -> int:
    (listener,) = bind_sockets(0, "127.0.0.1")
    with listener:
        return int(listener.getsockname()[1])


@contextmanager
def _process(command: list[str], port: int) -> Iterator[None]:
    """A program that listens on ``port``, for as long as it is needed."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    import socket

    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"nothing listens on port {port}")


def report(name: str, verdicts: dict[str, Any]) -> bool:
    """Print what came out; whether all is well."""
    behaviour = Counter(case["behavior"] for case in verdicts.values())
    close = Counter(case["behaviorClose"] for case in verdicts.values())
    print(f"{name}: {len(verdicts)} cases, {dict(behaviour)}, close {dict(close)}")
    bad = [
        f"  {number}: {case['behavior']}, close {case['behaviorClose']}"
        for number, case in verdicts.items()
        if case["behavior"] not in GOOD or case["behaviorClose"] not in GOOD
    ]
    print("\n".join(bad), end="\n" if bad else "")
    return bool(verdicts) and not bad
