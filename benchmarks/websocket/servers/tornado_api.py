"""Tornado's API on Zonda or on Tornado.

``python -m benchmarks.websocket.servers.tornado_api PORT zonda|tornado asyncio|uvloop``
"""

import asyncio
import importlib
import sys
from typing import Any

from benchmarks.servers import HOST, port


def application(package: str) -> Any:
    web: Any = importlib.import_module(f"{package}.web")
    websocket: Any = importlib.import_module(f"{package}.websocket")

    class Echo(websocket.WebSocketHandler):
        def on_message(self, message: str | bytes) -> None:
            self.write_message(message, isinstance(message, bytes))

    class Deflate(Echo):
        def get_compression_options(self) -> dict[str, Any]:
            return {}

    if package == "zonda":
        group = websocket.Group()

        class Room(websocket.WebSocketHandler):
            def open(self) -> None:
                group.add(self)

            def on_message(self, message: str | bytes) -> None:
                group.send(message)

    else:
        members: set[Any] = set()

        class Room(websocket.WebSocketHandler):  # type: ignore[no-redef]
            def open(self) -> None:
                members.add(self)

            def on_close(self) -> None:
                members.discard(self)

            def on_message(self, message: str | bytes) -> None:
                for member in members:
                    member.write_message(message)

    return web.Application(
        [("/echo", Echo), ("/deflate", Deflate), ("/room", Room)],
        log_function=lambda handler: None,
    )


def main() -> None:
    package, loop = sys.argv[2:4]
    if loop == "uvloop":
        import uvloop

        asyncio.set_event_loop(uvloop.new_event_loop())
    ioloop: Any = importlib.import_module(f"{package}.ioloop")
    application(package).listen(port(), HOST)
    ioloop.IOLoop.current().start()


if __name__ == "__main__":
    main()
