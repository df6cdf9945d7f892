"""The chat as its visitors meet it: our own client, and two people in a real browser."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

from zonda.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from zonda.testing import bind_unused_port
from zonda.websocket import WebSocketClientConnection, websocket_connect

ROOT = Path(__file__).parents[2]
SCRIPT = "<script>document.title='x'</script><img src=x onerror=\"document.title='y'\">"


class Chat:
    """The program, on a port that stays the same when it is started again."""

    def __init__(self) -> None:
        sock, self.port = bind_unused_port()
        sock.close()
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/chat"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "examples.chat", f"--port={self.port}"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "src", ROOT)))},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None
        greeting = self._process.stdout.readline()
        assert self.url in greeting, greeting + self._process.stdout.read()

    def stop(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.terminate()
        self._process.stdout.close()
        self._process.wait(10)


@pytest.fixture(scope="module")
def chat() -> Iterator[Chat]:
    program = Chat()
    program.start()
    yield program
    program.stop()


def looped(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), 20))

    return run


class Person:
    """Somebody who talks to the chat as its page does."""

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self.connection = connection

    @classmethod
    async def come(cls, chat: Chat, room: str, name: str, since: int = 0) -> "Person":
        url = f"ws://localhost:{chat.port}/chat/{room}/socket"
        person = cls(await websocket_connect(url, compression_options={}))
        await person.send(type="join", name=name, since=since)
        return person

    async def send(self, **request: Any) -> None:
        await self.connection.write_message(json.dumps(request))

    async def get(self, kind: str) -> Any:
        """The next note, which must be of this kind."""
        message = await self.connection.read_message()
        assert message is not None, (self.connection.close_code, self.connection.close_reason)
        note = json.loads(message)
        assert note["type"] == kind, note
        return note

    async def leave(self) -> None:
        self.connection.close()
        while await self.connection.read_message() is not None:
            pass


class TestWithOurClient:
    @looped
    async def test_two_people_in_a_room(self, chat: Chat) -> None:
        ana = await Person.come(chat, "pampas", "Ana")
        assert (await ana.get("welcome"))["people"] == ["Ana"]
        await ana.get("joined")
        rui = await Person.come(chat, "pampas", "Rui")
        assert (await rui.get("welcome"))["people"] == ["Ana", "Rui"]
        assert (await ana.get("joined"))["people"] == ["Ana", "Rui"]
        await rui.get("joined")
        await rui.send(type="say", text=SCRIPT)
        for person in (ana, rui):
            said = await person.get("said")
            assert (said["name"], said["text"]) == ("Rui", SCRIPT)
        await rui.send(type="rename", name="Rui  II")
        renamed = await ana.get("renamed")
        assert (renamed["new"], renamed["people"]) == ("Rui II", ["Ana", "Rui II"])
        await rui.leave()
        assert (await ana.get("left"))["people"] == ["Ana"]
        await ana.leave()

    @looped
    async def test_history_and_what_was_missed(self, chat: Chat) -> None:
        ana = await Person.come(chat, "history", "Ana")
        await ana.get("welcome")
        await ana.get("joined")
        notes = []
        for n in range(5):
            await ana.send(type="say", text=f"{n}")
            notes.append(await ana.get("said"))
        late = await Person.come(chat, "history", "Late")
        history = (await late.get("welcome"))["history"]
        assert history[1:] == notes
        await late.leave()
        back = await Person.come(chat, "history", "Back", since=notes[2]["id"])
        history = (await back.get("welcome"))["history"]
        assert [note.get("text", note["type"]) for note in history] == ["3", "4", "joined", "left"]
        elsewhere = await Person.come(chat, "elsewhere", "Ana")
        assert (await elsewhere.get("welcome"))["history"] == []
        for person in (ana, back, elsewhere):
            await person.leave()

    @looped
    async def test_what_is_refused(self, chat: Chat) -> None:
        ana = await Person.come(chat, "refused", "Ana")
        await ana.get("welcome")
        await ana.get("joined")
        other = await Person.come(chat, "refused", "ana")
        assert "here already" in (await other.get("refused"))["reason"]
        for name in ("", "  ", "x" * 25, "a\x00b", 5, None):
            await other.send(type="join", name=name)
            assert "nickname" in (await other.get("refused"))["reason"]
        await other.send(type="say", text="not in yet")
        await other.get("refused")
        for text in ("", "   ", "x" * 2001, 5):
            await ana.send(type="say", text=text)
            await ana.get("refused")
        for n in range(20):
            await ana.send(type="say", text=f"{n}")
            await ana.get("said")
        await ana.send(type="say", text="too much")
        assert "slower" in (await ana.get("refused"))["reason"]
        for message in ("no JSON", "[]", "{}", "5"):
            await other.connection.write_message(message)
            assert await other.connection.read_message() is None
            assert other.connection.close_code == 1008
            other = await Person.come(chat, "refused", "Other")
            await other.get("welcome")
            await other.get("joined")
            await ana.get("joined")
            other.connection.write_message("no JSON")
            assert await other.connection.read_message() is None
            await ana.get("left")
            other = await Person.come(chat, "refused", "ana")
            await other.get("refused")
        await other.leave()
        await ana.leave()

    @looped
    async def test_pages_of_other_origins_stay_out(self, chat: Chat) -> None:
        url = f"ws://localhost:{chat.port}/chat/lounge/socket"
        request = HTTPRequest(url, headers={"Origin": "http://evil.example"})
        with pytest.raises(HTTPClientError) as caught:
            await websocket_connect(request)
        assert caught.value.code == 403

    @looped
    async def test_pages(self, chat: Chat) -> None:
        client = AsyncHTTPClient()
        page = await client.fetch(f"{chat.url}/caf%C3%A9")
        assert "script-src" not in page.headers["Content-Security-Policy"]
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
        ana = await Person.come(chat, "caf%C3%A9", "Ana")
        await ana.get("welcome")
        lobby = (await client.fetch(chat.url)).body.decode()
        assert ">café</a> 1" in lobby
        await ana.leave()
        asked = await client.fetch(f"{chat.url}?room=a+b%3C", follow_redirects=True)
        assert asked.effective_url.endswith("/chat/a-b-")
        for path in ("/" + "x" * 33, "/a%3Cb", "/a%3Cb/socket"):
            answer = await client.fetch(chat.url + path, raise_error=False)
            assert answer.code == 404


class Window:
    """A window of the browser in which somebody is in a room."""

    def __init__(self, browser: Any, url: str) -> None:
        self._browser = browser
        browser.switch_to.new_window("window")
        self._handle = browser.current_window_handle
        browser.get(url)

    def find(self, name: str) -> Any:
        self._browser.switch_to.window(self._handle)
        return self._browser.find_element("id", name)

    def join(self, name: str) -> None:
        self.find("name").send_keys(name)
        self.find("join").submit()
        self.wait_for("state", f"connected as {name}")

    def say(self, text: str) -> None:
        self.find("text").send_keys(text)
        self._browser.find_element("css selector", "#say button").click()

    def wait_for(self, name: str, text: str) -> None:
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self._browser, 15).until(
            lambda _: text in self.find(name).text, f"{text!r} did not appear in #{name}"
        )

    @property
    def title(self) -> str:
        self._browser.switch_to.window(self._handle)
        return str(self._browser.title)

    def close(self) -> None:
        self._browser.switch_to.window(self._handle)
        self._browser.close()
        self._browser.switch_to.window(self._browser.window_handles[0])


class TestInABrowser:
    def test_two_people(self, chat: Chat, browser: Any, tmp_path: Path) -> None:
        ana, rui = Window(browser, f"{chat.url}/lounge"), Window(browser, f"{chat.url}/lounge")
        ana.join("Ana")
        rui.join("Rui")
        ana.wait_for("people", "Ana\nRui")
        ana.wait_for("notes", "Rui came in")
        rui.say("Bom dia, Ana")
        ana.wait_for("notes", "Bom dia, Ana")
        ana.say(SCRIPT)
        for window in (ana, rui):
            window.wait_for("notes", SCRIPT)
            assert window.title == "lounge - Chat - Zonda"
        rui.find("text").send_keys("Rui II")
        rui.find("rename").click()
        ana.wait_for("notes", "Rui is now Rui II")
        assert browser.save_screenshot(str(tmp_path / "chat.png"))
        rui.close()
        ana.wait_for("notes", "Rui II left")
        late = Window(browser, f"{chat.url}/lounge")
        late.join("Late")
        late.wait_for("notes", "Bom dia, Ana")
        for window in (ana, late):
            window.close()

    def test_a_taken_name_and_a_server_that_comes_back(self, chat: Chat, browser: Any) -> None:
        ana, rui = Window(browser, f"{chat.url}/back"), Window(browser, f"{chat.url}/back")
        ana.join("Ana")
        rui.find("name").send_keys("Ana")
        rui.find("join").submit()
        rui.wait_for("problem", "Ana is here already")
        rui.find("name").clear()
        rui.join("Rui")
        chat.stop()
        ana.wait_for("state", "trying again")
        rui.wait_for("state", "trying again")
        chat.start()
        ana.wait_for("state", "connected as Ana")
        rui.wait_for("state", "connected as Rui")
        rui.say("there we are")
        ana.wait_for("notes", "there we are")
        for window in (ana, rui):
            window.close()
