"""Exit codes of exceptions."""

import socket
import ssl

import pytest

from zonda.cli.fetch.exits import EXITS, failure_of
from zonda.httpclient import HTTPClientError
from zonda.iostream import UnsatisfiableReadError
from zonda.simple_httpclient import HTTPStreamClosedError, HTTPTimeoutError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (HTTPTimeoutError("Timeout during request"), 28),
        (TimeoutError("late"), 28),
        (ssl.SSLCertVerificationError(1, "untrusted"), 60),
        (ssl.SSLError(1, "no cipher"), 35),
        (socket.gaierror(-2, "unknown"), 6),
        (ConnectionRefusedError(111, "refused"), 7),
        (ConnectionResetError(104, "reset"), 56),
        (HTTPStreamClosedError("Stream closed"), 56),
        (UnsatisfiableReadError("too much"), 56),
        (HTTPClientError(599, "the proxy refuses"), 56),
        (ValueError("no URL"), 3),
        (KeyError("unknown method"), 3),
        (RuntimeError("?"), 1),
    ],
    ids=repr,
)
def test_an_exception_has_a_code_that_is_explained(error, code):
    failure = failure_of(error)
    assert failure.code == code
    assert code in EXITS
    assert type(error).__name__ in str(failure)
