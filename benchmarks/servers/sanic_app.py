"""Sanic's own server in a single process (uvloop, httptools)."""

from sanic import Request, Sanic, html, json, text
from sanic.response import HTTPResponse

from benchmarks.rows import GREETING, MESSAGE, READINGS
from benchmarks.servers import HOST, STATIC, port, tls_context
from benchmarks.servers.pages import render_by_jinja

app = Sanic("benchmark", configure_logging=False)


async def hello(request: Request) -> HTTPResponse:
    return text(GREETING)


async def message(request: Request) -> HTTPResponse:
    return json(MESSAGE)


async def user(request: Request, user: str) -> HTTPResponse:
    return text(f"user {user}: {request.args.get('fields')}")


async def echo(request: Request) -> HTTPResponse:
    return json(request.json)


async def page(request: Request) -> HTTPResponse:
    return html(render_by_jinja(READINGS))


async def upload(request: Request) -> HTTPResponse:
    return text(str(len(request.body)))


app.add_route(hello, "/")
app.add_route(message, "/json")
app.add_route(user, "/users/<user>")
app.add_route(echo, "/echo", methods=["POST"])
app.add_route(page, "/page")
app.add_route(upload, "/upload", methods=["POST"])
app.static("/static", STATIC)

if __name__ == "__main__":
    app.run(HOST, port(), single_process=True, access_log=False, motd=False, ssl=tls_context())
