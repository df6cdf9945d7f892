"""`Inotify`: which events concern a watched file."""

import os
import select
import sys

import pytest

from zonda.autoreload.inotify import Inotify

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")


@pytest.fixture
def inotify():
    notifier = Inotify()
    yield notifier
    notifier.close()


@pytest.fixture
def file(tmp_path, inotify):
    file = tmp_path / "file"
    file.write_text("1")
    inotify.watch([str(file)])
    return file


def told(inotify):
    """Whether something that concerns a watched file has been told, or nothing at all."""
    ready, _, _ = select.select([inotify], [], [], 0)
    return inotify.read() if ready else False


def test_nothing_happens(inotify, file):
    assert not told(inotify)
    assert not inotify.read()


def test_written_in_place(inotify, file):
    with file.open("w") as opened:
        opened.write("2")
        opened.flush()
        assert not told(inotify), "half written"
    assert told(inotify)
    assert not told(inotify)


def test_replaced(inotify, file):
    other = file.with_name("other")
    other.write_text("2")
    assert not told(inotify)
    other.rename(file)
    assert told(inotify)


def test_removed_and_made_anew(inotify, file):
    file.unlink()
    assert told(inotify)
    file.write_text("2")
    assert told(inotify)


def test_touched(inotify, file):
    os.utime(file, (1, 1))
    assert told(inotify)


def test_other_files_of_the_directory(inotify, file):
    file.with_name("other").write_text("2")
    file.with_name("file2").write_text("2")
    assert not told(inotify)


def test_the_target_of_a_link(tmp_path, inotify):
    folder = tmp_path / "folder"
    folder.mkdir()
    target = folder / "target"
    target.write_text("1")
    link = tmp_path / "link"
    link.symlink_to(target)
    inotify.watch([str(link)])
    target.write_text("2")
    assert told(inotify)


def test_a_directory_that_is_not_there(inotify, tmp_path):
    inotify.watch([str(tmp_path / "nowhere" / "file")])
    assert not told(inotify)


def test_no_more_watches_allowed(inotify, tmp_path, monkeypatch):
    monkeypatch.setattr(inotify, "_add", lambda *args: -1)
    with pytest.raises(OSError):
        inotify.watch([str(tmp_path / "file")])


def test_overflow_counts_as_a_change(inotify, file, monkeypatch):
    overflow = b"\xff\xff\xff\xff" + (0x4000).to_bytes(4, sys.byteorder) + bytes(8)
    monkeypatch.setattr(os, "read", lambda fd, size: overflow)
    assert inotify.read()
