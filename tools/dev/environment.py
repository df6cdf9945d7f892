"""The virtual environment behind the make rules, kept in step with what it is made from.

A fingerprint of every ingredient is stored beside the packages. A rule that finds its
fingerprints unchanged installs nothing, and starts in a fraction of a second.
"""

import hashlib
import json
import os
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KERNEL = ROOT / "src" / "zonda" / "_kernel"
# Variables that change what the compiler makes of the same sources.
BUILD_VARIABLES = ("CC", "CFLAGS", "LDFLAGS", "ZONDA_PURE", "ZONDA_SANITIZE")


def digest(*parts: object) -> str:
    """Return a fingerprint of the parts' representations."""
    return hashlib.sha256("\0".join(map(repr, parts)).encode()).hexdigest()[:16]


class Environment:
    """One virtual environment and the record of what was installed into it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.python = path / "bin" / "python"
        self._record = path / "zonda-installed.json"
        self._installed: dict[str, str] = {}
        self._project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    def ensure(self, *groups: str) -> None:
        """Bring the environment up to date: the package, its kernel and the dependency groups.

        Raises:
            subprocess.CalledProcessError: an installation failed; its output was printed.
        """
        self._ensure_venv()
        self._once("package", self._package_digest, self._install_package)
        self._once("kernel", self._kernel_digest, self._build_kernel)
        for group in groups:
            self._ensure_group(group)

    def run(self, *argv: str, **env: str) -> int:
        """Run this environment's Python and return the exit status."""
        command = [str(self.python), *argv]
        return subprocess.call(command, cwd=ROOT, env={**os.environ, **env})

    def kernel(self) -> str:
        """Return the kernel that a fresh process picks: ``"native"`` or ``"pure"``."""
        code = "import zonda; print(zonda.kernel())"
        command = [str(self.python), "-c", code]
        return subprocess.check_output(command, cwd=ROOT, text=True).strip()

    def _ensure_venv(self) -> None:
        interpreter = digest(sys.version, sys.base_prefix)
        if self._record.exists():
            self._installed = json.loads(self._record.read_text())
        if self._installed.get("interpreter") == interpreter and self.python.exists():
            return
        self._say(f"making {self.path.name} with Python {sys.version.split()[0]}")
        subprocess.check_call([sys.executable, "-m", "venv", "--clear", str(self.path)])
        self._installed = {}
        self._note("interpreter", interpreter)

    def _ensure_group(self, name: str) -> None:
        requirements = self._project["dependency-groups"][name]
        self._once(name, lambda: digest(requirements), lambda: self._pip(*requirements))

    def _once(self, name: str, fingerprint: Callable[[], str], install: Callable[[], None]) -> None:
        if self._installed.get(name) != fingerprint():
            self._say(f"installing {name}")
            install()
            self._note(name, fingerprint())  # again: the built kernel is part of its fingerprint

    def _note(self, name: str, value: str) -> None:
        self._installed[name] = value
        self._record.write_text(json.dumps(self._installed, indent=1))

    def _install_package(self) -> None:
        for requirement in self._project["build-system"]["requires"]:
            try:
                self._pip(requirement)
            except subprocess.CalledProcessError:
                if not requirement.lower().startswith("cython"):
                    raise
                self._say("no Cython, so no native kernel (to try again: make clean)")
        # The kernel is built apart, where its one line of notice can be seen.
        self._pip("--no-build-isolation", "--no-deps", "--editable", ".", ZONDA_PURE="1")

    def _build_kernel(self) -> None:
        self.run("setup.py", "-q", "build_ext", "--inplace", "--force")
        self._say(f"kernel: {self.kernel()}")

    def _pip(self, *argv: str, **env: str) -> None:
        status = self.run("-m", "pip", "install", "-q", "--disable-pip-version-check", *argv, **env)
        if status:
            raise subprocess.CalledProcessError(status, ["pip", "install", *argv])

    def _package_digest(self) -> str:
        project = self._project
        return digest(project["project"], project["build-system"], project["tool"]["setuptools"])

    def _kernel_digest(self) -> str:
        sources = [ROOT / "setup.py"]
        sources += sorted(p for p in KERNEL.rglob("*") if p.suffix in {".pyx", ".pxd", ".h", ".c"})
        built = sorted(p.name for p in KERNEL.glob(f"*{sysconfig.get_config_var('EXT_SUFFIX')}"))
        return digest(
            [(p.name, p.read_bytes()) for p in sources],
            [os.environ.get(name) for name in BUILD_VARIABLES],
            built,
        )

    @staticmethod
    def _say(text: str) -> None:
        print(f"make: {text}", file=sys.stderr, flush=True)
