"""picows (Cython) on uvloop; it has no compression."""

import asyncio

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

from benchmarks.servers import HOST, port

members: set[WSTransport] = set()


class Echo(WSListener):  # type: ignore[misc]
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
        else:
            transport.send(frame.msg_type, frame.get_payload_as_bytes())


class Room(WSListener):  # type: ignore[misc]
    def on_ws_connected(self, transport: WSTransport) -> None:
        members.add(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()
            return
        payload = frame.get_payload_as_bytes()
        for member in members:
            member.send(frame.msg_type, payload)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        members.discard(transport)


def listener(request: WSUpgradeRequest) -> WSListener | None:
    return {b"/echo": Echo, b"/room": Room}.get(request.path, lambda: None)()


async def main() -> None:
    server = await ws_create_server(listener, HOST, port(), max_frame_size=1 << 24)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(main())
