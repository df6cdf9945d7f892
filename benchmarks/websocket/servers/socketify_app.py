"""socketify: Python handlers on uWebSockets (C++), and its topics."""

from typing import Any

from socketify import App, AppListenOptions, CompressOptions

from benchmarks.servers import HOST, port

LARGE = 1 << 24


def echo(socket: Any, message: str | bytes, opcode: int) -> None:
    socket.send(message, opcode)


def echo_compressed(socket: Any, message: str | bytes, opcode: int) -> None:
    socket.send(message, opcode, True)


def main() -> None:
    app: Any = App()

    def publish(socket: Any, message: str | bytes, opcode: int) -> None:
        app.publish("room", message, opcode)

    plain = {"max_payload_length": LARGE, "max_backpressure": LARGE, "idle_timeout": 120}
    app.ws("/echo", {**plain, "compression": CompressOptions.DISABLED, "message": echo})
    shared = CompressOptions.SHARED_COMPRESSOR
    app.ws("/deflate", {**plain, "compression": shared, "message": echo_compressed})
    join = {"open": lambda socket: socket.subscribe("room"), "message": publish}
    app.ws("/room", {**plain, "compression": CompressOptions.DISABLED, **join})
    app.listen(AppListenOptions(port=port(), host=HOST), lambda config: None)
    app.run()


if __name__ == "__main__":
    main()
