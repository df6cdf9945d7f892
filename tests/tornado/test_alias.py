"""Tornado's names are Zonda's modules, under the launcher or after install(), and only then."""

from tests.tornado.launched import python


def run(code: str) -> list[str]:
    """Run code after ``install()``; the lines it prints."""
    done = python("-c", f"import zonda.tornado; zonda.tornado.install()\n{code}")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_nothing_is_aliased_unless_asked_for() -> None:
    done = python("-c", "import sys, zonda.web, zonda.tornado; print('tornado' in sys.modules)")
    assert done.stdout == "False\n", done.stderr
    done = python("-c", "import zonda.tornado as t, sys; print(t.installed(), len(sys.meta_path))")
    without = python("-c", "import sys; print(False, len(sys.meta_path))")
    assert done.stdout == without.stdout


def test_every_module_is_the_same_object_under_both_names() -> None:
    code = """
import importlib, sys
from zonda.tornado.alias import MODULES
for name in sorted(MODULES - {"curl_httpclient", "auth"}):
    ours, theirs = (importlib.import_module(f"{top}.{name}") for top in ("zonda", "tornado"))
    assert ours is theirs and theirs.__name__ == "zonda." + name, name
import tornado.platform.asyncio, tornado.web.handler, zonda.web.handler
from tornado import web, gen
import tornado
assert tornado.web is web and tornado.web.handler is zonda.web.handler
print(tornado.websocket.__name__, len(dir(tornado)) > 25)
"""
    assert run(code) == ["zonda.websocket True"]


def test_the_package_says_which_tornado_it_stands_for() -> None:
    code = """
import tornado, importlib.metadata, inspect
print(tornado.version, tornado.version_info, tornado.version_info >= (6, 6), tornado.__name__)
print(importlib.metadata.version("tornado"), "Zonda serves it" in inspect.getsource(tornado))
"""
    assert run(code) == ["6.6.1 (6, 6, 1, 0) True tornado", "6.6.1 True"]


def test_what_tornado_never_had_is_not_there() -> None:
    code = """
for name in ("tornado.protocol", "tornado.eager", "tornado.nothing", "tornado.web.nothing"):
    try: __import__(name)
    except ModuleNotFoundError as error: print(error)
    else: print("found", name)
import tornado
try: tornado.protocol
except AttributeError as error: print(error)
"""
    assert run(code) == [
        "No module named 'tornado.protocol'",
        "No module named 'tornado.eager'",
        "No module named 'tornado.nothing'",
        "No module named 'tornado.web.nothing'",
        "module 'tornado' has no attribute 'protocol'",
    ]


def test_modules_of_the_past_are_there() -> None:
    code = """
from tornado import stack_context
from tornado.stack_context import NullContext
from tornado.platform.auto import set_close_exec
from tornado.platform.epoll import EPollIOLoop
from tornado.ioloop import IOLoop, PollIOLoop
print(stack_context.__name__, isinstance(IOLoop(), EPollIOLoop), PollIOLoop is EPollIOLoop)
"""
    assert run(code) == ["zonda.tornado.past.stack_context True True"]


def test_pickles_go_both_ways() -> None:
    code = """
import pickle, tornado.httputil, tornado.web
theirs = pickle.loads(b"ctornado.httputil\\nHTTPHeaders\\n.")  # as Tornado itself writes it
assert theirs is tornado.httputil.HTTPHeaders
headers = tornado.httputil.HTTPHeaders({"a": "b"})
data = pickle.dumps(headers)
print(pickle.loads(data) == headers, data.hex())
"""
    equal, data = run(code)[0].split()
    assert equal == "True"
    # What is written under the launcher can be read without.
    reading = f"import pickle; print(pickle.loads(bytes.fromhex('{data}')))"
    assert python("-c", reading).stdout.strip() == "A: b"


def test_tracebacks_show_the_real_files() -> None:
    code = """
import traceback, tornado.escape
try: tornado.escape.json_decode("{")
except ValueError: print(traceback.format_exc())
"""
    text = "\n".join(run(code))
    assert "zonda/escape.py" in text
    assert "in json_decode" in text


def test_loggers_answer_to_tornados_names() -> None:
    code = """
import logging
from tornado.log import access_log, app_log, gen_log
print(*(log.name for log in (access_log, app_log, gen_log)))
"""
    assert run(code) == ["tornado.access tornado.application tornado.general"]


def test_install_refuses_when_tornado_itself_was_imported(tmp_path) -> None:
    (tmp_path / "tornado.py").write_text("version = '4.5.3'")
    code = "import tornado, zonda.tornado; zonda.tornado.install()"
    done = python("-c", code, cwd=tmp_path)
    assert "RuntimeError: tornado has been imported already, from " in done.stderr
    assert "python -m zonda.tornado" in done.stderr


def test_install_comes_before_a_tornado_on_the_path(tmp_path) -> None:
    (tmp_path / "tornado.py").write_text("version = '4.5.3'")
    code = "import zonda.tornado as z; z.install(); z.install()"
    code += "; import tornado; print(tornado.version)"
    assert python("-c", code, cwd=tmp_path).stdout == "6.6.1\n"


def test_install_is_inherited_by_children_unless_told_otherwise() -> None:
    code = """
import os, subprocess, sys, zonda.tornado
zonda.tornado.install(children=CHILDREN)
child = "import sys; sys.exit(not any(f.__name__ == 'AliasFinder' for f in sys.meta_path "
child += "if isinstance(f, type)))"
print(subprocess.call([sys.executable, "-c", child]))
"""
    assert python("-c", code.replace("CHILDREN", "True")).stdout == "0\n"
    assert python("-c", code.replace("CHILDREN", "False")).stdout == "1\n"


def test_modules_run_as_programs() -> None:
    def helped(*args: str) -> bool:
        done = python("-m", "zonda.tornado", *args)
        return done.returncode == 0 and "--print-headers" in done.stdout + done.stderr

    assert helped("-m", "tornado.httpclient", "--help")
    code = """
import runpy, sys
sys.argv = ["tornado.httpclient", "--help"]
runpy.run_module("tornado.httpclient", run_name="__main__", alter_sys=True)
"""
    assert helped("-c", code)
    # Not loaded twice: the classes it catches are the classes that are raised.
    done = python("-m", "zonda.tornado", "-m", "tornado.httpclient", "http://127.0.0.1:1/")
    assert done.returncode == 1
    # The error, and a note of what was tried.
    assert "Connection refused" in "".join(done.stderr.splitlines()[-2:])
