"""Rooms: who is in them, and what was said."""

import time
from collections import deque
from typing import Any

from zonda.websocket import Group, WebSocketHandler

#: Notes of a room that newcomers are shown.
HISTORY = 100
#: Rooms that are kept; the one that has been empty longest makes place.
ROOMS = 200
#: Bytes that may wait for somebody who reads slowly, before the connection is closed.
BACKLOG = 256 * 1024


class Room:
    """One room. A note is what happened in it: a dict with an ``id`` that counts up."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.group = Group("close", limit=BACKLOG)
        self.history: deque[dict[str, Any]] = deque(maxlen=HISTORY)
        self.members: dict[str, WebSocketHandler] = {}
        self._last = 0

    @property
    def people(self) -> list[str]:
        """The nicknames, in the order they came."""
        return list(self.members)

    def is_taken(self, name: str) -> bool:
        """Whether somebody has this nickname, in whatever case."""
        return name.casefold() in {member.casefold() for member in self.members}

    def since(self, note: int) -> list[dict[str, Any]]:
        """What came after the note with this number, as far as it is remembered."""
        return [past for past in self.history if past["id"] > note]

    def enter(self, name: str, member: WebSocketHandler) -> None:
        """Somebody comes in."""
        self.members[name] = member
        self.group.add(member)
        self.note("joined", name, people=self.people)

    def leave(self, name: str) -> None:
        """Somebody leaves."""
        self.group.discard(self.members.pop(name))
        self.note("left", name, people=self.people)

    def rename(self, name: str, new: str) -> None:
        """Somebody takes another nickname."""
        self.members = {new if old == name else old: it for old, it in self.members.items()}
        self.note("renamed", name, new=new, people=self.people)

    def say(self, name: str, text: str) -> None:
        """Somebody says something."""
        self.note("said", name, text=text)

    def note(self, kind: str, name: str, **more: Any) -> None:
        """Tell everybody, and remember it."""
        self._last += 1
        note = {"id": self._last, "type": kind, "name": name, "time": time.time(), **more}
        self.history.append({key: it for key, it in note.items() if key != "people"})
        self.group.send(note)


class Rooms:
    """All rooms of a chat."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}

    def get(self, name: str) -> Room:
        """The room of that name; it is made when somebody asks for it."""
        room = self._rooms.pop(name, None) or Room(name)
        self._rooms[name] = room  # at the end: it was asked for last
        if len(self._rooms) > ROOMS:
            empty = [it.name for it in self._rooms.values() if not it.members and it is not room]
            for other in empty[: len(self._rooms) - ROOMS]:
                del self._rooms[other]
        return room

    def busy(self) -> list[Room]:
        """The rooms with people in them, the fullest first."""
        rooms = [room for room in self._rooms.values() if room.members]
        return sorted(rooms, key=lambda room: (-len(room.members), room.name))
