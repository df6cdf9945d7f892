"""What tutorials of the Tornado 4 to 6 years teach about the web framework, in one application."""

import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import zonda.gen
import zonda.web
from tests.wire import Answer, Peer, looped, serving
from zonda.options import OptionParser

TEMPLATES = {
    "base.html": """<!DOCTYPE html>
<html><head>
    <link href="{{static_url("css/common.css")}}" rel="stylesheet" />
    {% block CSS %}{% end %}
</head><body>
    <div class="pg-header">{% include 'header.html' %}</div>
    {% block RenderBody %}{% end %}
    {% block JavaScript %}{% end %}
</body></html>
""",
    "header.html": "<li>42区</li>",
    "index.html": """{% extends 'base.html'%}
{% block RenderBody %}
    <h1>{{username}}</h1>
    {% for key, val in dict1.items() %}{{key}}--{{val}};{% end %}
    <ul>{%  for item in info %}<li>{{item}}</li>{% end %}</ul>
    {% if len(info) > 5 %}many{% elif len(info) == 3 %}three{% else %}few{% end %}
    {% set n = 2 %}{% while n %}[{{ n }}]{% set n -= 1 %}{% end %}
    {% try %}{{ 1 / 0 }}{% except ZeroDivisionError %}caught{% end %}
{% end %}
""",
    "form.html": """<form action="/new_message" method="post">
  {{ xsrf_form_html() }}
  {% module xsrf_form_html() %}
  <input type="text" name="message"/>
</form>""",
}


class IndexHandler(zonda.web.RequestHandler):
    def get(self) -> None:
        info = ["lisi", "wangwu", "zhaoliu"]
        dict1 = {"name": "zhangsan", "age": 12}
        self.render("index.html", username="<laowan>", dict1=dict1, info=info)


class StoryHandler(zonda.web.RequestHandler):
    def initialize(self, name: str, age: int) -> None:
        self.name, self.age = name, age

    def get(self, story_id: str, *args: Any, **kwargs: Any) -> None:
        assert not args
        assert not kwargs
        self.write("You requested the story " + story_id + f" {self.name} {self.age}")


class JumpHandler(zonda.web.RequestHandler):
    def get(self) -> None:
        self.redirect(self.reverse_url("story", 7))


class ArgumentsHandler(zonda.web.RequestHandler):
    def check_xsrf_cookie(self) -> None:
        pass

    def post(self, *args: Any, **kwargs: Any) -> None:
        request = self.request
        self.write(
            {
                "query": [self.get_query_argument("a"), self.get_query_arguments("a", strip=True)],
                "body": [
                    self.get_body_argument("b", None, strip=True),
                    self.get_body_arguments("b"),
                ],
                "both": [self.get_argument("a"), self.get_arguments("a")],
                "default": self.get_argument("nothing", "default"),
                "request": [request.method, request.host, request.query, request.version],
                "header": request.headers["x-some"],
                "ip": request.remote_ip,
            }
        )


class UploadHandler(zonda.web.RequestHandler):
    def check_xsrf_cookie(self) -> None:
        pass

    def post(self) -> None:
        folder = self.settings["upfile"]
        for inputname in self.request.files:
            for file in self.request.files[inputname]:
                with open(os.path.join(folder, file.filename), "wb") as fp:
                    fp.write(file["body"])
                self.write(f"{inputname} {file.filename} {file.content_type}\n")


class AnswersHandler(zonda.web.RequestHandler):
    def get(self, kind: str) -> None:
        info = {"name": "zhangsan", "age": 16}
        self.set_header("X-Made-By", "us")
        if kind == "dict":
            self.write(info)
        elif kind == "text":
            self.write(json.dumps(info))
        else:
            self.set_status(299, "Quite Well")
            self.finish("done")


class CookieHandler(zonda.web.RequestHandler):
    def get(self, kind: str) -> None:
        if kind == "plain":
            if not self.get_cookie("mycookie"):
                self.set_cookie("mycookie", "myvalue")
                self.write("Your cookie was not set yet!")
            else:
                self.write("Your cookie was set!")
        elif kind == "signed":
            if not self.get_secure_cookie("signed"):
                self.set_secure_cookie("signed", "myvalue")
                self.write("Your cookie was not set yet!")
            else:
                self.write(b"Your cookie was " + (self.get_secure_cookie("signed") or b""))
        elif kind == "one":
            self.clear_cookie("mycookie", path="/", domain=None)
        else:
            self.clear_all_cookies(path="/", domain=None)


