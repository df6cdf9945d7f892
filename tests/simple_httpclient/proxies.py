"""Proxies that do what they say, on asyncio's streams."""

import asyncio
import ipaddress
from dataclasses import dataclass, field


async def pump(reader, writer, other_reader, other_writer):
    """Hand bytes on, both ways, until one side ends."""

    async def one_way(source, sink):
        try:
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            sink.close()

    await asyncio.gather(one_way(reader, other_writer), one_way(other_reader, writer))


async def tunnel(asked, peer, status="200 Connection established"):
    """What an HTTP proxy does with CONNECT; every host is this one."""
    _host, _, port = asked.target.rpartition(":")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    await peer.send(f"HTTP/1.1 {status}\r\n\r\n".encode())
    await pump(peer.reader, peer.writer, reader, writer)


@dataclass
class Socks:
    """A SOCKS version 5 server (RFC 1928), with user names and passwords (RFC 1929)."""

    #: Who may come in; None: everybody.
    login: tuple[str, str] | None = None
    #: What hosts (names or addresses) stand for; others are connected to as they are.
    hosts: dict[str, str] = field(default_factory=dict)
    #: Replies other than success, by host.
    replies: dict[str, int] = field(default_factory=dict)
    #: The address it says it connects from.
    bound: bytes = b"\x01\0\0\0\0\0\0"
    #: (address type, host, port) of each request, and the names and passwords shown.
    asked: list[tuple[int, str, int]] = field(default_factory=list)
    shown: list[tuple[str, str]] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)

    async def __aenter__(self):
        self._tasks = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        assert not self.failures

    def url(self, scheme="socks5", user=""):
        return f"{scheme}://{user}127.0.0.1:{self.port}"

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        try:
            await self._speak(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        except Exception as error:
            self.failures.append(error)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _speak(self, reader, writer):
        version, count = await reader.readexactly(2)
        assert version == 5
        methods = await reader.readexactly(count)
        wanted = 0 if self.login is None else 2
        if wanted not in methods:
            writer.write(b"\x05\xff")
            return
        writer.write(bytes([5, wanted]))
        if wanted == 2:
            assert await reader.readexactly(1) == b"\x01"
            name = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
            password = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
            self.shown.append((name, password))
            good = (name, password) == self.login
            writer.write(b"\x01\x00" if good else b"\x01\x01")
            if not good:
                return
        version, command, reserved, kind = await reader.readexactly(4)
        assert (version, command, reserved) == (5, 1, 0)
        if kind == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            host = str(ipaddress.ip_address(await reader.readexactly({1: 4, 4: 16}[kind])))
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append((kind, host, port))
        reply = self.replies.get(host, 0)
        if not reply:
            try:
                there = await asyncio.open_connection(self.hosts.get(host, host), port)
            except OSError:
                reply = 5
        writer.write(bytes([5, reply, 0]) + self.bound)
        if not reply:
            await pump(reader, writer, *there)
