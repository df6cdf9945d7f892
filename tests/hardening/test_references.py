"""Nothing that a parser is given leaves anything behind: no object, no block of memory."""

import gc
import logging
import sys
from collections.abc import Iterator

import pytest

from tools.fuzz.targets import TARGETS, seeds

#: Rounds until caches are full, and rounds that are counted.
WARM_UP, ROUNDS = 5, 30
# The compiler keeps the names that it has met.
COMPILING = {"templates"}


def blocks_left(name: str, rounds: int) -> int:
    """Blocks of memory more than before the rounds."""
    target, inputs = TARGETS[name], seeds(name)
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(rounds):
        for seed in inputs:
            target(seed)
    gc.collect()
    return sys.getallocatedblocks() - before


@pytest.fixture
def silence() -> Iterator[None]:
    """No log messages: pytest would keep each of them."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", sorted(TARGETS.keys() - COMPILING))
@pytest.mark.usefixtures("silence")
def test_nothing_is_left(name: str) -> None:
    blocks_left(name, WARM_UP)
    # Less than one block a round: free lists move by a few, a leak adds up. It does so again and
    # again, while the interpreter's own caches are full at some time.
    left = (blocks_left(name, ROUNDS) for _ in range(15))
    assert any(blocks < ROUNDS for blocks in left)
