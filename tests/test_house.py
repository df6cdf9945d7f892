"""The house's rules, as far as a machine can check them; CONTRIBUTING.md gives the reasons."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import zonda

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "zonda"
TESTS = ROOT / "tests"
SOURCES = sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.pyx")])
# The folders of tests that follow something else than the tree of sources.
OTHER_TREES = {
    "journeys",
    "apps",
    "examples",
    "hardening",
    "benchmarks",
    "tools",
    "tornado_programs",
}
OTHER_FILES = {"test_house.py", "test_docs.py", "test_init.py"}
# Modules that `import zonda.web` leaves to those who use them: each takes milliseconds.
HEAVY = {
    "asyncio",
    "calendar",
    "concurrent.futures",
    "csv",
    "dataclasses",
    "datetime",
    "email",
    "gettext",
    "hashlib",
    "hmac",
    "http.client",
    "http.cookies",
    "inspect",
    "mimetypes",
    "multiprocessing",
    "numbers",
    "random",
    "socket",
    "ssl",
    "subprocess",
    "tempfile",
    "unittest",
    "urllib.request",
    # rooms that only a program needs that serves or fetches
    "zonda._kernel",
    "zonda.httpserver",
    "zonda.iostream",
    "zonda.protocol.multipart",
    "zonda.template",
    "zonda.web.service",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_files() -> Iterator[Path]:
    """The repository's own text, without what tools leave in the tree."""
    for folder in ("src", "tests", "tools", "benchmarks", "examples", "docs", ".ci"):
        for path in (ROOT / folder).rglob("*"):
            generated = {"__pycache__", "_build", "out"} & set(path.relative_to(ROOT).parts)
            if (
                path.is_file()
                and path.suffix in {".py", ".pyx", ".md", ".sh", ""}
                and not generated
            ):
                yield path
    yield from (p for p in ROOT.glob("*.*") if p.suffix in {".py", ".md", ".toml"})
    yield ROOT / "Makefile"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_source_file_is_longer_than_500_lines(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= 500, f"{lines} lines: which second noun has moved in? Make a folder of it."


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_every_source_file_says_what_it_is_for(path: Path) -> None:
    if path.suffix == ".py":
        assert ast.get_docstring(ast.parse(path.read_text())), "begin the file with a docstring"


def more_than_reexports(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements of an ``__init__`` that are more than docstring, imports and names."""
    for node in tree.body:
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        # __all__, or a second name for what another file defines
        names = isinstance(node, ast.Assign) and (
            isinstance(node.value, ast.List | ast.Name)
            or ast.unparse(node.targets[0]) == "__getattr__"  # Tornado 4's, from zonda.legacy
        )
        typing = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if not (docstring or names or typing or isinstance(node, ast.Import | ast.ImportFrom)):
            yield node


@pytest.mark.parametrize(
    "path",
    # The package's own makes its modules lazy, and the kernel's chooses between the twins.
    [p for p in PACKAGE.rglob("*/__init__.py") if p.parent.name != "_kernel"],
    ids=name_of,
)
def test_an_init_file_holds_only_reexports(path: Path) -> None:
    surplus = [f"line {n.lineno}" for n in more_than_reexports(ast.parse(path.read_text()))]
    assert not surplus, "move it into a file with a name of its own"


def mirrored(test: Path) -> bool:
    """Whether a source file or folder stands where the test's path says."""
    relative = test.relative_to(TESTS)
    noun = relative.stem.removeprefix("test_")
    folder = PACKAGE / relative.parent
    twins = [folder, *folder.glob("pure")]  # a test of the kernel is for both of its twins
    return any(
        candidate.exists()
        for where in twins
        for candidate in (where / noun, where / f"{noun}.py", where / f"{noun}.pyx")
    )


@pytest.mark.parametrize(
    "path",
    [
        p
        for p in sorted(TESTS.rglob("test_*.py"))
        if p.relative_to(TESTS).parts[0] not in OTHER_TREES and p.name not in OTHER_FILES
    ],
    ids=name_of,
)
def test_the_test_tree_mirrors_the_source_tree(path: Path) -> None:
    assert mirrored(path), "name it after the source file that it tests"


def rooms() -> list[str]:
    """The modules and folders right below the package that hold code."""
    files = [p.stem for p in PACKAGE.glob("*.py") if not p.stem.startswith("_")]
    return sorted(files + [p.parent.name for p in PACKAGE.glob("*/__init__.py")])


@pytest.mark.parametrize("room", rooms())
def test_every_room_is_tested(room: str) -> None:
    files = [TESTS / f"test_{room}.py", *(TESTS / room).rglob("test_*.py")]
    assert any(p.exists() for p in files), f"write tests/test_{room}.py or tests/{room}/"


def public_modules() -> list[str]:
    return sorted(set(zonda.__all__) - {"kernel", "version", "version_info"})


def undocumented(module: ModuleType) -> Iterator[str]:
    """The module's public names, and their public members, that have no docstring."""
    for name in module.__all__:
        value = getattr(module, name)
        if not (inspect.isclass(value) or inspect.isroutine(value)):
            continue
        if not getattr(value, "__module__", "zonda").startswith("zonda"):
            continue  # a re-export of the standard library's
        if not inspect.getdoc(value):
            yield name
        if inspect.isclass(value):
            yield from (f"{name}.{member}" for member in undocumented_members(value))


def undocumented_members(cls: type) -> Iterator[str]:
    for name, value in vars(cls).items():
        accessor = isinstance(value, property | classmethod | staticmethod)
        if name.startswith("_") or not (accessor or inspect.isroutine(value)):
            continue
        # An overriding method may leave the explanation to the one that it overrides.
        if not inspect.getdoc(value if isinstance(value, property) else getattr(cls, name)):
            yield name


@pytest.mark.parametrize("name", public_modules())
def test_public_names_carry_docstrings(name: str) -> None:
    module = importlib.import_module(f"zonda.{name}")
    assert module.__doc__
    if name != "platform":  # a folder of modules, with nothing of its own
        assert not list(undocumented(module))


def test_nothing_depends_on_files_outside_the_repository() -> None:
    forbidden = "/work/" + "shared"
    assert not [name_of(p) for p in text_files() if forbidden in p.read_text(errors="replace")]


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
    assert not [name_of(p) for p in text_files() if marks.search(p.read_text(errors="replace"))]


@pytest.mark.parametrize(
    ("page", "pattern"),
    [
        ("README.md", r"(?:^|`)make ([a-z-]+)"),
        ("CONTRIBUTING.md", r"(?:^|`)make ([a-z-]+)"),
        (".ci/run", r"^try \S+ ([a-z-]+)"),
    ],
)
def test_the_make_rules_that_a_page_names_exist(page: str, pattern: str) -> None:
    rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(pattern, (ROOT / page).read_text(), re.MULTILINE))
    assert named
    assert named <= rules


def test_the_makefile_explains_each_of_its_rules() -> None:
    makefile = (ROOT / "Makefile").read_text()
    rules = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"echo ['\"]make ([a-z-]+)", makefile)) == rules - {"help"}


