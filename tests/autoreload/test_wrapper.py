"""``python -m zonda.autoreload``."""

import os
import subprocess
import sys
import threading

import pytest

import zonda

# The programs run in other directories.
PATH = os.path.dirname(os.path.dirname(os.path.abspath(zonda.__file__)))


@pytest.fixture
def run(tmp_path):
    """Start the wrapper in the folder; the process is killed if a test forgets it."""
    processes = []

    def start(*args):
        process = subprocess.Popen(
            [sys.executable, "-m", "zonda.autoreload", *args],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": PATH, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        timer = threading.Timer(30, process.kill)
        timer.start()
        processes.append((process, timer))
        return process

    yield start
    for process, timer in processes:
        timer.cancel()
        process.kill()
        process.communicate()


def change_until(process, file, text):
    """Change a file until the program that waits for it has noticed, and return its output."""
    while process.poll() is None:
        # In one step, so that the next run never sees half a file.
        file.with_suffix(".new").write_text(text)
        file.with_suffix(".new").rename(file)
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
    return process.stdout.read()


SAY = "import sys; print(__name__, sys.argv, flush=True)\n"


def test_a_script_gets_its_arguments(run, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "beside.py").write_text("")
    (tmp_path / "folder" / "script.py").write_text("import beside\n" + SAY)
    process = run("--until-success", "folder/script.py", "-m", "--until-success", "x")
    output, errors = process.communicate()
    assert output == "__main__ ['folder/script.py', '-m', '--until-success', 'x']\n"
    assert (process.returncode, errors) == (0, "")


def test_a_module_gets_its_arguments(run, tmp_path):
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(SAY)
    output, errors = run("--until-success", "-m", "package", "x").communicate()
    assert output == f"__main__ [{str(package / '__main__.py')!r}, 'x']\n"
    assert errors == ""


@pytest.mark.parametrize("args", [[], ["-m"], ["--what", "script.py"], ["--until-success"]])
def test_usage(run, args):
    process = run(*args)
    output, errors = process.communicate()
    assert process.returncode == 1
    assert "python -m zonda.autoreload [--until-success] -m module.to.run" in errors
    assert output == ""


def test_a_syntax_error_is_outlasted(run, tmp_path):
    script, broken = tmp_path / "script.py", tmp_path / "broken.py"
    script.write_text("import broken")
    broken.write_text("not python")
    process = run("--until-success", "script.py")
    assert "uncaught exception" in process.stderr.readline()
    output = change_until(process, broken, "print('mended')")
    assert output == "mended\n"
    assert process.returncode == 0


@pytest.mark.parametrize("end", ["raise SystemExit(3)", "raise SystemExit('text')", "1 / 0"])
def test_until_success_goes_on_after_a_failure(run, tmp_path, end):
    script = tmp_path / "script.py"
    script.write_text(f"print('failing', flush=True)\n{end}")
    process = run("--until-success", "script.py")
    assert process.stdout.readline() == "failing\n"
    assert change_until(process, script, "print('done')") == "done\n"
    assert process.returncode == 0


def test_without_it_a_success_is_run_again_too(run, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("print('first', flush=True)")
    process = run("script.py")
    assert process.stdout.readline() == "first\n"
    script.write_text("")
    output = change_until(process, script, "import os; os.write(1, b'again'); os._exit(0)")
    assert output == "again"


def test_a_module_that_is_not_there(run, tmp_path):
    process = run("--until-success", "-m", "not_there_yet")
    assert "uncaught exception" in process.stderr.readline()
    assert process.poll() is None
