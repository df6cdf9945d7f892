"""Unfinished files and what they are parts of."""

import pytest

from zonda.httpclient.partfile import Entity, PartFile
from zonda.httputil import HTTPHeaders

URL = "http://a.example/x"


@pytest.fixture
def part(tmp_path):
    file = PartFile(tmp_path / "x")
    file.open()
    yield file
    file.close()


def entity_of(tag):
    return Entity.of(URL, HTTPHeaders({"ETag": tag} if tag else {}), 10)


@pytest.mark.parametrize(
    ("fields", "validator"),
    [
        ({"ETag": '"a"'}, '"a"'),
        ({"ETag": 'W/"a"'}, None),
        ({"ETag": "a"}, None),
        ({}, None),
        (
            {
                "Last-Modified": "Sun, 06 Nov 1994 08:49:37 GMT",
                "Date": "Sun, 06 Nov 1994 08:49:39 GMT",
            },
            "Sun, 06 Nov 1994 08:49:37 GMT",
        ),
        # It may have changed again within that second: RFC 9110 section 8.8.2.2.
        (
            {
                "Last-Modified": "Sun, 06 Nov 1994 08:49:37 GMT",
                "Date": "Sun, 06 Nov 1994 08:49:37 GMT",
            },
            None,
        ),
        ({"Last-Modified": "Sun, 06 Nov 1994 08:49:37 GMT"}, None),
        ({"Last-Modified": "then", "Date": "now"}, None),
        (
            {
                "ETag": 'W/"a"',
                "Last-Modified": "Sun, 06 Nov 1994 08:49:37 GMT",
                "Date": "Mon, 07 Nov 1994 08:49:37 GMT",
            },
            None,
        ),
    ],
)
def test_validators(fields, validator):
    entity = Entity.of(URL, HTTPHeaders(fields), 9)
    assert (entity.validator, entity.total) == (validator, 9)


def test_there_and_back(part):
    entity = entity_of('"a"')
    part.begin(entity)
    assert part.entity(URL) is None  # nothing of it is here
    part.write(b"hello")
    assert part.entity(URL) == entity
    assert part.entity("http://a.example/y") is None
    part.seek_end()
    part.write(b"world")
    assert part.entity(URL) is None  # nothing is missing
    part.finish()
    assert part.path.read_bytes() == b"helloworld"


def test_begun_anew(part):
    part.begin(entity_of('"a"'))
    part.write(b"hello")
    part.begin(entity_of(None))
    assert part.size == 0
    assert part.entity(URL) is None


@pytest.mark.parametrize("note", ["", "[]", "{}", "nonsense", '["u", 1, 2]', "[1, 2, 3]"])
def test_a_note_that_says_nothing(part, note):
    part.begin(entity_of('"a"'))
    part.write(b"hello")
    (part.path.parent / "x.part.json").write_text(note)
    assert part.entity(URL) is None


def test_closed_twice(part):
    part.close()
    part.close()
    assert not part.part.exists()


def test_the_note_keeps_no_secret(part):
    url = "https://u:password@a.example/x?token=secret"
    part.begin(Entity.of(url, HTTPHeaders({"ETag": '"a"'}), 10))
    part.write(b"hello")
    assert part.entity(url) is not None
    assert "password" not in (part.path.parent / "x.part.json").read_text()
    assert "secret" not in (part.path.parent / "x.part.json").read_text()


def test_a_symbolic_link_is_not_followed(tmp_path):
    (tmp_path / "precious").write_bytes(b"mine")
    (tmp_path / "y.part").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError):
        PartFile(tmp_path / "y").open()
    assert (tmp_path / "precious").read_bytes() == b"mine"
