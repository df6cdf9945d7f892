"""Robyn: Python handlers on a Rust server."""

import sys

from benchmarks.rows import GREETING, MESSAGE, READINGS
from benchmarks.servers import HOST, STATIC, port
from benchmarks.servers.pages import render_by_jinja

PORT = port()
# Robyn reads the command line by itself, while it is imported.
sys.argv[1:] = ["--processes", "1", "--workers", "1", "--log-level", "ERROR", "--disable-openapi"]

from robyn import Headers, Request, Response, Robyn  # noqa: E402

app = Robyn(__file__)


async def hello(request: Request) -> str:
    return GREETING


async def message(request: Request) -> dict[str, str]:
    return MESSAGE


async def user(request: Request) -> str:
    return f"user {request.path_params['user']}: {request.query_params.get('fields', None)}"


async def echo(request: Request) -> object:
    return request.json()


async def page(request: Request) -> Response:
    return Response(200, Headers({"Content-Type": "text/html"}), render_by_jinja(READINGS))


async def upload(request: Request) -> str:
    return str(len(request.body))


app.get("/")(hello)
app.get("/json")(message)
app.get("/users/:user")(user)
app.post("/echo")(echo)
app.get("/page")(page)
app.post("/upload")(upload)
app.serve_directory(route="/static", directory_path=str(STATIC))

if __name__ == "__main__":
    app.start(host=HOST, port=PORT)
