"""Programs that restart themselves. Each test runs one and changes its files."""

import os
import subprocess
import sys
import textwrap
import threading

import pytest

import zonda
from zonda import autoreload
from zonda.autoreload import reloading
from zonda.autoreload.inotify import Inotify
from zonda.ioloop import IOLoop
from zonda.log import gen_log
from zonda.testing import ExpectLog

# The programs run in other directories.
PATH = os.path.dirname(os.path.dirname(os.path.abspath(zonda.__file__)))

# Runs until `part.NUMBER` is 2, and says what it has been started with.
PROGRAM = """
    import os, sys
    import zonda.autoreload
    from zonda.ioloop import IOLoop
    import part

    print("start", part.NUMBER, os.getpid(), sys.argv[1:], sys.flags.optimize, flush=True)
    if part.NUMBER == 2:
        sys.exit(0)
    {extra}
    zonda.autoreload.add_reload_hook(lambda: print("hook", flush=True))
    zonda.autoreload.start(check_time=50)
    IOLoop.current().add_callback(print, "ready", flush=True)
    IOLoop.current().start()
"""


class Program:
    """A program under test, line by line."""

    def __init__(self, folder, *args, extra="pass", **kwargs):
        (folder / "part.py").write_text("NUMBER = 1")
        (folder / "program.py").write_text(textwrap.dedent(PROGRAM.format(extra=extra)))
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, *args],
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": PATH, "PYTHONDONTWRITEBYTECODE": "1"},
            **kwargs,
        )
        self.timer = threading.Timer(30, self.process.kill)
        self.timer.start()

    def line(self):
        return self.process.stdout.readline().strip()

    def change(self):
        # In one step, so that the next run never sees half a file.
        (self.folder / "part.new").write_text("NUMBER = 2")
        (self.folder / "part.new").rename(self.folder / "part.py")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.timer.cancel()
        self.process.kill()
        self.process.communicate()


def restarts(program, args, flags=0):
    pid = program.process.pid
    assert program.line() == f"start 1 {pid} {args} {flags}"
    assert program.line() == "ready"
    program.change()
    assert program.line() == "hook"
    assert program.line() == f"start 2 {pid} {args} {flags}"
    return program.process.wait() == 0


def test_a_script(tmp_path):
    with Program(tmp_path, "program.py", "--flag", "a b") as program:
        assert restarts(program, ["--flag", "a b"])


def test_a_module_and_the_interpreters_own_flags(tmp_path):
    with Program(tmp_path, "-OO", "-m", "program", "x") as program:
        assert restarts(program, ["x"], flags=2)


def test_a_program_that_changes_its_directory(tmp_path):
    with Program(tmp_path, "program.py", extra="os.chdir('/')") as program:
        assert restarts(program, [])


def test_without_notice_from_the_system(tmp_path):
    extra = "import zonda.autoreload.inotify as i; i._CLOEXEC = 1"
    with Program(tmp_path, "program.py", extra=extra) as program:
        assert restarts(program, [])


def test_watched_files_and_alarms(tmp_path):
    (tmp_path / "data").write_text("")
    extra = "import signal; signal.setitimer(signal.ITIMER_REAL, 60); "
    extra += "zonda.autoreload.watch('data')"
    with Program(tmp_path, "program.py", extra=extra) as program:
        program.line()
        assert program.line() == "ready"
        (tmp_path / "data").write_text("1")
        assert program.line() == "hook"
        assert program.line().startswith("start 1")


def test_wait(tmp_path):
    extra = "zonda.autoreload.wait()"
    with Program(
        tmp_path,
        "-c",
        "import part; from zonda import autoreload; "
        "print(part.NUMBER, flush=True); part.NUMBER == 1 and autoreload.wait()",
        extra=extra,
    ) as program:
        assert program.line() == "1"
        # It cannot say when it has begun to watch; so change the file until it has noticed.
        while program.process.poll() is None:
            program.change()
            try:
                program.process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        assert program.line() == "2"


@pytest.fixture
def no_restart(monkeypatch):
    calls = []
    monkeypatch.setattr(reloading, "_reload", lambda: calls.append(1))
    return calls


@pytest.fixture
def loop():
    ioloop = IOLoop()
    yield ioloop
    for watcher in [reloading._watchers.pop(ioloop, None)]:
        if watcher is not None:
            watcher._periodic.stop()
            if watcher._inotify is not None:
                ioloop.remove_handler(watcher._inotify)
                watcher._inotify.close()
    ioloop.close()


def test_start_twice_is_once(loop, no_restart):
    autoreload.start()
    watcher = reloading._watchers[loop]
    autoreload.start()
    assert reloading._watchers[loop] is watcher


def test_a_second_loop_is_warned_about(loop, no_restart):
    autoreload.start()
    second = IOLoop()
    with ExpectLog(gen_log, "zonda.autoreload started more than once"):
        autoreload.start()
    watcher = reloading._watchers.pop(second)
    second.remove_handler(watcher._inotify)
    watcher._inotify.close()
    second.close()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_when_watches_run_out_it_looks_by_itself(loop, no_restart, tmp_path, monkeypatch):
    autoreload.start(check_time=10)
    watcher = reloading._watchers[loop]
    assert watcher._inotify is not None
    monkeypatch.setattr(watcher._inotify, "_add", lambda *args: -1)
    file = tmp_path / "file"
    file.write_text("")
    autoreload.watch(str(file))
    assert watcher._inotify is None
    os.utime(file, (1, 1))
    loop.call_later(0.1, loop.stop)
    loop.start()
    assert no_restart
    monkeypatch.setattr(reloading, "_sources", type(reloading._sources)())


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_every_so_often_it_looks_in_any_case(loop, no_restart, tmp_path, monkeypatch):
    monkeypatch.setattr(Inotify, "read", lambda self: os.read(self._fd, 4096) == b"")
    monkeypatch.setattr(reloading, "_sources", type(reloading._sources)())
    file = tmp_path / "file"
    file.write_text("")
    autoreload.watch(str(file))
    autoreload.start(check_time=1)
    os.utime(file, (1, 1))
    loop.call_later(0.2, loop.stop)
    loop.start()
    assert no_restart


def test_a_hook_that_fails_is_logged(monkeypatch):
    called = []
    monkeypatch.setattr(os, "execv", lambda *args: called.append(args))
    monkeypatch.setattr(reloading, "_reload_hooks", [lambda: 1 / 0, lambda: called.append("hook")])
    with ExpectLog(gen_log, "Exception in reload hook"):
        reloading._reload()
    assert called[0] == "hook"
    executable, argv = called[1]
    assert executable == sys.executable
    assert argv[1:] == sys.orig_argv[1:]
