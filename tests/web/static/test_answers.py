"""Answers that are given again."""

import os

import pytest

from zonda.web import StaticFileHandler
from zonda.web.static import answers


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(answers, "_answers", {})
    monkeypatch.setattr(answers, "is_settled", lambda stamp: True)  # no need to wait for that
    monkeypatch.setattr("zonda.web.static.files.is_settled", lambda stamp: True)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "www"
    root.mkdir()
    (root / "a.txt").write_bytes(b"content")
    (tmp_path / "secret").write_bytes(b"content")
    return root


@pytest.fixture
def site(serve, root):
    return serve([("/(.*)", StaticFileHandler, {"path": str(root), "default_filename": "a.txt"})])


def twice(site, path="/a.txt", **options):
    """Two answers to the same request, which must be the same but for the date."""
    first, second = (site.ask(path, **options) for _ in range(2))
    for answer in (first, second):
        answer.fields = sorted(field for field in answer.fields if field[0] != "Date")
    assert first == second
    return second


def test_the_same_to_the_letter(site):
    answer = twice(site)
    assert (answer.status, answer.body) == (200, b"content")
    assert len(answers._answers) == 1


def test_a_changed_file(site, root):
    twice(site)
    (root / "a.txt").write_bytes(b"another")
    assert site.ask("/a.txt").body == b"another"


def test_a_file_that_is_gone(site, root):
    twice(site)
    (root / "a.txt").unlink()
    assert site.ask("/a.txt").status == 404


def test_a_file_that_has_become_a_link_to_the_outside(site, root):
    twice(site)
    (root / "a.txt").unlink()
    (root / "a.txt").symlink_to(root.parent / "secret")
    assert site.ask("/a.txt").status == 403


def test_conditions_and_ranges_are_looked_at(site):
    etag = twice(site)["Etag"]
    assert site.ask("/a.txt", headers={"If-None-Match": etag}).status == 304
    assert site.ask("/a.txt", headers={"If-Match": '"x"'}).status == 412
    assert site.ask("/a.txt", headers={"Range": "bytes=1-2"}).body == b"on"
    assert site.ask("/a.txt", "HEAD").body == b""
    assert "Cache-Control" in site.ask("/a.txt?v=1")
    assert twice(site).status == 200


def test_folders(site):
    assert twice(site, "/").body == b"content"
    assert not answers._answers


def test_relative_roots_follow_the_working_directory(serve, root, monkeypatch):
    site = serve([("/(.*)", StaticFileHandler, {"path": "www"})])
    monkeypatch.chdir(root.parent)
    assert twice(site).status == 200
    monkeypatch.chdir(root)
    assert site.ask("/a.txt").status == 404


@pytest.mark.parametrize(
    "settings",
    [{"static_precompressed": True}, {"compress_response": True}, {"static_hash_cache": False}],
)
def test_settings_on_which_they_depend(serve, root, settings):
    site = serve([("/(.*)", StaticFileHandler, {"path": str(root)})], **settings)
    twice(site)
    assert not answers._answers


def test_handlers_that_override_something(serve, root):
    class Counted(StaticFileHandler):
        count = 0

        def set_extra_headers(self, path):
            type(self).count += 1

    class Hooked(StaticFileHandler):
        seen: list[object] = []

        def set_default_headers(self):
            self.set_header("X-Default", "yes")

        def on_finish(self):
            self.seen.append((self.path, os.path.basename(self.absolute_path), self.modified.year))

    handlers = [
        (f"/{name}/(.*)", cls, {"path": str(root)})
        for name, cls in {"counted": Counted, "hooked": Hooked}.items()
    ]
    site = serve(handlers)
    twice(site, "/counted/a.txt")
    assert Counted.count == 2
    assert not answers._answers
    assert twice(site, "/hooked/a.txt")["X-Default"] == "yes"
    assert len(answers._answers) == 1
    site.ask("/counted/a.txt")  # by now the hooks of those before have been called
    first, second = Hooked.seen
    assert first == second
    assert first[:2] == ("a.txt", "a.txt")


def test_the_number_of_answers_is_bounded(serve, root, monkeypatch):
    monkeypatch.setattr(answers, "_MAX_ANSWERS", 2)
    site = serve([("/(.*)", StaticFileHandler, {"path": str(root)})])
    for name in "abc":
        (root / name).write_bytes(b"x")
        twice(site, f"/{name}")
    assert len(answers._answers) <= 2


def test_fresh_files_are_looked_at_each_time(serve, root, monkeypatch):
    monkeypatch.setattr(answers, "is_settled", lambda stamp: False)
    site = serve([("/(.*)", StaticFileHandler, {"path": str(root)})])
    twice(site)
    assert not answers._answers


def test_what_hooks_add_is_in_answers_that_are_given_again(serve, root):
    class Marked(StaticFileHandler):
        def prepare(self):
            self.set_header("X-Mark", "before")

        async def get(self, path, include_body=True):
            await super().get(path, include_body)
            self.set_header("X-Type", self._headers["Content-Type"])
            self.set_cookie("a", "b")

    site = serve([("/(.*)", Marked, {"path": str(root)})])
    answer = twice(site)
    assert answer["X-Mark"] == "before"
    assert answer["X-Type"] == answer["Content-Type"] == "text/plain"
    assert answer["Set-Cookie"] == "a=b; Path=/"
    assert len(answers._answers) == 1


def test_log_functions_see_the_fields(serve, root):
    seen = []
    site = serve(
        [("/(.*)", StaticFileHandler, {"path": str(root)})],
        log_function=lambda handler: seen.append(handler._headers["Content-Type"]),
    )
    twice(site)
    assert seen == ["text/plain", "text/plain"]


def test_the_date_goes_on(site, root):
    site.ask("/a.txt")
    (answer,) = answers._answers.values()
    fields = [dict(answer.block_at(now).fields)["Date"] for now in (0.0, 0.5, 1.5)]
    assert fields == [
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:01 GMT",
    ]
