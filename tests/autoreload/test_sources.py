"""`Sources`: which files count, and when one has changed."""

import os
import sys
import types

from zonda.autoreload.sources import Sources


def touch(path, seconds=5):
    """Give the file another time of modification."""
    time = path.stat().st_mtime + seconds
    os.utime(path, (time, time))


def test_files_by_name(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1")
    sources = Sources()
    sources.add(str(one))
    sources.add(str(two))
    sources.add(str(one))
    assert sources.paths() == [str(one), str(two)]
    assert sources.changed() is None
    touch(one)
    assert sources.changed() == str(one)


def test_files_that_come_and_go(tmp_path):
    file = tmp_path / "file"
    sources = Sources()
    sources.add(str(file))
    assert sources.changed() is None
    file.write_text("1")
    assert sources.changed() == str(file)
    again = Sources()
    again.add(str(file))
    file.unlink()
    assert again.changed() == str(file)


def test_a_clock_set_back_is_a_change(tmp_path):
    file = tmp_path / "file"
    file.write_text("1")
    sources = Sources()
    sources.add(str(file))
    touch(file, -5)
    assert sources.changed() == str(file)


def test_relative_names(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("1")
    monkeypatch.chdir(tmp_path)
    sources = Sources()
    sources.add("file")
    monkeypatch.chdir("/")
    assert sources.paths() == [str(tmp_path / "file")]
    assert sources.changed() is None


def test_modules(tmp_path, monkeypatch):
    sources = Sources()
    assert sources.add_modules()
    assert os.path.abspath(types.__file__) in sources.paths()
    assert not sources.add_modules()
    file = tmp_path / "fresh_module.py"
    file.write_text("")
    module = types.ModuleType("fresh_module")
    module.__file__ = str(file) + "c"
    monkeypatch.setitem(sys.modules, "fresh_module", module)
    assert sources.add_modules()
    assert str(file) in sources.paths()


def test_what_is_no_module_with_a_file(monkeypatch):
    lazy = types.ModuleType("lazy_module")

    def refuse(name):
        raise AssertionError(f"{name} was asked for")

    lazy.__getattr__ = refuse
    sources = Sources()
    sources.add_modules()
    monkeypatch.setitem(sys.modules, "lazy_module", lazy)
    monkeypatch.setitem(sys.modules, "not_a_module", object())
    assert not sources.add_modules()
