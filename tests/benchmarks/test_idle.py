"""What idle connections cost, measured small."""

import sys
from pathlib import Path

import pytest

from benchmarks import idle
from benchmarks.environment import Environment
from benchmarks.peers import Peer


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_server_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "WARM_UP", 5)
    peer = Peer("c-epoll", "C", ())
    size = idle.measure(peer, Environment(Path(sys.executable), tmp_path), 50)
    assert 0 < size < 1_000_000
