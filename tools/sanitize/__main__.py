"""``python -m tools.sanitize [pytest's arguments]``: build a kernel that checks itself, run tests.

The build stands in a copy of the repository, ``.sanitize/``, so that the kernel in use stays
as it is. An out-of-bounds access, a use after free or undefined behaviour ends the run with
a report. Leaks of references are the matter of ``tests/hardening/test_references.py``, which is
among the tests run here as it is in every other run: ASan's own leak detection would report the
interpreter's.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".sanitize"
COPIED = ("src", "tests", "tools", "setup.py", "pyproject.toml", "README.md", "LICENSE")
TESTS = (
    "tests/_kernel",
    "tests/protocol",
    "tests/hardening/test_fuzz.py",
    "tests/hardening/test_references.py",
)
SANITIZERS = "address,undefined"
OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=0:halt_on_error=1:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    "PYTHONMALLOC": "malloc",  # so that ASan sees each object by itself
}


def library(name: str) -> str:
    """The path of a compiler's runtime library.

    Raises:
        SystemExit: the compiler, or the library, is not there.
    """
    compiler = os.environ.get("CC", "gcc")
    try:
        found = subprocess.check_output([compiler, f"-print-file-name={name}"], text=True).strip()
    except OSError:
        raise SystemExit(f"make sanitize needs a C compiler: there is no {compiler}") from None
    if not Path(found).is_absolute():
        raise SystemExit(f"make sanitize needs {name}: install the sanitizers of {compiler}")
    return found


def copy() -> None:
    """Copy what is built and tested, without what was built before."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    ignored = shutil.ignore_patterns("*.so", "__pycache__", "*.egg-info")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, FOLDER / name, ignore=ignored)
        else:
            shutil.copy(source, FOLDER)


def main(argv: Sequence[str]) -> int:
    """Build and test; the exit status is pytest's."""
    # Loaded before anything else, because the interpreter itself is not instrumented.
    preloaded = " ".join(library(name) for name in ("libasan.so", "libubsan.so"))
    copy()
    env = {**os.environ, "PYTHONPATH": str(FOLDER / "src"), "ZONDA_SANITIZE": SANITIZERS}
    build = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
    subprocess.run(build, cwd=FOLDER, env=env, check=True)
    env |= {"LD_PRELOAD": preloaded, **OPTIONS}
    check = "import zonda; assert zonda.kernel() == 'native', 'the kernel was not built'"
    subprocess.run([sys.executable, "-c", check], cwd=FOLDER, env=env, check=True)
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "timeout=600"]
    return subprocess.call([*tests, *(argv or TESTS)], cwd=FOLDER, env=env)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
