"""Tornado's name for its compiled part: the mask of WebSocket frames.

The real compiled kernel is :func:`zonda.kernel`'s; where it is not built, this is the
pure-Python function.
"""

from zonda._kernel import mask_bytes as websocket_mask

__all__ = ["websocket_mask"]
