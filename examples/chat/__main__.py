"""The chat on its own."""

import asyncio

from zonda import web
from zonda.options import define, options, parse_command_line

from . import routes


async def main() -> None:
    """Serve until interrupted."""
    define("port", default=8889, help="port to listen on")
    parse_command_line()
    app = web.Application([(r"/", web.RedirectHandler, {"url": "/chat"}), *routes("/chat")])
    app.listen(options.port, "localhost")
    print(f"Chat on http://localhost:{options.port}/chat - stop with Ctrl-C", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        print()
