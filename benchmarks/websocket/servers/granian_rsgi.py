"""RSGI without a framework, run by Granian (Rust); it has no compression."""

from typing import Any

from benchmarks.servers import HOST, port

members: set[Any] = set()
CLOSED, BYTES = 0, 1


async def app(scope: Any, protocol: Any) -> None:
    transport = await protocol.accept()
    if scope.path == "/room":
        await room(transport)
    else:
        while (message := await transport.receive()).kind != CLOSED:
            if message.kind == BYTES:
                await transport.send_bytes(message.data)
            else:
                await transport.send_str(message.data)
    protocol.close()


async def room(transport: Any) -> None:
    members.add(transport)
    try:
        while (message := await transport.receive()).kind != CLOSED:
            for member in members:
                await member.send_str(message.data)
    finally:
        members.discard(transport)


def main() -> None:
    from granian import Granian
    from granian.constants import Interfaces, Loops

    Granian(
        "benchmarks.websocket.servers.granian_rsgi:app",
        address=HOST,
        port=port(),
        interface=Interfaces.RSGI,
        loop=Loops.uvloop,
        workers=1,
        log_enabled=False,
        websockets=True,
    ).serve()


if __name__ == "__main__":
    main()
