"""aiohttp's own server on uvloop."""

import asyncio

import uvloop
from aiohttp import web

from benchmarks.rows import GREETING, LARGE, MESSAGE, READINGS
from benchmarks.servers import HOST, STATIC, port, tls_context
from benchmarks.servers.pages import render_by_jinja


async def hello(request: web.Request) -> web.Response:
    return web.Response(text=GREETING)


async def message(request: web.Request) -> web.Response:
    return web.json_response(MESSAGE)


async def user(request: web.Request) -> web.Response:
    return web.Response(text=f"user {request.match_info['user']}: {request.query['fields']}")


async def echo(request: web.Request) -> web.Response:
    return web.json_response(await request.json())


async def page(request: web.Request) -> web.Response:
    return web.Response(text=render_by_jinja(READINGS), content_type="text/html")


async def upload(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


def main() -> None:
    app = web.Application(client_max_size=2 * LARGE)
    app.router.add_get("/", hello)
    app.router.add_get("/json", message)
    app.router.add_get("/users/{user}", user)
    app.router.add_post("/echo", echo)
    app.router.add_get("/page", page)
    app.router.add_post("/upload", upload)
    app.router.add_static("/static", STATIC)
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    web.run_app(
        app,
        host=HOST,
        port=port(),
        access_log=None,
        print=None,
        loop=loop,
        ssl_context=tls_context(),
    )


if __name__ == "__main__":
    main()
