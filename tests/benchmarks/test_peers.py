from pathlib import Path

import pytest

from benchmarks.environment import BENCHMARKS, PINS
from benchmarks.peers import CLIENTS, FLOOR, SERVERS, TORNADO_CLIENT, TORNADO_SERVER, Peer, matching


def test_a_name_takes_its_whole_family() -> None:
    names = [peer.name for peer in matching(SERVERS, ["zonda", "robyn"])]
    assert names == ["zonda-asyncio", "zonda-uvloop", "zonda-pure", "zonda-pure-uvloop", "robyn"]
    assert matching(SERVERS, ["zon"]) == []
    assert matching(SERVERS, None) == list(SERVERS)


@pytest.mark.parametrize("side", [SERVERS, CLIENTS])
def test_names_are_unique(side: tuple[Peer, ...]) -> None:
    assert len({peer.name for peer in side}) == len(side)
    assert len({peer.title for peer in side}) == len(side)


def test_the_references_are_there() -> None:
    assert {FLOOR, TORNADO_SERVER} <= {peer.name for peer in SERVERS}
    assert TORNADO_CLIENT in {peer.name for peer in CLIENTS}


@pytest.mark.parametrize(("folder", "side"), [("servers", SERVERS), ("clients", CLIENTS)])
def test_every_peer_has_a_program_and_pinned_distributions(
    folder: str, side: tuple[Peer, ...]
) -> None:
    pinned = {line.partition("==")[0] for line in PINS.read_text().splitlines() if "==" in line}
    for peer in side:
        program = Path(f"{peer.program[0]}.py") if peer.program else Path("epoll.c")
        assert (BENCHMARKS / folder / program).is_file()
        assert set(peer.requires) - {"zonda"} <= pinned
