"""Interfaces by name."""

import socket
import sys

import pytest

from zonda.netutil.interface import bind_to_interface, is_interface

LOOPBACK = "lo" if sys.platform == "linux" else "lo0"


def test_names() -> None:
    assert is_interface(LOOPBACK)
    assert not is_interface("nothing0")
    assert not is_interface("")
    assert not is_interface("lo\0")
    assert not is_interface("x" * 100)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the option")
def test_binding() -> None:
    with socket.socket() as sock:
        bind_to_interface(sock, LOOPBACK)
        bound = sock.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16)
        assert bound.rstrip(b"\0") == LOOPBACK.encode()


def test_an_interface_that_is_not_there() -> None:
    with socket.socket() as sock, pytest.raises(OSError):
        bind_to_interface(sock, "nothing0")