class FormHandler(zonda.web.RequestHandler):
    def get(self) -> None:
        self.render("form.html")

    def post(self) -> None:
        self.write(self.get_argument("message"))


class ImportHandler(zonda.web.RequestHandler):
    @zonda.gen.coroutine
    def post(self, pk: str) -> Any:
        try:
            payload = json.loads(self.request.body)
            if not payload:
                self.set_status(400)
                self.write({"message": "Invalid input data"})
                return
            data = yield self.ask(pk, payload)
            self.set_status(200)
            self.write({"message": "POST request successful", "data": data})
        except Exception as error:
            self.set_status(500)
            self.write({"message": "POST request failed", "error": str(error)})

    @zonda.gen.coroutine
    def ask(self, pk: str, payload: Any) -> Any:
        yield zonda.gen.sleep(0)
        raise zonda.gen.Return({pk: payload})

    def check_xsrf_cookie(self) -> None:
        pass


class SecretHandler(zonda.web.RequestHandler):
    @zonda.web.authenticated
    def get(self) -> None:
        raise AssertionError


class Application(zonda.web.Application):
    def __init__(self, **settings: Any) -> None:
        path = [
            (r"/", IndexHandler),
            zonda.web.url(
                r"/story/([0-9]+)", StoryHandler, {"name": "zhangsan", "age": 12}, name="story"
            ),
            (r"/jump", JumpHandler),
            (r"/arguments", ArgumentsHandler),
            (r"/upload", UploadHandler),
            (r"/answers/(.*)", AnswersHandler),
            (r"/cookie/(.*)", CookieHandler),
            (r"/new_message", FormHandler),
            (r"/cmdb/import/(?P<pk>\w+)", ImportHandler),
            (r"/secret", SecretHandler),
        ]
        super().__init__(path, **settings)


@asynccontextmanager
async def site(tmp_path: Path, **more: Any) -> AsyncIterator[Peer]:
    for name, text in TEMPLATES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "common.css").write_text("p {}")
    settings = {
        "static_path": str(tmp_path),
        "template_path": str(tmp_path),
        "xsrf_cookies": True,
        "login_url": "login",
        "upfile": str(tmp_path),
        "cookie_secret": "61oETzKXQAGaYdkL5gEmGeJJFuYh7EQnp2XdTP1o/Vo=",
        **more,
    }
    async with serving(Application(**settings)) as served:
        yield await served.connect()


def cookies(answer: Answer) -> str:
    return "Cookie: " + "; ".join(line.partition(";")[0] for line in answer.all("Set-Cookie"))


@looped
async def _page(tmp_path: Path, **more: Any) -> None:
    async with site(tmp_path, **more) as peer:
        page = (await peer.get("/")).text
        for piece in (
            "<h1>&lt;laowan&gt;</h1>",
            "name--zhangsan;age--12;",
            "<li>lisi</li><li>wangwu</li><li>zhaoliu</li>",
            "three",
            "[2][1]",
            "caught",
            "<li>42区</li>",
        ):
            assert piece in page
        (css,) = re.findall(r'href="(/static/css/common\.css\?v=[0-9a-f]+)"', page)
        assert (await peer.get(css)).body == b"p {}"


@pytest.mark.parametrize("debug", [False, True])
def test_pages_out_of_templates(tmp_path: Path, debug: bool) -> None:
    _page(tmp_path, debug=debug, autoreload=False)


@looped
async def _routes(tmp_path: Path) -> None:
    async with site(tmp_path) as peer:
        assert (await peer.get("/story/42")).text == "You requested the story 42 zhangsan 12"
        answer = await peer.get("/jump")
        assert (answer.status, answer["Location"]) == (302, "/story/7")
        answer = await peer.get("/secret")
        assert (answer.status, answer["Location"]) == (302, "login?next=%2Fsecret")
        answer = await peer.post("/cmdb/import/host", b'{"a": 1}')
        assert json.loads(answer.body)["data"] == {"host": {"a": 1}}
        assert (await peer.post("/cmdb/import/host", b"{}")).status == 400
        assert (await peer.post("/cmdb/import/host", b"{")).status == 500


