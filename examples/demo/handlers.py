"""The demo's pages."""

import hashlib
from typing import Any

import zonda
from zonda import web
from zonda.httpclient import AsyncHTTPClient, HTTPClientError, HTTPResponse

#: Characters of a fetched page that are shown.
SHOWN = 2000


class Page(web.RequestHandler):
    """What all pages have in common."""

    def get_template_namespace(self) -> dict[str, Any]:
        """Names that every template may use."""
        namespace = super().get_template_namespace()
        namespace.update(version=zonda.version, kernel=zonda.kernel(), title="Zonda")
        return namespace


class IndexHandler(Page):
    """What there is to see."""

    def get(self) -> None:
        self.render("index.html")


class ForwardHandler(Page):
    """Fetches a URL with our own client while other requests are served."""

    async def get(self) -> None:
        url = self.get_argument("url", "")
        response: HTTPResponse | None = None
        problem = ""
        if url:
            try:
                response = await AsyncHTTPClient().fetch(url, raise_error=False, request_timeout=10)
            except (HTTPClientError, OSError, ValueError) as error:
                self.set_status(502)
                problem = str(error)
        text = response.body[:SHOWN].decode("utf-8", "replace") if response else ""
        here = f"{self.request.protocol}://{self.request.host}"
        self.render(
            "forward.html", url=url, response=response, problem=problem, text=text, here=here
        )


class EchoHandler(Page):
    """A form, and what came of it."""

    def get(self) -> None:
        self.render("echo.html", arguments={})

    def post(self) -> None:
        arguments = {
            name: self.get_body_arguments(name)
            for name in self.request.body_arguments
            if name != "_xsrf"
        }
        self.render("echo.html", arguments=arguments)


class UploadHandler(Page):
    """An upload, and what arrived."""

    def get(self) -> None:
        self.render("upload.html", files=None)

    def post(self) -> None:
        files = [
            {
                "name": file.filename,
                "type": file.content_type,
                "size": len(file.body),
                "digest": hashlib.sha256(file.body).hexdigest(),
            }
            for uploads in self.request.files.values()
            for file in uploads
            if file.filename
        ]
        self.render("upload.html", files=files)


class JSONHandler(web.RequestHandler):
    """An endpoint for programs."""

    def get(self) -> None:
        self.write(
            {
                "message": "Hello from Zonda",
                "version": zonda.version,
                "kernel": zonda.kernel(),
                "you": {
                    "address": self.request.remote_ip,
                    "agent": self.request.headers.get("User-Agent"),
                    "query": {
                        name: self.get_query_arguments(name)
                        for name in self.request.query_arguments
                    },
                },
            }
        )
