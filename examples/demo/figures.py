"""Live figures of the server, streamed to the page as server-sent events."""

import asyncio
import json
import resource
import time
from collections import Counter
from typing import Any

from handlers import Page

from zonda import web
from zonda.httpserver import HTTPServer
from zonda.iostream import StreamClosedError


class Figures:
    """Counts requests; the application's ``log_function``."""

    def __init__(self) -> None:
        self.server: HTTPServer | None = None
        self.started = time.monotonic()
        self.requests = 0
        self.statuses: Counter[str] = Counter()

    def count(self, handler: web.RequestHandler) -> None:
        """Count a request that is finished."""
        self.requests += 1
        self.statuses[f"{handler.get_status() // 100}xx"] += 1

    def now(self) -> dict[str, Any]:
        """The figures of this moment."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "uptime": round(time.monotonic() - self.started, 1),
            "requests": self.requests,
            "statuses": dict(sorted(self.statuses.items())),
            "connections": self.server.connection_count if self.server else 0,
            "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
            "peak_memory_mib": round(usage.ru_maxrss / 1024, 1),
        }


class FiguresHandler(Page):
    """The page."""

    def initialize(self, figures: Figures) -> None:
        self.figures = figures

    def get(self) -> None:
        self.render("figures.html", figures=self.figures.now())


class FiguresStreamHandler(web.RequestHandler):
    """The figures, once a second, for as long as the page is open."""

    cancel_on_disconnect = True

    def initialize(self, figures: Figures) -> None:
        self.figures = figures

    async def get(self) -> None:
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-store")
        try:
            while True:
                self.write(f"data: {json.dumps(self.figures.now())}\n\n")
                await self.flush()
                await asyncio.sleep(1)
        except StreamClosedError:
            pass  # the page was closed