def test_routes_and_their_arguments(tmp_path: Path) -> None:
    _routes(tmp_path)


@looped
async def _arguments(tmp_path: Path) -> None:
    async with site(tmp_path) as peer:
        form = "Content-Type: application/x-www-form-urlencoded"
        answer = await peer.post("/arguments?a=1&a=%202%20", b"b=3&a=4", form, "X-Some: one")
        assert json.loads(answer.body) == {
            "query": ["2", ["1", "2"]],
            "body": ["3", ["3"]],
            "both": ["4", ["1", "2", "4"]],
            "default": "default",
            "request": ["POST", "x", "a=1&a=%202%20", "HTTP/1.1"],
            "header": "one",
            "ip": "127.0.0.1",
        }
        body = (
            b'--B\r\nContent-Disposition: form-data; name="pic"; filename="new_pic.jpg"\r\n'
            b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\r\n--B--\r\n"
        )
        kind = "Content-Type: multipart/form-data; boundary=B"
        assert (await peer.post("/upload", body, kind)).text == "pic new_pic.jpg image/jpeg\n"
        assert (tmp_path / "new_pic.jpg").read_bytes() == b"\xff\xd8"


def test_what_handlers_learn_of_a_request(tmp_path: Path) -> None:
    _arguments(tmp_path)


@looped
async def _answers(tmp_path: Path) -> None:
    async with site(tmp_path) as peer:
        answer = await peer.get("/answers/dict")
        assert answer["Content-Type"] == "application/json; charset=UTF-8"
        assert json.loads(answer.body) == {"name": "zhangsan", "age": 16}
        answer = await peer.get("/answers/text")
        assert answer["Content-Type"] == "text/html; charset=UTF-8"
        assert json.loads(answer.body) == {"name": "zhangsan", "age": 16}
        answer = await peer.get("/answers/other")
        assert (answer.status, answer.reason, answer["X-Made-By"]) == (299, "Quite Well", "us")


def test_ways_to_answer(tmp_path: Path) -> None:
    _answers(tmp_path)


@looped
async def _cookies(tmp_path: Path) -> None:
    async with site(tmp_path) as peer:
        for kind, said in (("plain", "set!"), ("signed", "myvalue")):
            answer = await peer.get(f"/cookie/{kind}")
            assert answer.text == "Your cookie was not set yet!"
            again = await peer.get(f"/cookie/{kind}", cookies(answer))
            assert again.text == f"Your cookie was {said}"
        answer = await peer.get("/cookie/signed", "Cookie: signed=forged")
        assert answer.text == "Your cookie was not set yet!"
        (cleared,) = (await peer.get("/cookie/one", "Cookie: mycookie=1")).all("Set-Cookie")
        assert cleared.startswith('mycookie=""; expires=')
        answer = await peer.get("/cookie/all", "Cookie: a=1; b=2")
        assert sorted(line[:5] for line in answer.all("Set-Cookie")) == ['a="";', 'b="";']


def test_cookies_plain_and_signed(tmp_path: Path) -> None:
    _cookies(tmp_path)


@looped
async def _xsrf(tmp_path: Path) -> None:
    async with site(tmp_path) as peer:
        form = await peer.get("/new_message")
        (token,) = re.findall(r'<input type="hidden" name="_xsrf" value="([^"]+)"', form.text)
        assert "&lt;input type=" in form.text  # the one that is not by {% module %} or {% raw %}
        kind = "Content-Type: application/x-www-form-urlencoded"
        assert (await peer.post("/new_message", b"message=hi", kind)).status == 403
        answer = await peer.post(
            "/new_message", f"message=hi&_xsrf={token}".encode(), kind, cookies(form)
        )
        assert (answer.status, answer.body) == (200, b"hi")


def test_forms_are_protected(tmp_path: Path) -> None:
    _xsrf(tmp_path)


def test_options(tmp_path: Path) -> None:
    options = OptionParser()
    options.define("port", default=8000)
    options.define("list", default=[], type=str, multiple=True)
    options.parse_command_line(["server.py", "--port=9000", "--list=good,stephen,lxx"])
    assert (options.port, options.list) == (9000, ["good", "stephen", "lxx"])
    config = tmp_path / "config"
    config.write_text('port = 8080\nlist = ["a"]\n')
    options.parse_config_file(str(config))
    assert (options.port, options.list) == (8080, ["a"])
