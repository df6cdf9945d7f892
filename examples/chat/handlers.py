"""The chat's pages and its WebSocket.

The page sends ``{"type": "join", "name": ..., "since": ...}`` first, then ``say`` with a
``text`` and ``rename`` with a ``name``. It gets ``welcome``, ``refused`` and the notes of its
room. What people write stays text all the way: nothing here or in the page makes HTML of it.
"""

import json
import re
import time
from collections import deque
from pathlib import Path
from typing import Any

from zonda import web
from zonda.websocket import WebSocketHandler

from .rooms import Room, Rooms

HERE = Path(__file__).parent
#: Characters of a nickname, and of what is said at a time.
NAME, TEXT = 24, 2000
#: So many messages in so many seconds, from one person.
RATE, PERIOD = 20, 10.0
ROOM = re.compile(r"[\w-]{1,32}")
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


def routes(prefix: str) -> list[Any]:
    """The chat's routes below a path such as ``/chat``."""
    rooms = {"rooms": Rooms()}
    static = {"path": HERE / "static"}
    return [
        web.url(prefix, ChatHandler, rooms, name="chat"),
        web.url(rf"{prefix}/static/(.*)", web.StaticFileHandler, static),
        web.url(rf"{prefix}/([^/]+)", RoomHandler, rooms, name="room"),
        web.url(rf"{prefix}/([^/]+)/socket", Socket, rooms),
    ]


class Page(web.RequestHandler):
    """What the pages have in common."""

    def initialize(self, rooms: Rooms) -> None:
        self.rooms = rooms

    def set_default_headers(self) -> None:
        self.set_header("Content-Security-Policy", POLICY)

    def get_template_path(self) -> str:
        return str(HERE / "templates")


class ChatHandler(Page):
    """The rooms, and a form to open one."""

    def get(self) -> None:
        room = self.get_query_argument("room", "").strip()
        if not room:
            self.render("rooms.html", rooms=self.rooms.busy())
            return
        name = "".join(c if c.isalnum() or c in "_-" else "-" for c in room)[:32]
        self.redirect(self.reverse_url("room", name))


class RoomHandler(Page):
    """The page of one room."""

    def get(self, room: str) -> None:
        check_room(room)
        self.render("room.html", room=room)


def check_room(name: str) -> None:
    """Answer 404 unless a room may have this name."""
    if not ROOM.fullmatch(name):
        raise web.HTTPError(404)


class Refused(Exception):
    """What somebody asked for cannot be done; the page shows why."""


class Socket(WebSocketHandler):
    """One person in one room."""

    ping_interval = 20
    max_message_size = 16 * 1024

    def initialize(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self.name: str | None = None
        self.recent: deque[float] = deque(maxlen=RATE)

    def prepare(self) -> None:
        check_room(self.path_args[0])

    def get_compression_options(self) -> dict[str, Any]:
        return {}

    def open(self, room: str) -> None:
        self.room: Room = self.rooms.get(room)

    def on_message(self, message: str | bytes) -> None:
        try:
            request = json.loads(message)
            kind = request["type"]
        except (ValueError, TypeError, KeyError):
            self.close(1008, "not a request")
            return
        try:
            if kind == "join" and self.name is None:
                self.join(request)
            elif kind == "say" and self.name is not None:
                self.say(self.name, request)
            elif kind == "rename" and self.name is not None:
                self.rename(self.name, request)
            else:
                raise Refused(f"no {str(kind)[:20]!r} now")
        except Refused as reason:
            self.write_message({"type": "refused", "to": str(kind)[:20], "reason": str(reason)})

    def join(self, request: dict[str, Any]) -> None:
        """Enter the room under a nickname."""
        name = self.free_name(request)
        since = request.get("since")
        history = self.room.since(since if isinstance(since, int) else 0)
        self.name = name
        people = [*self.room.people, name]
        welcome = {"room": self.room.name, "name": name, "people": people, "history": history}
        self.write_message({"type": "welcome", **welcome})
        self.room.enter(name, self)

    def say(self, name: str, request: dict[str, Any]) -> None:
        """Say something."""
        text = request.get("text")
        if not isinstance(text, str) or not text.strip():
            raise Refused("nothing was said")
        if len(text) > TEXT:
            raise Refused(f"at most {TEXT} characters at a time")
        now = time.monotonic()
        if len(self.recent) == RATE and now - self.recent[0] < PERIOD:
            raise Refused("slower, please")
        self.recent.append(now)
        self.room.say(name, text.strip())

    def rename(self, name: str, request: dict[str, Any]) -> None:
        """Take another nickname."""
        self.name = self.free_name(request, name)
        self.room.rename(name, self.name)

    def free_name(self, request: dict[str, Any], own: str = "") -> str:
        """The nickname that is asked for.

        Raises:
            Refused: it is none, or somebody else's.
        """
        name = request.get("name")
        name = " ".join(name.split()) if isinstance(name, str) else ""
        if not name or len(name) > NAME or not name.isprintable():
            raise Refused(f"a nickname has 1 to {NAME} characters")
        if name.casefold() != own.casefold() and self.room.is_taken(name):
            raise Refused(f"{name} is here already")
        return name

    def on_close(self) -> None:
        if self.name is not None:
            self.room.leave(self.name)
