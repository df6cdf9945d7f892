"""The package itself: versions, lazy modules, the kernel's name."""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import zonda

PACKAGE = Path(zonda.__file__).parent
# Every module that programs know from Tornado by `import tornado.X` or `tornado.X` alone.
TORNADO = {
    "auth",
    "autoreload",
    "concurrent",
    "curl_httpclient",
    "database",
    "escape",
    "gen",
    "http1connection",
    "httpclient",
    "httpserver",
    "httputil",
    "ioloop",
    "iostream",
    "locale",
    "locks",
    "log",
    "netutil",
    "options",
    "platform",
    "process",
    "queues",
    "routing",
    "simple_httpclient",
    "tcpclient",
    "tcpserver",
    "template",
    "testing",
    "util",
    "web",
    "websocket",
    "wsgi",
}
LISTED = set(zonda.__all__) - {"kernel", "version", "version_info"}


def exists(name: str) -> bool:
    return (PACKAGE / f"{name}.py").exists() or (PACKAGE / name / "__init__.py").exists()


def python(code: str, **env: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.check_output(command, text=True, env={**os.environ, **env}).strip()


def test_the_table_of_modules_lists_those_that_exist_and_no_other() -> None:
    # Those that need other packages are not listed: a star import must not bring them.
    needy = {"curl_httpclient", "database"}
    assert {name for name in TORNADO if exists(name)} - needy == LISTED


def test_the_curl_client_is_an_attribute_all_the_same() -> None:
    pytest.importorskip("pycurl")
    assert zonda.curl_httpclient.CurlAsyncHTTPClient.__name__ == "CurlAsyncHTTPClient"


def test_the_database_module_is_an_attribute_all_the_same() -> None:
    pytest.importorskip("sqlalchemy")
    assert zonda.database.Connection.__name__ == "Connection"


@pytest.mark.parametrize("name", sorted(LISTED))
def test_a_module_is_imported_when_it_is_first_touched(name: str) -> None:
    code = f"import sys, zonda; before = 'zonda.{name}' in sys.modules; zonda.{name}.__doc__"
    assert python(f"{code}; print(before, 'zonda.{name}' in sys.modules)") == "False True"


def test_modules_are_seen_before_they_are_imported() -> None:
    assert python("import zonda; print('httputil' in dir(zonda))") == "True"


def test_a_star_import_brings_the_modules() -> None:
    scope: dict[str, object] = {}
    exec("from zonda import *", scope)
    assert {name for name, value in scope.items() if isinstance(value, ModuleType)} == LISTED


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'zonda' has no attribute 'tempest'"):
        zonda.tempest


def test_a_module_that_fails_to_import_says_so_itself(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import no_such_module")
    code = f"import zonda; zonda.__path__.append({str(tmp_path)!r}); zonda.__all__.append('broken')"
    code += "\ntry: zonda.broken\nexcept ModuleNotFoundError as e: print(e.name)"
    assert python(code) == "no_such_module"


def test_the_version_is_comparable() -> None:
    assert len(zonda.version_info) == 4
    assert zonda.version == ".".join(map(str, zonda.version_info[:3]))
    assert (0, 0, 0, 0) < zonda.version_info < (1000,)


def test_the_environment_can_force_the_pure_kernel() -> None:
    assert python("import zonda; print(zonda.kernel())", ZONDA_PURE="1") == "pure"


def test_the_kernel_is_the_one_that_was_built() -> None:
    built = any(PACKAGE.joinpath("_kernel").glob("*.so"))
    forced = os.environ.get("ZONDA_PURE") == "1"
    assert zonda.kernel() == ("native" if built and not forced else "pure")
