"""Listening sockets."""

import errno
import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from zonda.netutil import bind_sockets, bind_unix_socket


def closing(sockets: list[socket.socket]) -> list[Any]:
    """Family, address and port of each, after which they are closed."""
    facts = [(sock.family, *sock.getsockname()[:2]) for sock in sockets]
    for sock in sockets:
        sock.close()
    return facts


def test_one_address() -> None:
    (sock,) = bind_sockets(0, "127.0.0.1")
    with sock:
        assert sock.getsockname()[0] == "127.0.0.1"
        assert not sock.getblocking()
        assert not sock.get_inheritable()
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)


@pytest.mark.parametrize("address", [None, ""])
def test_all_interfaces_of_both_families_share_the_port(address: str | None) -> None:
    facts = closing(bind_sockets(0, address))
    assert [fact[0] for fact in facts] == [socket.AF_INET, socket.AF_INET6]
    assert len({fact[2] for fact in facts}) == 1
    assert facts[0][2] != 0


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_one_family(family: socket.AddressFamily) -> None:
    facts = closing(bind_sockets(0, family=family))
    assert [fact[0] for fact in facts] == [family]


def test_ipv6_leaves_ipv4_alone() -> None:
    (sock,) = bind_sockets(0, family=socket.AF_INET6)
    with sock:
        assert sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)


def test_a_name() -> None:
    for fact in closing(bind_sockets(0, "localhost")):
        assert fact[1] in ("127.0.0.1", "::1")


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(socket.gaierror):
        bind_sockets(0, "does-not-exist.invalid")


def test_flags_are_for_the_look_up() -> None:
    with pytest.raises(socket.gaierror):
        bind_sockets(0, "localhost", flags=socket.AI_NUMERICHOST)


def test_a_port_that_is_taken() -> None:
    (sock,) = bind_sockets(0, "127.0.0.1")
    with sock, pytest.raises(OSError) as caught:
        bind_sockets(sock.getsockname()[1], "127.0.0.1")
    assert caught.value.errno == errno.EADDRINUSE


def test_reuse_port() -> None:
    (first,) = bind_sockets(0, "127.0.0.1", reuse_port=True)
    with first:
        (second,) = bind_sockets(first.getsockname()[1], "127.0.0.1", reuse_port=True)
        second.close()


def test_a_port_free_on_one_family_only_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel chooses for IPv4; on IPv6 the number may be taken: it chooses again."""
    taken: list[socket.socket] = []
    bind = socket.socket.bind

    def bind_and_take(sock: socket.socket, address: Any) -> None:
        bind(sock, address)
        if sock.family == socket.AF_INET and not taken:
            taker = socket.socket(socket.AF_INET6)
            taker.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            taken.append(taker)
            bind(taker, ("::", sock.getsockname()[1]))

    monkeypatch.setattr(socket.socket, "bind", bind_and_take)
    facts = closing(bind_sockets(0))
    assert len(facts) == 2
    assert facts[0][2] == facts[1][2] != taken[0].getsockname()[1]
    taken[0].close()


def test_a_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    for mode in (0o600, 0o666):
        with bind_unix_socket(path, mode=mode) as sock:  # the second replaces the first
            assert stat.S_IMODE(os.stat(path).st_mode) == mode
            assert not sock.getblocking()
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(path)


def test_a_unix_socket_is_private_from_the_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "socket")
    modes: list[int] = []
    chmod = os.chmod

    def look_first(file: str, mode: int) -> None:
        modes.append(stat.S_IMODE(os.stat(file).st_mode))
        chmod(file, mode)

    monkeypatch.setattr(os, "chmod", look_first)
    umask = os.umask(0)
    try:
        bind_unix_socket(path).close()
    finally:
        os.umask(umask)
    assert modes == [0o600]


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("precious")
    with pytest.raises(ValueError, match="is not a socket"):
        bind_unix_socket(str(path))
    assert path.read_text() == "precious"


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        bind_unix_socket(str(tmp_path / "nowhere" / "socket"))


def test_the_abstract_name_space() -> None:
    name = f"\0zonda-{os.getpid()}"
    with bind_unix_socket(name) as sock:
        assert sock.getsockname() == name.encode()


def test_none_is_any_port() -> None:
    sockets = bind_sockets(None, "127.0.0.1")
    try:
        assert all(sock.getsockname()[1] for sock in sockets)
    finally:
        for sock in sockets:
            sock.close()
