"""Which WebSocket servers are measured; see `benchmarks.peers`."""

from benchmarks.peers import PURE, Peer

TORNADO = "tornado-asyncio"


def _uvicorn(name: str, implementation: str, package: str) -> Peer:
    title = f"uvicorn, {implementation}"
    return Peer(name, title, ("asgi_app", implementation), ("uvicorn", package, "uvloop"))


PEERS: tuple[Peer, ...] = (
    Peer(
        "zonda-asyncio", "Zonda", ("tornado_api", "zonda", "asyncio"), ("zonda",), kernel="native"
    ),
    Peer(
        "zonda-uvloop",
        "Zonda + uvloop",
        ("tornado_api", "zonda", "uvloop"),
        ("zonda", "uvloop"),
        kernel="native",
    ),
    Peer(
        "zonda-pure",
        "Zonda, pure Python",
        ("tornado_api", "zonda", "asyncio"),
        ("zonda",),
        PURE,
        "pure",
    ),
    Peer("picows", "picows + uvloop (Cython)", ("picows_app",), ("picows", "uvloop")),
    Peer("socketify", "socketify (C++)", ("socketify_app",), ("socketify",)),
    Peer("aiohttp", "aiohttp + uvloop", ("aiohttp_app",), ("aiohttp", "uvloop")),
    Peer("websockets", "websockets + uvloop", ("websockets_app",), ("websockets", "uvloop")),
    _uvicorn("uvicorn-sansio", "websockets-sansio", "websockets"),
    _uvicorn("uvicorn-websockets", "websockets", "websockets"),
    _uvicorn("uvicorn-wsproto", "wsproto", "wsproto"),
    Peer("granian-rsgi", "Granian, raw RSGI (Rust)", ("granian_rsgi",), ("granian", "uvloop")),
    Peer(
        "tornado-uvloop",
        "Tornado + uvloop",
        ("tornado_api", "tornado", "uvloop"),
        ("tornado", "uvloop"),
    ),
    Peer(TORNADO, "Tornado", ("tornado_api", "tornado", "asyncio"), ("tornado",)),
)
