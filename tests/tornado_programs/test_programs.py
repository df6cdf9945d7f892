"""Programs as they were written for Tornado 4, each run by the launcher and asked over sockets."""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.tornado.launched import environment
from tests.wire import looped
from zonda.testing import bind_unused_port
from zonda.websocket import websocket_connect

PROGRAMS = Path(__file__).parent / "programs"


class Answer:
    """A response."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.reason = response.status, response.reason
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Site:
    """A program that runs."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, str) and "Content-Type" not in fields:
            fields["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, fields)
            return Answer(connection.getresponse())
        finally:
            connection.close()


def free_port() -> int:
    sock, port = bind_unused_port()
    sock.close()
    return port


@contextmanager
def running(*args: str, cwd: Path = PROGRAMS) -> Iterator[Site]:
    """Run a program under the launcher; PORT in its arguments becomes a free one."""
    port = free_port()
    argv = [arg.replace("PORT", str(port)) for arg in args]
    process = subprocess.Popen(
        [sys.executable, "-m", "zonda.tornado", *argv],
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield Site(port)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.stdout.close()
        process.wait(10)


@pytest.fixture(scope="module")
def background() -> Iterator[Site]:
    with running("background.py", "--port=PORT", "--logging=error") as site:
        yield site


class TestBackground:
    @pytest.mark.parametrize(
        ("path", "body", "entry"),
        [
            ("/later", "It works", "later"),
            ("/task", "hello after", "task"),
            ("/thread", "It works", "thread False"),
            ("/timeout", "waited for timeout", "timeout"),
        ],
    )
    def test_work_is_done(self, background: Site, path: str, body: str, entry: str) -> None:
        assert background.ask(path).text == body
        for _ in range(1000):  # in the background, so it may come a request later
            if entry in background.ask("/done").json["done"]:
                return
        pytest.fail(f"{entry} was never done")

    def test_waiting_ends_in_time(self, background: Site) -> None:
        assert background.ask("/too-late").text == "too late"


@pytest.fixture(scope="module")
def forwarder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("uploads")
    options = ("--port=PORT", f"--folder={folder}", "--logging=error")
    with running("forwarder.py", *options) as site:
        yield site


class TestForwarder:
    def test_a_callback(self, forwarder: Site) -> None:
        assert forwarder.ask("/callback").json["arguments"] == {"via": "callback"}

    def test_a_task_with_the_clients_headers(self, forwarder: Site) -> None:
        answer = forwarder.ask(
            "/task", "POST", b"x" * len('{"name": "zonda"}'), Cookie="auth_key=abc"
        ).json
        assert (answer["method"], answer["cookie"]) == ("POST", "abc")
        assert json.loads(answer["json"]) == {"name": "zonda"}

    def test_a_request_object_and_a_callback(self, forwarder: Site) -> None:
        assert forwarder.ask("/request").json["arguments"] == {"via": "request"}

    def test_native_coroutines(self, forwarder: Site) -> None:
        expected = {"code": 404, "error": "HTTP 404: Not Found", "cookie": "xyz"}
        assert forwarder.ask("/native").json == expected

    def test_a_blocking_client_inside_of_a_handler(self, forwarder: Site) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"elsewhere")

            def log_message(self, *args: Any) -> None: ...

        with HTTPServer(("127.0.0.1", 0), Handler) as other:
            thread = threading.Thread(target=other.handle_request)
            thread.start()
            url = f"http://127.0.0.1:{other.server_port}/"
            assert forwarder.ask(f"/blocking?url={url}").text == "elsewhere"
            thread.join()

    def test_an_upload_sent_on_in_a_form_made_by_hand(self, forwarder: Site) -> None:
        picture = bytes(range(256)) * 10
        body = (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="me.png"\r\n'
            b"Content-Type: image/png\r\n\r\n" + picture + b"\r\n--b--\r\n"
        )
        kind = "multipart/form-data; boundary=b"
        answer = forwarder.ask("/upload", "POST", body, Content_Type=kind).json
        assert answer["files"] == [["new_picture.jpg", "image/jpeg", len(picture)]]
        assert answer["arguments"] == {"api_key": "KEY", "api_secret": "SECRET"}


class TestPrefork:
    def test_four_processes_share_a_port_and_a_dead_one_is_replaced(self) -> None:
        with running("prefork.py", "PORT", "4") as site:
            seen: dict[int, set[int]] = {}
            for _ in range(400):
                who = site.ask("/who").json
                seen.setdefault(who["task"], set()).add(who["pid"])
                if len(seen) > 1:
                    break
            assert set(seen) <= {0, 1, 2, 3}
            assert len(seen) > 1
            with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
                site.ask("/end")
            for _ in range(5):
                assert site.ask("/who").status == 200

    @pytest.mark.parametrize("way", ["thread", "async"])
    def test_services_asked_from_a_worker(self, way: str) -> None:
        with running("prefork.py", "PORT", "1") as site:
            host = f"127.0.0.1:{site.port}"
            answer = site.ask(f"/{way}/box?host={host}", "POST", b'{"a": 1}').json
            assert answer["data"] == {"object": "box", "org": "777", "sent": {"a": 1}}
            bad = site.ask(f"/{way}/bad?host={host}", "POST", b"{}").json
            known = {"thread": {}, "async": {"code": 409, "response": True}}
            assert bad["data"] == known[way]
            failed = site.ask(f"/{way}/box?host={host}", "POST", b"no json")
            assert (failed.status, failed.json["message"]) == (500, "POST request failed")


@pytest.fixture(scope="module")
def tutorial() -> Iterator[Site]:
    conf = PROGRAMS / "site_of_tests" / "server.conf"
    options = (f"--conf={conf}", "--port=PORT", "--logging=error")
    with running("-m", "site_of_tests", *options) as site:
        yield site


class TestTutorial:
    def test_pages_with_inheritance_and_inclusion(self, tutorial: Site) -> None:
        page = tutorial.ask("/").text
        assert "<title>Index</title>" in page
        assert "<li>1024</li>" in page
        assert "<li>&lt;two&gt;</li>" in page
        assert "ann--12" in page
        assert re.search(r"\bout\b", page)
        sheets = re.findall(r'href="(/static/css/\w+\.css\?v=\w+)"', page)
        assert len(sheets) == 2
        styled = tutorial.ask(sheets[0])
        assert styled.body == b"body { color: black }\n"
        assert styled.headers["Cache-Control"].startswith("max-age=")

    def test_routes(self, tutorial: Site) -> None:
        assert tutorial.ask("/story/abc1/").text == "abc1"
        moved = tutorial.ask("/home")
        assert (moved.status, moved.headers["Location"]) == (302, "/story/home/")

    def test_answers_in_json(self, tutorial: Site) -> None:
        info = {"name": "ann", "age": 12, "ip": "127.0.0.1"}
        plain, by_hand = tutorial.ask("/person"), tutorial.ask("/person?by_hand=1")
        assert plain.json == by_hand.json == info
        assert plain.headers["Content-Type"].startswith("application/json")
        assert by_hand.headers["Content-Type"].startswith("text/html")

    def test_cookies(self, tutorial: Site) -> None:
        first = tutorial.ask("/cookie")
        assert first.text == "Your cookie was not set yet!"
        cookies = [SimpleCookie(line) for line in first.headers.get_all("Set-Cookie")]
        pairs = "; ".join(f"{m.key}={m.value}" for cookie in cookies for m in cookie.values())
        second = tutorial.ask("/cookie", Cookie=pairs)
        assert second.text == "Your cookie was set!"
        assert 'plain=""' in second.headers["Set-Cookie"]
        forged = pairs.replace("mycookie=2", "mycookie=3")
        assert tutorial.ask("/cookie", Cookie=forged).text == "Your cookie was not set yet!"

    def test_forms_need_their_token(self, tutorial: Site) -> None:
        form = tutorial.ask("/message")
        tokens = re.findall(r'name="_xsrf" value="([^"]+)"', form.text)
        assert len(tokens) == 2
        cookie = form.headers["Set-Cookie"].split(";")[0]
        body = f"_xsrf={tokens[0]}&message=+hello+&message=you"
        sent = tutorial.ask("/message", "POST", body, Cookie=cookie)
        assert (sent.status, sent.reason, sent.text) == (201, "Made", "hello, you")
        assert sent.headers["X-Messages"] == "2"
        assert tutorial.ask("/message", "POST", "message=x", Cookie=cookie).status == 403
        assert tutorial.ask("/message", "POST", body).status == 403

    def test_uploads(self, tutorial: Site) -> None:
        body = "".join(
            f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.txt"\r\n'
            f"Content-Type: text/{name}\r\n\r\ncontent of {name}\r\n"
            for name in ("one", "two")
        )
        kind = "multipart/form-data; boundary=b"
        sent = tutorial.ask("/upload", "POST", body + "--b--\r\n", Content_Type=kind)
        assert sent.text == "one text/one two text/two one.txt two.txt"

    def test_options_from_file_and_command_line(self, tutorial: Site) -> None:
        expected = {"port": tutorial.port, "list": ["good", "stephen"], "keys": True}
        assert tutorial.ask("/options").json == expected


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if importlib.util.find_spec("sqlalchemy") is None:
        pytest.skip("sqlalchemy is not installed: pip install zonda[database]")
    database = tmp_path_factory.mktemp("shop") / "shop.db"
    with running("login.py", "--port=PORT", f"--database={database}") as site:
        yield site


class TestLogin:
    def test_who_knows_the_password_comes_in(self, shop: Site) -> None:
        assert '<form method="post" action="/login">' in shop.ask("/login").text
        answer = shop.ask("/login", "POST", "username=ann&pwd=secret")
        assert answer.text == "welcome ann"
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        assert shop.ask("/users", Cookie=cookie).json == {"users": [[1, "ann"], [2, "bob"]]}

    def test_others_are_sent_to_the_login(self, shop: Site) -> None:
        answer = shop.ask("/users")
        assert answer.status == 302
        assert answer.headers["Location"] == "/login?next=%2Fusers"

    @pytest.mark.parametrize(
        "username", ["ann' -- n", "badguy' or 1=1 -- y", "ann", "%s", "a' ; drop table userinfo --"]
    )
    def test_values_never_become_sql(self, shop: Site, username: str) -> None:
        body = urllib.parse.urlencode({"username": username, "pwd": "x' or '1'='1"})
        assert shop.ask("/login", "POST", body).text == "go away"
        assert shop.ask("/login", "POST", "username=ann&pwd=secret").text == "welcome ann"


@looped
async def test_a_chat() -> None:
    with running("chat.py", "PORT") as site:
        url = f"ws://127.0.0.1:{site.port}/chat"
        first = await websocket_connect(url)
        assert await first.read_message() == "[127.0.0.1] came in"
        second = await websocket_connect(url)
        for user in (first, second):
            assert await user.read_message() == "[127.0.0.1] came in"
        await second.write_message("hello")
        for user in (first, second):
            assert await user.read_message() == "[127.0.0.1] says: hello"
        second.close()
        assert await first.read_message() == "[127.0.0.1] went out"
        first.close()
