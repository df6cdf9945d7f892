"""Paths that may be served, and those that may not."""

import os

import pytest

from zonda.web import HTTPError
from zonda.web.static.paths import (
    SIZE,
    allowed_target,
    check_in_root,
    check_regular,
    has_windows_trap,
    open_regular,
    stamp_of,
    stat_file,
)


def status_of(call, *args):
    with pytest.raises(HTTPError) as raised:
        call(*args)
    return raised.value.status_code


class TestInRoot:
    @pytest.mark.parametrize("root", ["/srv/www", "/srv/www/", "/srv/../srv/./www"])
    @pytest.mark.parametrize("path", ["/srv/www", "/srv/www/a", "/srv/www/a/b", "/srv/www/..a"])
    def test_inside(self, root, path):
        check_in_root(root, path, "p")

    @pytest.mark.parametrize("path", ["/srv", "/srv/wwwx/secret", "/srv/ww", "/", "/etc/passwd"])
    def test_outside(self, path):
        assert status_of(check_in_root, "/srv/www", path, "p") == 403

    def test_everything_is_inside_the_root_of_all(self):
        check_in_root("/", "/etc/passwd", "p")

    def test_relative_roots_follow_the_working_directory(self, tmp_path, monkeypatch):
        (tmp_path / "one").mkdir()
        (tmp_path / "two").mkdir()
        for folder in ("one", "two"):
            monkeypatch.chdir(tmp_path / folder)
            check_in_root("www", str(tmp_path / folder / "www" / "a"), "p")

    def test_on_windows_names_are_looked_at_too(self, monkeypatch):
        monkeypatch.setattr(os, "name", "nt")
        check_in_root("/srv/www", "/srv/www/a.txt", "p")
        assert status_of(check_in_root, "/srv/www", "/srv/www/a.txt:stream", "p") == 403


class TestWindows:
    @pytest.mark.parametrize(
        "path",
        [
            "a.txt::$DATA",
            "a.txt:stream",
            "c:a.txt",
            "C:\\a.txt",
            "a.txt.",
            "a.txt ",
            "a./b.txt",
            "a /b.txt",
            "NUL",
            "con",
            "CON.txt",
            "con .txt",
            "a\\aux\\b",
            "a/PRN.tar.gz",
            "COM1",
            "lpt9.log",
            "COM\u00b9",
            "CONIN$",
            "PROGRA~1",
            "a/secret~1.txt",
            "a*",
            "a?",
            'a"',
            "a<b",
            "a|b",
            "a\x01",
        ],
    )
    def test_names_with_a_second_meaning(self, path):
        assert has_windows_trap(path)

    @pytest.mark.parametrize(
        "path",
        [
            "a.txt",
            "dir\\a.b.c",
            "console.log",
            "nulls",
            "com10",
            "COM",
            ".hidden",
            "a~b",
            "~",
            "a b",
            "caf\u00e9",
        ],
    )
    def test_names_without(self, path):
        assert not has_windows_trap(path)


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "www").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "www" / "a.txt").write_bytes(b"content")
    (tmp_path / "out" / "secret").write_bytes(b"secret")
    (tmp_path / "www" / "inside").symlink_to("a.txt")
    (tmp_path / "www" / "outside").symlink_to(tmp_path / "out" / "secret")
    (tmp_path / "www" / "folder").symlink_to(tmp_path / "out")
    (tmp_path / "www" / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "www" / "fifo")
    return tmp_path


class TestLinks:
    def test_inside(self, tree):
        target = allowed_target(str(tree / "www" / "inside"), [str(tree / "www")], "p")
        assert target == str(tree / "www" / "a.txt")

    @pytest.mark.parametrize("name", ["outside", "folder/secret", "folder/missing", "folder"])
    def test_outside(self, tree, name):
        path = str(tree / "www" / name)
        assert status_of(allowed_target, path, [str(tree / "www")], "p") == 403
        target = allowed_target(path, [str(tree / "www"), str(tree / "out")], "p")
        assert target.startswith(str(tree / "out"))

    def test_a_folder_that_only_begins_like_the_allowed_one(self, tree):
        (tree / "outer").mkdir()
        (tree / "outer" / "a").write_bytes(b"")
        (tree / "www" / "outer").symlink_to(tree / "outer" / "a")
        assert (
            status_of(allowed_target, str(tree / "www" / "outer"), [str(tree / "out")], "p") == 403
        )

    def test_the_allowed_folder_may_be_a_link_itself(self, tree):
        (tree / "current").symlink_to("www")
        path = str(tree / "current" / "a.txt")
        assert allowed_target(path, [str(tree / "current")], "p") == str(tree / "www" / "a.txt")

    def test_a_nul_is_nowhere(self, tree):
        assert status_of(allowed_target, str(tree / "www") + "/a\0", [str(tree / "www")], "p") in (
            403,
            404,
        )


class TestFiles:
    def test_status(self, tree):
        assert stat_file(str(tree / "www" / "a.txt")).st_size == 7

    @pytest.mark.parametrize("name", ["missing", "a.txt/x", "loop", "a\0", "x" * 300])
    def test_nothing_there(self, tree, name):
        assert status_of(stat_file, str(tree / "www" / name)) == 404

    @pytest.mark.parametrize("path", ["www", "www/fifo", "/dev/zero", "/dev/null"])
    def test_what_is_no_file_is_never_opened(self, tree, path):
        path = str(tree / path)
        assert status_of(check_regular, os.stat(path), "p") == 403
        assert status_of(open_regular, path) == 403

    def test_opening(self, tree):
        path = str(tree / "www" / "a.txt")
        descriptor = open_regular(path, stamp_of(os.stat(path)))
        try:
            assert os.read(descriptor, 100) == b"content"
            assert not os.get_inheritable(descriptor)
        finally:
            os.close(descriptor)

    def test_not_what_is_not_there(self, tree):
        assert status_of(open_regular, str(tree / "missing")) == 404
        assert status_of(open_regular, "a\0") == 404

    def test_not_what_has_been_put_in_its_place(self, tree):
        path = tree / "www" / "a.txt"
        stamp = stamp_of(os.stat(path))
        assert stamp[SIZE] == 7
        path.unlink()
        path.symlink_to(tree / "out" / "secret")
        before = set(os.listdir("/proc/self/fd"))
        assert status_of(open_regular, str(path), stamp) == 503
        assert set(os.listdir("/proc/self/fd")) == before
