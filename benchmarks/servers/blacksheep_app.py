"""BlackSheep, run by uvicorn."""

from blacksheep import Application, Request, Response, html, json, text

from benchmarks.rows import GREETING, MESSAGE, READINGS
from benchmarks.servers import STATIC
from benchmarks.servers.pages import render_by_jinja

app = Application()


async def hello(request: Request) -> Response:
    return text(GREETING)


async def message(request: Request) -> Response:
    return json(MESSAGE)


async def user(request: Request) -> Response:
    return text(f"user {request.route_values['user']}: {request.query['fields'][0]}")


async def echo(request: Request) -> Response:
    return json(await request.json())


async def page(request: Request) -> Response:
    return html(render_by_jinja(READINGS))


async def upload(request: Request) -> Response:
    return text(str(len(await request.read() or b"")))


app.router.add_get("/", hello)
app.router.add_get("/json", message)
app.router.add_get("/users/{user}", user)
app.router.add_post("/echo", echo)
app.router.add_get("/page", page)
app.router.add_post("/upload", upload)
STATIC.mkdir(parents=True, exist_ok=True)
app.serve_files(STATIC, root_path="static", extensions={".bin"})
