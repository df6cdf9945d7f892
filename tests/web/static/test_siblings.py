"""Compressed files beside their originals."""

import os

import pytest

from zonda.web.static.files import stamp_of_path
from zonda.web.static.siblings import CODINGS, configured_codings, find_sibling


@pytest.mark.parametrize(
    ("setting", "codings"),
    [
        (None, ()),
        (False, ()),
        ([], ()),
        (True, ("zstd", "br", "gzip")),
        ("br", ("br",)),
        (["gzip", "br"], ("gzip", "br")),
    ],
)
def test_the_setting(setting, codings):
    assert configured_codings(setting) == codings


def test_a_mistake_in_the_setting():
    with pytest.raises(ValueError, match=r"'brotli'.*zstd, br, gzip"):
        configured_codings(["brotli"])


@pytest.fixture
def choose(tmp_path):
    path = tmp_path / "a.js"

    def choose(accepted, *suffixes, age=0, codings=tuple(CODINGS)):
        path.write_bytes(b"original")
        os.utime(path, (1300000000, 1300000000))
        for suffix in suffixes:
            sibling = tmp_path / f"a.js{suffix}"
            sibling.write_bytes(suffix.encode())
            os.utime(sibling, (1300000000 - age, 1300000000 - age))
        found = find_sibling(str(path), stamp_of_path(str(path)), accepted, codings)
        if found is None:
            return None
        coding, sent, status = found
        assert sent == str(path) + CODINGS[coding]
        assert status.st_size == len(CODINGS[coding])
        return coding

    return choose


def test_the_best_one_that_is_there_and_accepted(choose):
    assert choose("gzip, br, zstd", ".gz", ".br") == "br"
    assert choose("gzip", ".gz", ".br") == "gzip"
    assert choose("gzip, br;q=0.1", ".gz", ".br") == "gzip"
    assert choose("*", ".gz") == "br"  # left from above
    assert choose("gzip, br", codings=("gzip", "br")) == "gzip"


def test_none(choose):
    assert choose("gzip, br") is None
    assert choose("", ".gz") is None
    assert choose("gzip;q=0", ".gz") is None
    assert choose("gzip", ".gz", codings=("br",)) is None


def test_not_one_that_is_older_than_its_original(choose):
    assert choose("gzip", ".gz", age=1) is None
