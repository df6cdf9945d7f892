"""What `make autobahn` makes of the suite's verdicts, and the programs that the suite tests."""

import asyncio
from pathlib import Path

import pytest

from tests.wire import looped
from tools.autobahn import peers, suite
from zonda.testing import bind_unused_port
from zonda.websocket import websocket_connect


def verdict(behavior: str, close: str = "OK") -> dict[str, str]:
    return {"behavior": behavior, "behaviorClose": close}


def test_only_ok_and_informational_will_do(capsys: pytest.CaptureFixture[str]) -> None:
    good = {"1.1": verdict("OK"), "7.1": verdict("INFORMATIONAL", "INFORMATIONAL")}
    assert suite.report("server", good)
    assert not suite.report("server", {})
    assert not suite.report("server", good | {"6.4": verdict("NON-STRICT")})
    assert not suite.report("server", good | {"7.9": verdict("OK", "FAILED")})
    assert "6.4: NON-STRICT" in capsys.readouterr().out


def test_an_installed_suite_is_not_installed_again(tmp_path: Path) -> None:
    program = tmp_path / "ve27" / "bin" / "wstest"
    program.parent.mkdir(parents=True)
    program.touch()
    assert suite.wstest(tmp_path) == program


@looped
async def test_the_server_echoes() -> None:
    listener, port = bind_unused_port()
    listener.close()
    serving = asyncio.create_task(peers.serve(port))
    await asyncio.sleep(0)
    connection = await websocket_connect(f"ws://127.0.0.1:{port}/", compression_options={})
    for message in ("x" * 1000, b"\xff"):
        await connection.write_message(message, isinstance(message, bytes))
        assert await connection.read_message() == message
    connection.close()
    assert await connection.read_message() is None
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    with pytest.raises(OSError):  # nobody listens any more
        await websocket_connect(f"ws://127.0.0.1:{port}/")
