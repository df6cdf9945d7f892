"""Child processes inherit what the launcher does, and notice nothing else of it."""

import os
import subprocess
import sys

import pytest

from tests.tornado.launched import SOURCE, launch, python
from zonda.tornado.children import environment

CHECK = "import tornado.gen, zonda.gen; print(tornado.gen is zonda.gen)"


def test_the_environment_has_the_hook_in_front_once() -> None:
    once = environment({"PYTHONPATH": "/a", "HOME": "/b"})
    assert once["HOME"] == "/b"
    hook, *others = once["PYTHONPATH"].split(os.pathsep)
    assert (os.path.basename(hook), others) == ("hook", ["/a"])
    assert once["ZONDA_TORNADO"] == SOURCE
    assert environment(once) == once


def test_children_of_every_kind(tmp_path) -> None:
    (tmp_path / "app.py").write_text(f"""
import multiprocessing, os, subprocess, sys

def check():
    import tornado.gen, zonda.gen
    return tornado.gen is zonda.gen

if __name__ == "__main__":
    sys.stdout.flush()
    subprocess.check_call([sys.executable, "-c", {CHECK!r}])
    subprocess.check_call([sys.executable, "-c", {CHECK!r}], env=dict(os.environ, MORE="1"))
    for method in multiprocessing.get_all_start_methods():
        with multiprocessing.get_context(method).Pool(1) as pool:
            print(pool.apply(check))
    grandchild = "import subprocess as s, sys; s.check_call([sys.executable, '-c', sys.argv[1]])"
    subprocess.check_call([sys.executable, "-c", grandchild, {CHECK!r}])
""")
    lines = launch("app.py", cwd=tmp_path).split()
    assert lines
    assert set(lines) == {"True"}
    assert len(lines) >= 5


def test_a_program_that_restarts_itself(tmp_path) -> None:
    (tmp_path / "app.py").write_text(f"""
import os, sys
import tornado.autoreload
if "AGAIN" in os.environ:
    exec({CHECK!r})
else:
    os.environ["AGAIN"] = "1"
    from zonda.autoreload.reloading import _reload
    _reload()
""")
    assert launch("app.py", cwd=tmp_path) == "True\n"


def test_a_sitecustomize_of_the_users_own_runs_too(tmp_path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.from_user = __file__")
    paths = os.pathsep.join([SOURCE, str(tmp_path)])
    code = "import sys, sitecustomize; print(sys.from_user, sitecustomize.__file__); " + CHECK
    printed = launch("-c", code, PYTHONPATH=paths)
    mine = str(tmp_path / "sitecustomize.py")
    assert printed == f"{mine} {mine}\nTrue\n"


def test_the_hook_leaves_no_trace_on_the_path() -> None:
    code = "import sys; print([p for p in sys.path if p.endswith('hook')])"
    assert launch("-c", code) == "[]\n"


def test_another_python_that_does_not_have_zonda_finds_the_launchers(tmp_path) -> None:
    # In an environment with zonda in it this is the Python that the environment was made of.
    other = sys._base_executable
    without = subprocess.run([other, "-c", "import zonda"], cwd=tmp_path, stderr=subprocess.DEVNULL)
    if not without.returncode:
        pytest.skip("this Python has zonda, and there is no other")
    inherited = {**os.environ, **environment({})}
    command = [other, "-c", CHECK]
    output = subprocess.check_output(command, cwd=tmp_path, env=inherited, text=True)
    assert output == "True\n"


def test_the_hook_without_its_variable_does_nothing() -> None:
    hook = environment({})["PYTHONPATH"]
    code = "import sys; print(any('AliasFinder' in repr(finder) for finder in sys.meta_path))"
    done = python("-c", code, PYTHONPATH=os.pathsep.join([hook, SOURCE]))
    assert done.stdout == "False\n", done.stderr


def test_python_starts_without_loading_more_than_it_needs() -> None:
    code = "import sys; print(sorted(m for m in sys.modules if m.split('.')[0] == 'zonda'))"
    names = eval(launch("-c", code))
    assert set(names) == {"zonda", "zonda._version", "zonda.tornado", "zonda.tornado.alias"}
