"""Drives the machines without a socket: bytes in, a list of events out."""

from collections.abc import Iterable
from typing import Any

import pytest

from zonda.protocol.errors import RemoteProtocolError
from zonda.protocol.http1 import END, NEED_DATA, HTTP1Client, HTTP1Server
from zonda.protocol.limits import Limits

Event = tuple[Any, ...]


class Drive:
    """Feeds a machine and asks it for all it has, as a connection would."""

    def server(
        self, pieces: Iterable[bytes], *, limits: Limits | None = None, eof: bool = False
    ) -> list[Event]:
        """What a server makes of the pieces; it answers each request when it is complete.

        Events are ``("head", method, target)``, ``("body", bytes)``, ``("trailers", list)``,
        ``("refused", status)`` and ``("answer", bytes)``.
        """
        machine = HTTP1Server(limits or Limits())
        events: list[Event] = []
        try:
            for piece in pieces:
                machine.receive(piece)
                self._serve(machine, events)
            if eof:
                machine.receive_eof()
                self._serve(machine, events)
        except RemoteProtocolError as error:
            events += [("refused", error.status), ("answer", machine.refuse(error))]
        return joined(events)

    def _serve(self, machine: HTTP1Server, events: list[Event]) -> None:
        while True:
            if machine.body_open:
                if not self._read(machine, events):
                    return
            else:
                head = machine.next_head()
                if head is None:
                    return
                events.append(("head", head.method, head.target))
                if machine.body_open:
                    machine.check_body_limit()
                    continue
            answer = machine.respond(200, None, b"", (), machine.head.method.encode())  # type: ignore[union-attr]
            events.append(("answer", answer))

    def client(
        self,
        pieces: Iterable[bytes],
        *,
        method: str = "GET",
        limits: Limits | None = None,
        eof: bool = False,
    ) -> list[Event]:
        """What a client makes of the answer to one request.

        Events are ``("head", status)``, ``("body", bytes)``, ``("trailers", list)``,
        ``("end", reusable, unread bytes)`` and ``("error", status, words)``.
        """
        machine = HTTP1Client(limits or Limits())
        machine.send_request(method, b"GET / HTTP/1.1\r\n", b"", (), -1, None)
        events: list[Event] = []
        try:
            for piece in pieces:
                machine.receive(piece)
                if not over(events):
                    self._fetch(machine, events)
            if eof:
                machine.receive_eof()
                if not over(events):
                    self._fetch(machine, events)
        except RemoteProtocolError as error:
            events.append(("error", error.status, str(error)))
        if over(events):
            events.append(("end", machine.reusable, machine.take_unread()))
        return joined(events)

    def _fetch(self, machine: HTTP1Client, events: list[Event]) -> None:
        while machine.head is None:
            head = machine.next_head()
            if head is None:
                return
            events.append(("head", head.status))
        if self._read(machine, events):
            events.append(("over",))

    def _read(self, machine: HTTP1Server | HTTP1Client, events: list[Event]) -> bool:
        while (data := machine.next_data()) is not NEED_DATA:
            if data is END:
                if machine.trailers and machine.head and machine.head.chunked:
                    events.append(("trailers", list(machine.trailers)))
                return True
            assert data, "a piece is never empty"
            events.append(("body", data))
        return False


def over(events: list[Event]) -> bool:
    return ("over",) in events


def joined(events: list[Event]) -> list[Event]:
    """The events with body pieces put together, and without marks."""
    result: list[Event] = []
    for event in events:
        if event[0] == "body" and result and result[-1][0] == "body":
            result[-1] = ("body", result[-1][1] + event[1])
        elif event != ("over",):
            result.append(event)
    return result


def splits(data: bytes) -> Iterable[list[bytes]]:
    """The data byte by byte, and in two pieces, cut at every place."""
    yield [data[i : i + 1] for i in range(len(data))]
    yield from ([data[:i], data[i:]] for i in range(1, len(data)))


@pytest.fixture
def drive() -> Drive:
    return Drive()


@pytest.fixture
def every_split() -> Any:
    return splits
