"""The face of an exchange, and that what we have fits it."""

import inspect
from typing import Any

import pytest

from zonda.http1connection import HTTP1Exchange
from zonda.http1connection.decompression import DecompressingService, _DecompressingReceiver
from zonda.http1connection.delegates import DelegateReceiver, DelegateService
from zonda.httpserver.services import CallableService
from zonda.protocol.exchange import EMPTY_BLOCK, BodyReceiver, Exchange, Service
from zonda.web.connection import ForeignExchange
from zonda.web.service import ApplicationService, StreamedRequest


def test_an_empty_block_sends_nothing() -> None:
    assert EMPTY_BLOCK == ((), b"")


@pytest.mark.parametrize(
    ("cls", "face"),
    [
        (HTTP1Exchange, Exchange),
        (ApplicationService, Service),
        (CallableService, Service),
        (DelegateService, Service),
        (StreamedRequest, BodyReceiver),
        (DelegateReceiver, BodyReceiver),
        (DecompressingService, Service),
        (_DecompressingReceiver, BodyReceiver),
    ],
)
def test_implementations_have_all_of_it(cls: type, face: Any) -> None:
    for name, member in vars(face).items():
        if not inspect.isfunction(member) or name.startswith("_abc") or name == "__init__":
            continue
        if name.startswith("_") and name != "__call__":
            continue
        ours, theirs = inspect.signature(getattr(cls, name)), inspect.signature(member)
        assert list(ours.parameters) == list(theirs.parameters), name


def test_a_foreign_exchange_answers_as_ours_do() -> None:
    for name in ("respond", "send_head", "send_data", "end", "drained"):
        theirs = list(inspect.signature(getattr(Exchange, name)).parameters)
        assert (
            list(inspect.signature(getattr(ForeignExchange, name)).parameters)[: len(theirs)]
            == theirs
        )
