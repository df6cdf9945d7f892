"""Where the peers live: a virtual environment made on demand, Zonda built into it, C compiled.

Zonda is installed from a snapshot of the working tree, kernel included, so that edits and
builds going on beside a measurement cannot change what is measured.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from benchmarks.processes import ROOT, NotRun, clean_environment, last_words

BENCHMARKS = ROOT / "benchmarks"
PINS = BENCHMARKS / "peers.txt"
PREFERRED = "3.13"
SNAPSHOT = ("src", "setup.py", "pyproject.toml", "README.md", "LICENSE")

_VERSIONS = """
import json, platform
from importlib.metadata import distributions
found = {d.metadata["Name"].lower(): d.version for d in distributions()}
print(json.dumps({"python": platform.python_version(), **found}))
"""
_KERNEL = "import zonda; print(zonda.kernel())"


@dataclass
class Environment:
    """The peers' interpreter, the versions it holds and what failed to get into it."""

    python: Path
    out: Path
    versions: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def require(self, distributions: Sequence[str]) -> None:
        """Raise NotRun, with the reason, for a distribution that is not installed."""
        for name in distributions:
            if name in self.failures:
                raise NotRun(self.failures[name])
            if name not in self.versions:
                raise NotRun(f"{name} is not installed")

    def require_kernel(self, wanted: str | None) -> None:
        """Refuse to call a figure native when Zonda's extension was not built."""
        if wanted == "native" and self.kernel != "native":
            raise NotRun(self.kernel if self.kernel != "pure" else "the native kernel is not built")

    @cached_property
    def kernel(self) -> str:
        """Zonda's kernel here: ``native``, ``pure``, or why it cannot be imported."""
        done = run([str(self.python), "-c", _KERNEL])
        return last_words(done.stderr, "failed") if done.returncode else done.stdout.strip()


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and keep what it wrote."""
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
    )


def base_interpreter() -> str:
    """CPython 3.13 where the machine has one, otherwise the running interpreter."""
    if sys.version_info[:2] == tuple(map(int, PREFERRED.split("."))):
        return sys.executable
    pyenv = sorted(Path.home().glob(f".pyenv/versions/{PREFERRED}.*/bin/python"))
    return shutil.which(f"python{PREFERRED}") or (str(pyenv[-1]) if pyenv else sys.executable)


def prepare(venv: Path, out: Path, *, zonda: bool = True) -> Environment:
    """Make or complete the peers' environment.

    Args:
        venv: folder of the virtual environment.
        out: folder for builds and logs.
        zonda: also build and install the working tree.
    """
    python = venv / "bin" / "python"
    if not python.exists():
        done = run([base_interpreter(), "-m", "venv", str(venv)])
        if done.returncode:
            raise SystemExit(f"cannot make {venv}: {last_words(done.stderr, 'venv failed')}")
    environment = Environment(python, out)
    pins = [line for line in PINS.read_text().splitlines() if line and not line.startswith("#")]
    _install_pins(environment, pins)
    if zonda:
        _install_zonda(environment)
    environment.versions = _versions(python)
    return environment


def _versions(python: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(run([str(python), "-c", _VERSIONS]).stdout)
    return found


def _pip(python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(
        [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *arguments]
    )


def _install_pins(environment: Environment, pins: list[str]) -> None:
    """All at once, which is quick; one by one when that fails, to know whose fault it is."""
    have = _versions(environment.python)
    missing = [pin for pin in pins if have.get(pin.split("==")[0]) != pin.split("==")[1]]
    if not missing or not _pip(environment.python, *missing).returncode:
        return
    for pin in missing:
        done = _pip(environment.python, pin)
        if done.returncode:
            words = last_words(done.stderr, "pip failed")
            environment.failures[pin.split("==")[0]] = f"cannot be installed: {words}"


def _digest(files: list[Path]) -> str:
    total = hashlib.sha256()
    for path in files:
        total.update(str(path).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def _install_zonda(environment: Environment) -> None:
    """Copy the tree, build the kernel there and install the result, unless nothing changed."""
    files = _tree_files()
    stamp = environment.python.parent.parent / "zonda.sha256"
    digest = _digest(files)
    if stamp.exists() and stamp.read_text() == digest:
        return
    copy = environment.out / "zonda-snapshot"
    shutil.rmtree(copy, ignore_errors=True)
    for path in files:
        target = copy / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    done = _pip(
        environment.python, "--no-build-isolation", "--no-deps", "--force-reinstall", str(copy)
    )
    shutil.rmtree(copy)
    if done.returncode:
        words = last_words(done.stderr, "pip failed")
        environment.failures["zonda"] = f"cannot be installed: {words}"
    else:
        stamp.write_text(digest)


def _tree_files() -> list[Path]:
    """What a build of Zonda reads; compiled leftovers of other builds stay out."""
    found: list[Path] = []
    for name in SNAPSHOT:
        path = ROOT / name
        found += [path] if path.is_file() else path.rglob("*")
    return sorted(
        path
        for path in found
        if path.is_file()
        and "__pycache__" not in path.parts
        and ".egg-info" not in str(path)
        and path.suffix not in (".so", ".pyc")
    )


def compile_epoll(out: Path) -> Path:
    """The C server that is the floor for servers."""
    return _compile(out, "epoll")


def compile_origin(out: Path) -> Path:
    """The C server that clients fetch from; without TLS where OpenSSL's headers are missing."""
    try:
        return _compile(out, "origin", "-lssl", "-lcrypto")
    except SystemExit:
        return _compile(out, "origin", "-DNO_TLS")


def _compile(out: Path, name: str, *flags: str) -> Path:
    """A program of ``servers``, compiled if its source is newer than the program."""
    source, program = BENCHMARKS / "servers" / f"{name}.c", out / name
    out.mkdir(parents=True, exist_ok=True)
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        done = run(["cc", "-O2", "-Wall", "-Wextra", "-o", str(program), str(source), *flags])
        if done.returncode:
            raise SystemExit(f"cannot compile {source}: {done.stderr}")
    return program


def machine() -> dict[str, str]:
    """What a reader needs to judge the figures by."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {
        "cpu": model,
        "cores": str(len(os.sched_getaffinity(0))),
        "system": f"{platform.system()} {platform.release()}",
        "load": f"{os.getloadavg()[0]:.2f}",
    }
