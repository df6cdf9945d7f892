"""Versions of files in URLs."""

import hashlib
import os

import pytest

from zonda.web import HTTPError, StaticFileHandler


def sha512(content):
    return hashlib.sha512(content).hexdigest()


class Counting(StaticFileHandler):
    """Notes which contents are read."""

    reads: list[str] = []

    @classmethod
    def get_content_version(cls, abspath):
        cls.reads.append(os.path.basename(abspath))
        return super().get_content_version(abspath)


class Database(Counting):
    contents = {"one": b"1", "two": b"2"}

    @classmethod
    def get_absolute_path(cls, root, path):
        return path

    @classmethod
    def get_content(cls, abspath, start=None, end=None):
        return cls.contents[abspath][start:end]


@pytest.fixture(autouse=True)
def _reset():
    Counting.reads.clear()
    StaticFileHandler.reset()
    yield
    StaticFileHandler.reset()


@pytest.fixture
def settings(tmp_path):
    for name in "abc":
        path = tmp_path / name
        path.write_bytes(name.encode())
    return {"static_path": str(tmp_path)}


def test_urls(settings):
    make = StaticFileHandler.make_static_url
    assert make(settings, "a") == f"/static/a?v={sha512(b'a')}"
    assert make(settings, "a", False) == make(settings, "a", include_version=False) == "/static/a"
    assert make({**settings, "static_url_prefix": "/s/"}, "a", False) == "/s/a"
    assert make(settings, "missing") == "/static/missing"


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x"])
def test_not_for_what_is_outside(settings, path):
    with pytest.raises(HTTPError) as raised:
        StaticFileHandler.make_static_url(settings, path)
    assert raised.value.status_code == 403


def test_computed_once(settings):
    for _ in range(3):
        assert Counting.get_version(settings, "a") == sha512(b"a")
    assert Counting.reads == ["a"]


def test_computed_again_when_the_file_changes(settings, tmp_path):
    assert Counting.get_version(settings, "a") == sha512(b"a")
    (tmp_path / "a").write_bytes(b"longer")
    assert Counting.get_version(settings, "a") == sha512(b"longer")


def test_and_once_more_when_a_fresh_file_has_come_to_rest(settings, monkeypatch):
    Counting.get_version(settings, "a")
    monkeypatch.setattr("zonda.web.static.versions.is_settled", lambda stamp: True)
    for _ in range(2):
        Counting.get_version(settings, "a")
    assert Counting.reads == ["a", "a"]


def test_a_missing_file_is_noticed_when_it_comes(settings, tmp_path, caplog):
    assert StaticFileHandler.get_version(settings, "late") is None
    assert "Could not open static file" in caplog.text
    (tmp_path / "late").write_bytes(b"now")
    assert StaticFileHandler.get_version(settings, "late") == sha512(b"now")


def test_the_number_of_versions_is_bounded(settings, monkeypatch):
    """The fix of Tornado 6.6.0: names that peers choose must not fill the memory."""
    monkeypatch.setattr(Counting, "MAX_CACHED_VERSIONS", 2)
    for name in "abaca":
        Counting.get_version(settings, name)
    assert Counting.reads == ["a", "b", "c"]  # the one used longest ago had to go
    assert len(StaticFileHandler._static_hashes) == 2
    assert len(StaticFileHandler._static_stamps) == 2


def test_large_files_have_none(settings, monkeypatch, caplog):
    monkeypatch.setattr(StaticFileHandler, "MAX_VERSION_CONTENT_SIZE", 0)
    assert StaticFileHandler.get_version(settings, "a") is None
    with pytest.raises(ValueError, match="MAX_VERSION_CONTENT_SIZE"):
        StaticFileHandler.get_content_version(os.path.join(settings["static_path"], "a"))


@pytest.mark.parametrize("name", ["fifo", "folder"])
def test_what_is_no_file_has_none(settings, tmp_path, name, caplog):
    if name == "fifo":
        os.mkfifo(tmp_path / name)
    else:
        (tmp_path / name).mkdir()
    assert StaticFileHandler.get_version(settings, name) is None


class TestContentFromElsewhere:
    def test_kept_until_reset(self, settings):
        for _ in range(2):
            assert Database.get_version(settings, "one") == sha512(b"1")
        assert Database.reads == ["one"]
        Database.reset()
        Database.get_version(settings, "one")
        assert Database.reads == ["one", "one"]

    def test_or_not_at_all(self, settings):
        for _ in range(2):
            Database.get_version({**settings, "static_hash_cache": False}, "one")
        assert Database.reads == ["one", "one"]

    def test_its_paths_are_its_own(self, settings):
        assert Database.make_static_url(settings, "two") == f"/static/two?v={sha512(b'2')}"
        assert Database.make_static_url(settings, "../two") == "/static/../two"


def test_the_names_that_programs_know(settings):
    path = os.path.join(settings["static_path"], "a")
    assert StaticFileHandler._get_cached_version(path) == sha512(b"a")
    assert StaticFileHandler._static_hashes == {path: sha512(b"a")}
    with StaticFileHandler._lock:
        pass
