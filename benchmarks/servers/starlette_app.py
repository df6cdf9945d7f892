"""Starlette, run by uvicorn."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from benchmarks.rows import GREETING, MESSAGE, READINGS
from benchmarks.servers import STATIC
from benchmarks.servers.pages import render_by_jinja


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse(GREETING)


async def message(request: Request) -> JSONResponse:
    return JSONResponse(MESSAGE)


async def user(request: Request) -> PlainTextResponse:
    name, fields = request.path_params["user"], request.query_params["fields"]
    return PlainTextResponse(f"user {name}: {fields}")


async def echo(request: Request) -> JSONResponse:
    return JSONResponse(await request.json())


async def page(request: Request) -> HTMLResponse:
    return HTMLResponse(render_by_jinja(READINGS))


async def upload(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


app = Starlette(
    routes=[
        Route("/", hello),
        Route("/json", message),
        Route("/users/{user}", user),
        Route("/echo", echo, methods=["POST"]),
        Route("/page", page),
        Route("/upload", upload, methods=["POST"]),
        Mount("/static", StaticFiles(directory=STATIC, check_dir=False)),
    ]
)
