"""The commands behind the make rules, one function each."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence

from tools.dev.environment import ROOT, Environment
from tools.dev.steps import Step, report, run_together

Command = Callable[[Environment, Sequence[str]], int]

IN_CI = os.environ.get("CI") == "true"
TEST_GROUPS = ("test", "test-extras") if IN_CI else ("test",)
# Tests that lack a browser or another program skip; in CI this plugin makes such a skip a failure.
# There a test that fails has a second try, and is named: a machine that others use as well must
# not refuse a change for one late timer.
CI_OPTIONS = ("-p", "tools.dev.pytest_ci", "--reruns=1", "-raR") if IN_CI else ()

PYTHON_ROOTS = ("src", "tests", "tools", "benchmarks", "examples", "docs")
LEFTOVERS = (
    ".venv*",
    "build",
    "dist",
    "docs/_build",
    "docs/reference/zonda*",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    ".import_linter_cache",
    "benchmarks/out",
    ".fuzz",
    ".sanitize",
    "src/*.egg-info",
    "src/zonda/_kernel/*.so",
)


def run(env: Environment, args: Sequence[str]) -> int:
    """Start the demo."""
    env.ensure()
    try:
        return env.run("examples/demo/app.py", *args)
    except KeyboardInterrupt:  # the usual way to stop it, no reason for a traceback
        return 0


def test(env: Environment, args: Sequence[str]) -> int:
    """Run the tests on both kernels, one after the other for eyes that follow them."""
    env.ensure(*TEST_GROUPS)
    steps = test_steps(env, args)
    if IN_CI:
        run_together(steps, ROOT)
    else:
        for step in steps:
            step.run(ROOT)
    return report(steps)


def check(env: Environment, args: Sequence[str]) -> int:
    """Run everything that a change must pass; go on after a failure, so that one run shows all."""
    env.ensure(*TEST_GROUPS, "lint", "docs")
    python = str(env.python)
    steps = [
        *test_steps(env, args),  # the longest first
        docs_step(env),
        Step("budgets", (python, "-m", "benchmarks.budgets")),
        Step("mypy", (python, "-m", "mypy")),
        Step("import-linter", (str(env.path / "bin" / "lint-imports"),)),
        Step("ruff check", (python, "-m", "ruff", "check", ".")),
        Step("ruff format", (python, "-m", "ruff", "format", "--check", ".")),
    ]
    run_together(steps, ROOT)
    return report(steps)


def bench(env: Environment, args: Sequence[str]) -> int:
    """Measure Zonda and its peers side by side."""
    env.ensure()
    return env.run("-m", "benchmarks", *args)


def tornado_suite(env: Environment, args: Sequence[str]) -> int:
    """Run Tornado's own tests against Zonda and compare with the floors: today's, and 4.5.3's."""
    env.ensure("tornado-suite")
    status = env.run("-m", "tools.tornado_suite", *args)
    if not args:
        status = env.run("-m", "tools.tornado_suite", "--version=4.5.3") or status
    return status


def apps(env: Environment, args: Sequence[str]) -> int:
    """Run real programs that were written for Tornado under the launcher."""
    env.ensure("apps")
    return env.run("-m", "tools.apps", *args)


def autobahn(env: Environment, args: Sequence[str]) -> int:
    """Run the Autobahn test suite against the WebSocket server and client."""
    env.ensure()
    return env.run("-m", "tools.autobahn", *args)


def fuzz(env: Environment, args: Sequence[str]) -> int:
    """Fuzz every parser, or those that are named, for a time."""
    env.ensure("test", "fuzz")
    return env.run("-m", "tools.fuzz", *args)


def sanitize(env: Environment, args: Sequence[str]) -> int:
    """Run the kernel's tests on a kernel that checks its memory."""
    env.ensure("test")
    return env.run("-m", "tools.sanitize", *args)


def soak(env: Environment, args: Sequence[str]) -> int:
    """Attack a server with load and faults."""
    env.ensure()
    return env.run("-m", "tools.soak", *args)


def docs(env: Environment, args: Sequence[str]) -> int:
    """Build the documentation."""
    env.ensure("docs")
    step = docs_step(env)
    if step.run(ROOT) == 0:
        print("open docs/_build/html/index.html")
    return step.status or 0


def clean(env: Environment, args: Sequence[str]) -> int:
    """Remove everything the other commands made."""
    leftovers = [path for pattern in LEFTOVERS for path in ROOT.glob(pattern)]
    for top in PYTHON_ROOTS:
        leftovers += (ROOT / top).rglob("__pycache__")
    for path in leftovers:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return 0


def test_steps(env: Environment, args: Sequence[str]) -> list[Step]:
    """The steps that run the tests: once on each kernel that this environment has."""
    pytest = (str(env.python), "-m", "pytest", *CI_OPTIONS, *args)
    pure = Step("tests, pure", pytest, {"ZONDA_PURE": "1"})
    if env.kernel() == "native":
        return [Step("tests, native", pytest), pure]
    notice = "print('the native kernel was not built here: see the notice above')"
    # Without a compiler that is how it should be; CI has one.
    missing = Step("tests, native", (str(env.python), "-c", f"{notice}; exit({int(IN_CI)})"))
    missing.note = "not built, nothing to test"
    return [missing, pure]


def docs_step(env: Environment) -> Step:
    """The step that builds the documentation; a warning is an error."""
    sphinx = (str(env.python), "-m", "sphinx", "-q", "-N", "-W", "--keep-going", "-b", "html")
    return Step("docs", (*sphinx, "-d", "docs/_build/doctrees", "docs", "docs/_build/html"))


def main(argv: Sequence[str]) -> int:
    """Run the command that the first argument names; return the exit status."""
    commands: dict[str, Command] = {
        "run": run,
        "test": test,
        "check": check,
        "bench": bench,
        "tornado-suite": tornado_suite,
        "apps": apps,
        "autobahn": autobahn,
        "fuzz": fuzz,
        "sanitize": sanitize,
        "soak": soak,
        "docs": docs,
        "clean": clean,
    }
    name, *args = argv or ["help"]
    if name not in commands:
        print(f"commands: {', '.join(commands)}", file=sys.stderr)
        return 2
    env = Environment(ROOT / os.environ.get("VENV", ".venv"))
    try:
        return commands[name](env, args)
    except subprocess.CalledProcessError as error:
        print(f"make: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
