"""socketify: Python handlers on uWebSockets (C++)."""

from socketify import App, AppListenOptions, AppOptions, Request, Response

from benchmarks.rows import GREETING, MESSAGE, READINGS
from benchmarks.servers import HOST, STATIC, certificate, port
from benchmarks.servers.pages import render_by_jinja


def hello(res: Response, req: Request) -> None:
    res.end(GREETING)


def message(res: Response, req: Request) -> None:
    res.end(MESSAGE)


def user(res: Response, req: Request) -> None:
    res.end(f"user {req.get_parameter(0)}: {req.get_query('fields')}")


async def echo(res: Response, req: Request) -> None:
    res.cork_end(await res.get_json())


def page(res: Response, req: Request) -> None:
    res.write_header("Content-Type", "text/html; charset=utf-8")
    res.end(render_by_jinja(READINGS))


async def upload(res: Response, req: Request) -> None:
    data = await res.get_data()
    res.cork_end(str(len(data.getvalue())))


def main() -> None:
    files = certificate()
    app = App(AppOptions(cert_file_name=files[0], key_file_name=files[1]) if files else None)
    app.get("/", hello)
    app.get("/json", message)
    app.get("/users/:user", user)
    app.post("/echo", echo)
    app.get("/page", page)
    app.post("/upload", upload)
    app.static("/static", str(STATIC))
    app.listen(AppListenOptions(port=port(), host=HOST), lambda config: None)
    app.run()


if __name__ == "__main__":
    main()
