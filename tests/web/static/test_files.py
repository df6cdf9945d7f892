"""What is remembered about files, and when it is forgotten."""

import os
import time

import pytest

from zonda.web import HTTPError
from zonda.web.static.files import ContentCache, KnownFiles, is_settled, stamp_of_path
from zonda.web.static.paths import stamp_of


def write(path, content, age=3600.0):
    path.write_bytes(content)
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return str(path)


def test_a_fresh_file_may_change_unseen(tmp_path):
    path = write(tmp_path / "a", b"x", age=0)
    assert not is_settled(stamp_of(os.stat(path)))
    device, inode, size, *_ = stamp_of(os.stat(path))
    old = time.time_ns() - 3 * 10**9
    assert is_settled((device, inode, size, old, old))
    assert not is_settled((device, inode, size, time.time_ns(), old))


def test_stamps(tmp_path):
    path = write(tmp_path / "a", b"x")
    before = stamp_of_path(path)
    assert before == stamp_of_path(path)
    write(tmp_path / "a", b"y")
    assert stamp_of_path(path) != before
    assert stamp_of_path(str(tmp_path / "missing")) is None
    assert stamp_of_path("a\0") is None


class TestKnownFiles:
    def test_links_are_followed_once(self, tmp_path):
        path = write(tmp_path / "a", b"x")
        stamp = stamp_of_path(path)
        known, calls = KnownFiles(), []

        def resolve():
            calls.append(1)
            return "/target"

        for _ in range(3):
            assert known.target(path, ("/srv",), stamp, resolve) == "/target"
        assert len(calls) == 1

    def test_again_when_anything_is_different(self):
        known, calls = KnownFiles(), []

        def ask(path, directories, stamp):
            known.target(path, directories, stamp, lambda: calls.append(1) or "/t")

        ask("/a", ("/srv",), (1, 2, 3, 4, 5))
        ask("/b", ("/srv",), (1, 2, 3, 4, 5))
        ask("/a", ("/srv", "/x"), (1, 2, 3, 4, 5))
        ask("/a", ("/srv",), (1, 2, 3, 4, 6))
        assert len(calls) == 4

    def test_what_is_forbidden_is_not_remembered(self):
        def forbidden():
            raise HTTPError(403)

        known = KnownFiles()
        for _ in range(2):
            with pytest.raises(HTTPError):
                known.target("/a", (), (1, 2, 3, 4, 5), forbidden)

    def test_it_does_not_grow_for_ever(self):
        known = KnownFiles()
        for number in range(2 * KnownFiles.MAX_ENTRIES):
            known.target(f"/{number}", (), (1, 2, 3, 4, 5), lambda: "/t")
        assert len(known._entries) <= KnownFiles.MAX_ENTRIES


class TestContentCache:
    def test_read_once(self, tmp_path, monkeypatch):
        path = write(tmp_path / "a", b"content")
        cache = ContentCache()
        stamp = stamp_of_path(path)
        monkeypatch.setattr("zonda.web.static.files.is_settled", lambda stamp: True)
        assert cache.read(path, stamp) == b"content"
        os.unlink(path)
        assert cache.read(path, stamp) == b"content"

    def test_not_kept_while_the_file_is_fresh(self, tmp_path):
        path = write(tmp_path / "a", b"one", age=0)
        cache = ContentCache()
        assert cache.read(path, stamp_of_path(path)) == b"one"
        assert not cache._entries

    def test_another_state_is_another_content(self, tmp_path, monkeypatch):
        monkeypatch.setattr("zonda.web.static.files.is_settled", lambda stamp: True)
        cache = ContentCache()
        for content in (b"one", b"two"):
            path = write(tmp_path / "a", content)
            assert cache.read(path, stamp_of_path(path)) == content
        assert cache._total == 3

    def test_a_file_that_was_replaced_under_the_hand(self, tmp_path):
        path = write(tmp_path / "a", b"one")
        stamp = stamp_of_path(path)
        write(tmp_path / "a", b"other")
        with pytest.raises(HTTPError) as raised:
            ContentCache().read(path, stamp)
        assert raised.value.status_code == 503

    def test_bounded(self, tmp_path, monkeypatch):
        monkeypatch.setattr("zonda.web.static.files.is_settled", lambda stamp: True)
        monkeypatch.setattr(ContentCache, "MAX_TOTAL_SIZE", 100)
        cache = ContentCache()
        for name in "abcd":
            path = write(tmp_path / name, b"x" * 30)
            cache.read(path, stamp_of_path(path))
        assert [os.path.basename(path) for path in cache._entries] == ["b", "c", "d"]
        assert cache._total == 90
