"""uvicorn (httptools, uvloop) under an ASGI application named on the command line.

``python -m benchmarks.servers.uvicorn_run PORT asgi_app|starlette_app|blacksheep_app``
"""

import sys

import uvicorn

from benchmarks.servers import HOST, certificate, port


def main() -> None:
    files = certificate()
    uvicorn.run(
        f"benchmarks.servers.{sys.argv[2]}:app",
        host=HOST,
        port=port(),
        loop="uvloop",
        http="httptools",
        ws="none",
        log_level="error",
        access_log=False,
        ssl_certfile=files[0] if files else None,
        ssl_keyfile=files[1] if files else None,
    )


if __name__ == "__main__":
    main()
