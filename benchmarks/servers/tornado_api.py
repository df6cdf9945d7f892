"""Tornado's API, served by Zonda or by Tornado.

``python -m benchmarks.servers.tornado_api PORT zonda|tornado asyncio|uvloop``
"""

import asyncio
import importlib
import logging
import sys
from typing import Any

from benchmarks.servers import HOST, port, tls_context
from benchmarks.servers.tornado_handlers import application


def main() -> None:
    package, loop = sys.argv[2:4]
    logging.getLogger("tornado.access").disabled = True
    if loop == "uvloop":
        import uvloop

        asyncio.set_event_loop(uvloop.new_event_loop())
    ioloop: Any = importlib.import_module(f"{package}.ioloop")
    application(package).listen(port(), HOST, ssl_options=tls_context())
    ioloop.IOLoop.current().start()


if __name__ == "__main__":
    main()
