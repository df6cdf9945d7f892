"""One small program per peer: ``python -m benchmarks.websocket.servers.<name> PORT [...]``.

``/echo`` sends every message back, ``/deflate`` does so with permessage-deflate as the library
has it by default, ``/room`` sends every message to all that are connected there.
"""
