"""Who is measured: one entry per server and per client program."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

PURE = {"ZONDA_PURE": "1"}


@dataclass(frozen=True, slots=True)
class Peer:
    """A program to measure.

    Attributes:
        name: what ``--peers`` calls it.
        title: what the table calls it.
        program: module in ``benchmarks/servers`` or ``clients`` and its own arguments;
            empty for the compiled C server.
        requires: distributions it needs; the first one's version is shown.
        kernel: Zonda's kernel that must be running, so that a row never shows the other one.
        full_handler: it runs Tornado's API and must answer with Date and Etag.
        tls: it can be started with a certificate.
        lacks: rows that it has nothing for.
    """

    name: str
    title: str
    program: tuple[str, ...]
    requires: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    kernel: Literal["native", "pure"] | None = None
    full_handler: bool = False
    tls: bool = True
    lacks: tuple[str, ...] = ()


def _handler(
    name: str,
    title: str,
    package: str,
    loop: str,
    kernel: Literal["native", "pure"] | None = None,
) -> Peer:
    return Peer(
        name,
        title,
        ("tornado_api", package, loop),
        (package, "uvloop") if loop == "uvloop" else (package,),
        PURE if kernel == "pure" else {},
        kernel,
        full_handler=True,
    )


def _uvicorn(name: str, title: str, app: str, package: str, lacks: tuple[str, ...] = ()) -> Peer:
    requires = (package, "uvicorn", "uvloop", "httptools")
    return Peer(name, title, ("uvicorn_run", app), requires, lacks=lacks)


FLOOR = "c-epoll"
TORNADO_SERVER = "tornado-asyncio"
TORNADO_CLIENT = "tornado-simple"

SERVERS: tuple[Peer, ...] = (
    Peer(
        FLOOR,
        "C, epoll (floor)",
        (),
        tls=False,
        lacks=("template", "static", "upload", "large"),
    ),
    _handler("zonda-asyncio", "Zonda", "zonda", "asyncio", "native"),
    _handler("zonda-uvloop", "Zonda + uvloop", "zonda", "uvloop", "native"),
    _handler("zonda-pure", "Zonda, pure Python", "zonda", "asyncio", "pure"),
    _handler("zonda-pure-uvloop", "Zonda, pure Python + uvloop", "zonda", "uvloop", "pure"),
    Peer("socketify", "socketify (C++)", ("socketify_app",), ("socketify",)),
    Peer(
        "granian-rsgi",
        "Granian, raw RSGI (Rust)",
        ("granian_rsgi",),
        ("granian", "uvloop"),
        lacks=("template",),
    ),
    _uvicorn(
        "uvicorn-asgi",
        "uvicorn, raw ASGI",
        "asgi_app",
        "uvicorn",
        lacks=("template", "static", "large"),
    ),
    _uvicorn("uvicorn-blacksheep", "BlackSheep on uvicorn", "blacksheep_app", "blacksheep"),
    _uvicorn("uvicorn-starlette", "Starlette on uvicorn", "starlette_app", "starlette"),
    Peer("aiohttp", "aiohttp + uvloop", ("aiohttp_app",), ("aiohttp", "uvloop")),
    Peer("sanic", "Sanic", ("sanic_app",), ("sanic", "uvloop", "httptools")),
    Peer("robyn", "Robyn (Rust)", ("robyn_app",), ("robyn",), tls=False),
    _handler("tornado-uvloop", "Tornado + uvloop", "tornado", "uvloop"),
    _handler(TORNADO_SERVER, "Tornado", "tornado", "asyncio"),
)

CLIENTS: tuple[Peer, ...] = (
    Peer(
        "zonda-asyncio",
        "Zonda",
        ("tornado_api", "zonda", "simple", "asyncio"),
        ("zonda",),
        kernel="native",
    ),
    Peer(
        "zonda-uvloop",
        "Zonda + uvloop",
        ("tornado_api", "zonda", "simple", "uvloop"),
        ("zonda", "uvloop"),
        kernel="native",
    ),
    Peer(
        "zonda-pure",
        "Zonda, pure Python",
        ("tornado_api", "zonda", "simple", "asyncio"),
        ("zonda",),
        PURE,
        "pure",
    ),
    Peer("pycurl-multi", "pycurl multi, raw (C)", ("pycurl_multi",), ("pycurl",)),
    Peer("wreq", "wreq (Rust)", ("wreq_client", "asyncio"), ("wreq",)),
    Peer(
        "pyreqwest-uvloop",
        "pyreqwest + uvloop (Rust)",
        ("pyreqwest_client", "uvloop"),
        ("pyreqwest", "uvloop"),
    ),
    Peer("pyreqwest", "pyreqwest (Rust)", ("pyreqwest_client", "asyncio"), ("pyreqwest",)),
    Peer("aiohttp-uvloop", "aiohttp + uvloop", ("aiohttp_client", "uvloop"), ("aiohttp", "uvloop")),
    Peer("aiohttp", "aiohttp", ("aiohttp_client", "asyncio"), ("aiohttp",)),
    Peer(
        "zonda-curl",
        "Zonda curl",
        ("tornado_api", "zonda", "curl", "asyncio"),
        ("zonda", "pycurl"),
        kernel="native",
    ),
    Peer(
        "tornado-curl",
        "Tornado curl",
        ("tornado_api", "tornado", "curl", "asyncio"),
        ("tornado", "pycurl"),
    ),
    Peer(
        TORNADO_CLIENT,
        "Tornado simple",
        ("tornado_api", "tornado", "simple", "asyncio"),
        ("tornado",),
    ),
    Peer("httpx", "httpx", ("httpx_client", "asyncio"), ("httpx",)),
)


def matching(peers: Iterable[Peer], wanted: list[str] | None) -> list[Peer]:
    """The peers that are asked for: by name, or by the first words of it (``zonda``)."""
    return [
        peer
        for peer in peers
        if wanted is None
        or any(peer.name == name or peer.name.startswith(f"{name}-") for name in wanted)
    ]
