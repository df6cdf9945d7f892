"""The event loop as Tornado programs see it: `IOLoop` and `PeriodicCallback`.

Every `IOLoop` stands on one asyncio event loop (its ``asyncio_loop``); both can be used
side by side in one program, and any asyncio loop will do, uvloop's too.
"""

from zonda.ioloop.loop import IOLoop
from zonda.ioloop.periodic import PeriodicCallback
from zonda.legacy import names
from zonda.util import Configurable, TimeoutError, import_object

__all__ = ["Configurable", "IOLoop", "PeriodicCallback", "TimeoutError", "import_object"]

__getattr__ = names("ioloop")
