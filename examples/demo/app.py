"""The Zonda demo: a small application to click through.

    python examples/demo/app.py --port=8888

It listens on this machine only: the forwarder fetches whatever URL it is given.
"""

import asyncio
import secrets
from pathlib import Path

from figures import Figures, FiguresHandler, FiguresStreamHandler
from handlers import EchoHandler, ForwardHandler, IndexHandler, JSONHandler, UploadHandler
from neighbours import chat

import zonda
from zonda import web
from zonda.options import define, options, parse_command_line

HERE = Path(__file__).parent


def make_app(figures: Figures, *, debug: bool = False) -> web.Application:
    """The application; ``figures`` counts its requests."""
    return web.Application(
        [
            web.url(r"/", IndexHandler, name="index"),
            web.url(r"/forward", ForwardHandler, name="forward"),
            web.url(r"/echo", EchoHandler, name="echo"),
            web.url(r"/upload", UploadHandler, name="upload"),
            web.url(r"/json", JSONHandler, name="json"),
            web.url(r"/figures", FiguresHandler, {"figures": figures}, name="figures"),
            web.url(r"/figures/stream", FiguresStreamHandler, {"figures": figures}),
            *chat("/chat"),
        ],
        template_path=HERE / "templates",
        static_path=HERE / "static",
        xsrf_cookies=True,
        xsrf_cookie_kwargs={"httponly": True, "samesite": "Lax"},
        cookie_secret=secrets.token_hex(32),
        log_function=figures.count,
        debug=debug,
    )


async def main() -> None:
    """Serve until interrupted."""
    define("port", default=8888, help="port to listen on")
    define("debug", default=False, help="reload when a source file changes, show tracebacks")
    parse_command_line()
    figures = Figures()
    server = make_app(figures, debug=options.debug).listen(
        options.port, "localhost", max_body_size=64 * 1024 * 1024
    )
    figures.server = server
    print(
        f"Zonda {zonda.version} ({zonda.kernel()} kernel) on http://localhost:{options.port}"
        " - stop with Ctrl-C",
        flush=True,
    )
    await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        print()
