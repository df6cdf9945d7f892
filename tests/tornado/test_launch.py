"""The command line: what follows the launcher's name is what follows ``python``."""

import sys

import pytest

from tests.tornado.launched import launch, python
from zonda.tornado.launch import interpreter_options

SHOW = """
import sys, tornado.web, zonda.web
assert tornado.web is zonda.web
print(__name__, __spec__ and __spec__.name, sys.argv[1:], sys.path[0], sys.flags.optimize)
"""


def test_a_script_runs_as_it_would_without(tmp_path) -> None:
    (tmp_path / "app.py").write_text(SHOW)
    printed = launch("app.py", "--port=1", "-x", cwd=tmp_path)
    assert printed == f"__main__ None ['--port=1', '-x'] {tmp_path.resolve()} 0\n"


def test_a_module_and_a_package_run_with_their_arguments(tmp_path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "__main__.py").write_text(SHOW)
    printed = launch("-m", "package", "a", cwd=tmp_path)
    assert printed == f"__main__ package.__main__ ['a'] {tmp_path.resolve()} 0\n"


def test_a_command_and_python_options_on_either_side(tmp_path) -> None:
    done = python("-O", "-m", "zonda.tornado", "-c", SHOW, "b", cwd=tmp_path)
    assert done.stdout == "__main__ None ['b']  1\n", done.stderr
    assert launch("-O", "-c", SHOW, cwd=tmp_path) == "__main__ None []  1\n"


def test_the_exit_status_and_a_traceback_are_the_programs(tmp_path) -> None:
    (tmp_path / "app.py").write_text("import tornado.web\nraise tornado.web.HTTPError(404)\n")
    done = python("-m", "zonda.tornado", "app.py", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "zonda.web.errors.HTTPError: HTTP 404: Not Found"
    assert "zonda/tornado" not in done.stderr  # the launcher is no part of the stack
    assert python("-m", "zonda.tornado", "-c", "exit(7)").returncode == 7


def test_usage() -> None:
    done = python("-m", "zonda.tornado")
    assert (done.returncode, done.stdout) == (2, "")
    assert "PROGRAM.py" in done.stderr
    done = python("-m", "zonda.tornado", "--help")
    assert done.returncode == 0
    assert "PROGRAM.py" in done.stdout


@pytest.mark.parametrize("option", ["-E", "-S"])
def test_options_that_keep_python_from_its_environment_are_refused(option) -> None:
    code = "import sys; sys.path.insert(0, SOURCE); from zonda.tornado.launch import main;"
    from tests.tornado.launched import SOURCE

    code = code.replace("SOURCE", repr(SOURCE)) + "sys.exit(main(['app.py'], sys.orig_argv))"
    done = python(option, "-c", code)
    assert done.returncode == 2
    assert "does not work with Python's option" in done.stderr


def test_interpreter_options() -> None:
    argv = [sys.executable, "-X", "dev", "-W", "error", "-m", "zonda.tornado", "-m", "x"]
    assert interpreter_options(argv) == ["-X", "dev", "-W", "error"]
    assert interpreter_options([sys.executable, "-u", "-mzonda.tornado", "app.py"]) == ["-u"]
    assert interpreter_options([sys.executable, "tool.py"]) == []


def test_old_constructs_are_silent_under_the_launcher_only(tmp_path) -> None:
    code = """
from {0} import web
class Handler(web.RequestHandler):
    @web.asynchronous
    def get(self): pass
"""
    assert launch("-W", "error", "-c", code.format("tornado")) == ""
    done = python("-W", "always", "-c", code.format("zonda"))
    assert done.stderr.count("DeprecationWarning") == 1
    assert "@web.asynchronous was dropped by Tornado 5 or 6. Today: async def" in done.stderr


def test_dicts_are_written_as_tornado_writes_them() -> None:
    pytest.importorskip("msgspec", reason="needs msgspec")
    code = """
from tornado import testing, web
class Handler(web.RequestHandler):
    def get(self): self.write({"a": "</b>", "ü": [1, None]})
class Case(testing.AsyncHTTPTestCase):
    def get_app(self): return web.Application([("/", Handler)])
    def runTest(self): print(self.fetch("/").body)
Case().debug()
"""
    written = r"""b'{"a": "<\\/b>", "\\u00fc": [1, null]}'"""
    assert launch("-c", code).strip() == written


def test_refusals_are_tornados() -> None:
    code = """
import asyncio
from tornado import httpserver, netutil, web

async def ask(port, request):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    print((await reader.read()).partition(b"\\r\\n\\r\\n"))
    writer.close()

async def main():
    server = httpserver.HTTPServer(
        web.Application(), max_body_size=9, max_header_size=999, body_timeout=0.1
    )
    (sock,) = netutil.bind_sockets(0, "127.0.0.1")
    server.add_sockets([sock])
    post = b"POST / HTTP/1.1\\r\\nHost: x\\r\\n"
    for request in (
        b"garbage\\r\\n\\r\\n",
        post + b"Content-Length: 10\\r\\n\\r\\n",
        post + b"Transfer-Encoding: gzip, chunked\\r\\n\\r\\n",
        post + b"Content-Length: 9\\r\\n\\r\\n",
    ):
        await ask(sock.getsockname()[1], request)

asyncio.run(main())
"""
    bare = r"(b'HTTP/1.1 400 Bad Request', b'\r\n\r\n', b'')"
    assert launch("-c", code).splitlines() == [bare, bare, bare, "(b'', b'', b'')"]
