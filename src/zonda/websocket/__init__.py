"""WebSocket (RFC 6455), server and client.

A handler that derives from :class:`WebSocketHandler` answers the handshake and is told of
messages; :func:`websocket_connect` is the other end::

    class Echo(WebSocketHandler):
        def on_message(self, message):
            self.write_message(message)

    app = zonda.web.Application([("/echo", Echo)])

Frames are read strictly: a peer that breaks the protocol is told why and disconnected.
"""

from zonda.legacy import names
from zonda.websocket.client import WebSocketClientConnection, websocket_connect
from zonda.websocket.connection import WebSocketProtocol13
from zonda.websocket.errors import GroupFullError, WebSocketClosedError, WebSocketError
from zonda.websocket.group import Group, GroupFigures
from zonda.websocket.handler import WebSocketHandler

__all__ = [
    "Group",
    "GroupFigures",
    "GroupFullError",
    "WebSocketClientConnection",
    "WebSocketClosedError",
    "WebSocketError",
    "WebSocketHandler",
    "WebSocketProtocol13",
    "websocket_connect",
]

__getattr__ = names("websocket")