def test_the_changelog_knows_the_present_version() -> None:
    assert zonda.version in (ROOT / "CHANGELOG.md").read_text()


def imported_by(statement: str) -> set[str]:
    """The modules that a statement adds to those of a bare interpreter."""
    code = f"import sys; before = set(sys.modules); {statement}"
    code += "; print(*set(sys.modules) - before)"
    output = subprocess.check_output([sys.executable, "-c", code], text=True)
    return set(output.split())


def test_importing_the_package_is_nearly_free() -> None:
    assert imported_by("import zonda") == {"zonda", "zonda._version"}


@pytest.mark.parametrize("room", ["web", "routing", "httputil", "escape", "util", "log"])
def test_importing_the_web_rooms_leaves_heavy_modules_alone(room: str) -> None:
    assert not imported_by(f"import zonda.{room}") & HEAVY


@pytest.mark.parametrize("room", ["template", "options", "locale"])
def test_importing_text_rooms_leaves_the_loop_and_its_like_alone(room: str) -> None:
    used = {"datetime", "zonda.template"}  # a name in every template; a type of options
    assert not imported_by(f"import zonda.{room}") & (HEAVY - used)


def test_importing_makes_no_event_loop() -> None:
    imports = "; ".join(f"import zonda.{name}" for name in public_modules())
    code = f"import asyncio; asyncio.new_event_loop = asyncio.set_event_loop = None; {imports}"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_the_links_of_a_page_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#]+)", (ROOT / page).read_text())
    assert not [link for link in links if "://" not in link and not (ROOT / link).exists()]
