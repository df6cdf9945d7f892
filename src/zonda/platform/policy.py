"""`AnyThreadEventLoopPolicy`, apart because asyncio deprecates policies since Python 3.14."""

from __future__ import annotations

import asyncio
import sys

if sys.platform == "win32":
    _Base = asyncio.WindowsSelectorEventLoopPolicy
else:
    _Base = asyncio.DefaultEventLoopPolicy


class AnyThreadEventLoopPolicy(_Base):
    """An event loop policy under which every thread gets a loop when it asks for one.

    asyncio by itself makes loops for the main thread only. Use it for programs that start
    servers in threads and count on it::

        asyncio.set_event_loop_policy(AnyThreadEventLoopPolicy())
    """

    def get_event_loop(self) -> asyncio.AbstractEventLoop:
        """This thread's loop; a new one if it has none."""
        try:
            return super().get_event_loop()
        except RuntimeError:
            loop = self.new_event_loop()
            self.set_event_loop(loop)
            return loop
