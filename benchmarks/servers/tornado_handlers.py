"""The rows as a Tornado program; the same source runs on Zonda and on Tornado."""

import importlib
from typing import Any

from benchmarks.rows import GREETING, MESSAGE, READINGS
from benchmarks.servers import STATIC
from benchmarks.servers.pages import TORNADO


def application(package: str) -> Any:
    """An ``Application`` of the named package (``zonda`` or ``tornado``) with every row."""
    escape: Any = importlib.import_module(f"{package}.escape")
    template: Any = importlib.import_module(f"{package}.template")
    web: Any = importlib.import_module(f"{package}.web")

    class Hello(web.RequestHandler):
        def get(self) -> None:
            self.write(GREETING)

    class Message(web.RequestHandler):
        def get(self) -> None:
            self.write(MESSAGE)

    class User(web.RequestHandler):
        async def get(self, user: str) -> None:
            self.set_header("Content-Type", "text/plain; charset=UTF-8")
            self.write(f"user {user}: {self.get_argument('fields')}")

    class Echo(web.RequestHandler):
        def post(self) -> None:
            self.write(escape.json_decode(self.request.body))

    class Page(web.RequestHandler):
        def get(self) -> None:
            self.render("page.html", title="Readings", readings=READINGS)

    class Upload(web.RequestHandler):
        def post(self) -> None:
            self.write(str(len(self.request.body)))

    return web.Application(
        [
            (r"/", Hello),
            (r"/json", Message),
            (r"/users/([^/]+)", User),
            (r"/echo", Echo),
            (r"/page", Page),
            (r"/upload", Upload),
            (r"/static/(.*)", web.StaticFileHandler, {"path": str(STATIC)}),
        ],
        template_loader=template.DictLoader({"page.html": TORNADO}),
    )
