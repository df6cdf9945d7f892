"""JSON in requests and responses."""

import dataclasses
import json
import logging

import pytest

from zonda import web
from zonda.escape import json_encode

JSON = {"Content-Type": "application/json"}


@dataclasses.dataclass
class Order:
    item: str
    number: int = 1


class Echo(web.RequestHandler):
    def post(self):
        self.write_json(self.get_json())


class Typed(web.RequestHandler):
    def post(self):
        order = self.get_json(Order)
        self.write_json([order.item, order.number])


@pytest.fixture
def site(serve):
    class Dict(web.RequestHandler):
        def get(self):
            self.write({"a": "</b>", "ü": [1]})

    class Patch(web.RequestHandler):
        def get(self):
            self.set_header("Content-Type", "application/merge-patch+json")
            self.write_json({})

    class Impossible(web.RequestHandler):
        def get(self):
            self.write_json(object())

    return serve(
        [("/", Echo), ("/typed", Typed), ("/dict", Dict), ("/patch", Patch), ("/no", Impossible)]
    )


def test_there_and_back(site):
    for body in ('[1,"\u00fc",null]', '"text"', '{"a":{}}'):
        answer = site.ask("/", "POST", JSON, body.encode())
        assert answer["Content-Type"] == "application/json"
        assert answer.body == body.encode()


def test_content_types(site):
    for kind in ("application/json; charset=utf-8", "application/Problem+JSON"):
        assert site.ask("/", "POST", {"Content-Type": kind}, b"1").body == b"1"
    for headers in ({}, {"Content-Type": "text/plain"}, {"Content-Type": "text/json"}):
        assert site.ask("/", "POST", headers, b"1").status == 415
    assert site.ask("/patch")["Content-Type"] == "application/merge-patch+json"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 1_000_000, b"9" * 1_000_000], ids=lambda body: body[:5]
)
def test_what_is_no_json(site, body):
    assert site.ask("/", "POST", JSON, body).status == 400


def test_types(site):
    pytest.importorskip("msgspec", reason="needs msgspec")
    assert site.ask("/typed", "POST", JSON, b'{"item": "salt"}').body == b'["salt",1]'
    for body in (b'{"item": 7}', b"{}", b"[]", b"{", b"[" * 1_000_000):
        assert site.ask("/typed", "POST", JSON, body).status == 400


def test_types_need_msgspec(site, monkeypatch, caplog):
    monkeypatch.setitem(__import__("sys").modules, "msgspec", None)
    with caplog.at_level(logging.ERROR):
        assert site.ask("/typed", "POST", JSON, b"{}").status == 500
    assert "pip install zonda[json]" in caplog.text


def test_what_json_lacks(site, caplog):
    assert site.ask("/no").status == 500
    assert "TypeError" in caplog.text


def test_dicts(site):
    answer = site.ask("/dict")
    assert b"</" not in answer.body
    assert json.loads(answer.body) == {"a": "</b>", "ü": [1]}
    assert answer["Content-Type"] == "application/json; charset=UTF-8"


def test_dicts_by_the_library_that_is_there(site):
    pytest.importorskip("msgspec", reason="needs msgspec")
    assert site.ask("/dict").body == '{"a":"<\\/b>","ü":[1]}'.encode()


def test_dicts_as_tornado_writes_them(serve):
    class Dict(web.RequestHandler):
        def get(self):
            self.write({"a": "</b>", "ü": [1]})

    answer = serve([("/", Dict)], json_encoder=json_encode).ask("/")
    assert answer.body == b'{"a": "<\\/b>", "\\u00fc": [1]}'


@pytest.mark.parametrize("name", ["orjson", "msgspec.json"])
def test_another_encoder_for_dicts(serve, name):
    library = pytest.importorskip(name, reason=f"needs {name}")
    encode = library.dumps if name == "orjson" else library.encode

    class Dict(web.RequestHandler):
        def get(self):
            self.write({"a": "ü", "b": [1]})

    answer = serve([("/", Dict)], json_encoder=encode).ask("/")
    assert answer.body == '{"a":"ü","b":[1]}'.encode()
    assert answer["Content-Type"] == "application/json; charset=UTF-8"
