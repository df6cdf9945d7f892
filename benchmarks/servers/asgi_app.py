"""ASGI without a framework: what uvicorn can do at best."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from benchmarks.rows import GREETING, MESSAGE

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

TEXT = (b"content-type", b"text/plain; charset=utf-8")
JSON = (b"content-type", b"application/json")


async def body_of(receive: Receive) -> bytes:
    pieces, more = [], True
    while more:
        event = await receive()
        pieces.append(event.get("body", b""))
        more = event.get("more_body", False)
    return b"".join(pieces)


async def started_and_stopped(receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await started_and_stopped(receive, send)
        return
    path, kind, status = scope["path"], TEXT, 200
    if path == "/":
        body = GREETING.encode()
    elif path == "/json":
        kind, body = JSON, json.dumps(MESSAGE).encode()
    elif path.startswith("/users/"):
        fields = parse_qs(scope["query_string"].decode())["fields"][0]
        body = f"user {path[7:]}: {fields}".encode()
    elif path == "/echo":
        kind, body = JSON, json.dumps(json.loads(await body_of(receive))).encode()
    elif path == "/upload":
        body = str(len(await body_of(receive))).encode()
    else:
        status, body = 404, b""
    headers = [kind, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
