"""One fetch: from the queue over a connection to the response, redirects included."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TYPE_CHECKING, Final

from zonda.httpclient.errors import HTTPStreamClosedError, HTTPTimeoutError
from zonda.httpclient.response import HTTPResponse, Times, response_of_head
from zonda.iostream import StreamClosedError
from zonda.log import app_log
from zonda.protocol.errors import RemoteProtocolError
from zonda.simple_httpclient.complaints import complain
from zonda.simple_httpclient.dialing import Dial, known_address
from zonda.simple_httpclient.redirects import redirected
from zonda.simple_httpclient.unpacking import unpacker_of
from zonda.simple_httpclient.upload import Upload

if TYPE_CHECKING:
    from zonda._kernel import ResponseHead
    from zonda.http1connection.client import HTTP1ClientConnection
    from zonda.httpclient.request import HTTPRequest
    from zonda.simple_httpclient.client import SimpleAsyncHTTPClient
    from zonda.simple_httpclient.connecting import Connector
    from zonda.simple_httpclient.plan import Plan
    from zonda.simple_httpclient.unpacking import Unpacker

__all__ = ["COARSE", "Fetch"]

#: Time limits from this on, in seconds, are looked after once a second with all others.
COARSE: Final = 10.0
#: Times that one request answers a challenge: an old nonce, then a new one.
_LOGINS: Final = 2
_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))

Outcome = HTTPResponse | BaseException


class Fetch:
    """Runs one request of a client. It is the receiver of its connection's responses.

    Args:
        client: the client.
        request: what to fetch.
        plan: what the request's options decide.
        done: called once with the response or the exception.
    """

    __slots__ = (
        "_begun",
        "_chunks",
        "_connecting",
        "_connector",
        "_ends",
        "_first_byte",
        "_head",
        "_logins",
        "_original",
        "_phase",
        "_provisional",
        "_redirect_time",
        "_redirects_left",
        "_retried",
        "_sent",
        "_submitted",
        "_timer",
        "_unpacker",
        "_upload",
        "client",
        "connection",
        "deadline",
        "done",
        "plan",
        "request",
    )

    def __init__(
        self,
        client: SimpleAsyncHTTPClient,
        request: HTTPRequest,
        plan: Plan,
        done: Callable[[Outcome], None],
    ) -> None:
        self.client = client
        self.request = self._original = request
        self.plan = plan
        #: None once the fetch has ended.
        self.done: Callable[[Outcome], None] | None = done
        self.connection: HTTP1ClientConnection | None = None
        self._head: ResponseHead | None = None
        #: When it must be over, as ``monotonic()`` tells it, if the client is to look; else 0.
        self.deadline = 0.0
        self._submitted = self._begun = monotonic()
        self._ends = self._submitted + plan.request_timeout if plan.request_timeout else 0.0
        self._phase = "in request queue"
        self._redirects_left = plan.redirects
        self._redirect_time = 0.0
        self._retried = False
        self._logins = 0
        self._timer: asyncio.TimerHandle | None = None
        self._connecting: asyncio.Task[HTTP1ClientConnection] | Dial | None = None
        self._connector: Connector | Dial | None = None
        self._upload: Upload | None = None

    # ----------------------------------------------------------------------- time

    def wait(self) -> None:
        """There is no place now: watch the time in the queue."""
        plan = self.plan
        self._watch(_shorter(plan.connect_timeout, plan.request_timeout))

    def _watch(self, seconds: float) -> None:
        """End the fetch if its phase takes longer than ``seconds``; 0: any time."""
        if not seconds:
            return
        if seconds < COARSE:
            self._timer = self.client.loop.call_later(seconds, self.time_out)
        else:
            self.deadline = monotonic() + seconds

    def _unwatch(self) -> None:
        self.deadline = 0.0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def time_out(self) -> None:
        """A limit has passed."""
        self._fail_late(f"Timeout {self._phase}")

    def _fail_late(self, message: str) -> None:
        self.end(HTTPTimeoutError(message, monotonic() - self._submitted))

    # ------------------------------------------------------------------- connecting

    def begin_late(self) -> None:
        """The wait for a place is over."""
        self._unwatch()
        self._begun = monotonic()
        self.begin()

    def begin(self) -> None:
        """There is a place: take a connection, or make one."""
        client, plan = self.client, self.plan
        self._phase = "during request"
        # A second attempt is made on a new connection: the others may be as stale as the first.
        connection = None if self._retried else client.pool.take(plan.shelf)
        if connection is not None and (plan.idempotent or not connection.stale()):
            self._connector = None
            self._send(connection)
            return
        if connection is not None:
            connection.close()
        left = max(self._ends - monotonic(), 0.001) if self._ends else 0.0
        limit = _shorter(plan.connect_timeout, left)
        address = known_address(client, plan)
        if address is not None:
            self._connector = self._connecting = dial = Dial(client, plan, *address)
            if dial.start(self._dialed):
                self._phase = dial.doing
                self._watch(limit)
            return
        self._connector = client.connector_class(client, plan, limit)
        self._connecting = client.loop.create_task(self._connector.run())
        self._connecting.add_done_callback(self._connected)

    def take_over(self, connection: HTTP1ClientConnection, begun: float) -> None:
        """Go on with what a :class:`~zonda.simple_httpclient.shortway.ShortFetch` has begun."""
        self._phase = "during request"
        self._submitted = self._begun = self._sent = begun
        self._ends = begun + self.plan.request_timeout if self.plan.request_timeout else 0.0
        self.connection = connection
        self._watch_request(monotonic())

    def _dialed(self, outcome: HTTP1ClientConnection | OSError) -> None:
        self._connecting = None
        if self.deadline or self._timer is not None:
            self._unwatch()
        self._phase = "during request"
        if isinstance(outcome, OSError):
            self.end(outcome)
        else:
            self._send(outcome)

    def _connected(self, task: asyncio.Task[HTTP1ClientConnection]) -> None:
        self._connecting = None
        if task.cancelled():
            return
        error = task.exception()
        if error is None and self.done is not None:
            self._send(task.result())
        elif error is None:
            task.result().close()
        elif isinstance(error, TimeoutError) and not error.errno:
            self._fail_late(str(error) or "Timeout while connecting")
        else:
            self.end(_plain(error, "Stream closed"))

    # --------------------------------------------------------------------- sending

    def _send(self, connection: HTTP1ClientConnection) -> None:
        self.connection = connection
        self._head = None
        self._sent = monotonic()
        self._watch_request(self._sent)
        request, plan = self.request, self.plan
        wire = plan.wire
        waits = wire.expects
        body = request._body
        length = wire.length if body is None else len(body)
        if waits:
            body = None
        elif body is None and request.body_producer is None:
            body = b""
        fields = wire.fields
        if plan.login is not None or plan.proxy_login is not None:
            fields = fields + self.client.logins.answers(plan, request.method)
        try:
            connection.send_request(
                self, request.method, wire.start_line, wire.block, fields, length, body
            )
        except Exception as error:
            self.end(error)
            return
        if body is None:
            self._upload = Upload(self.client.loop, connection, request, self.end)
            if waits:
                self._upload.start_later()
            else:
                self._upload.start()

    def _watch_request(self, now: float) -> None:
        """End the fetch when its request has taken too long."""
        if self._ends and not self.deadline and self._timer is None:
            if self._ends - now > COARSE:
                self.deadline = self._ends
            else:
                self._watch(max(self._ends - now, 0.001))

    @property
    def sent(self) -> bool:
        """Whether the whole request is on its way to the server."""
        return self.connection is not None and not self.connection.sending

    def writable(self) -> None:
        """The connection can take more of the body."""
        if self._upload is not None:
            self._upload.writable()

    # ------------------------------------------------------------------- receiving

    def informational_received(self, head: ResponseHead) -> None:
        """An interim response: the one to ``Expect`` lets the body go out."""
        if head.status == 100 and self._upload is not None:
            self._upload.start_now()

    def head_received(self, head: ResponseHead) -> None:
        """The final response begins."""
        self._head = head
        self._chunks: list[bytes] = []
        self._unpacker: Unpacker | None = None
        self._provisional = False
        self._first_byte = monotonic()
        if self._upload is not None:
            self._upload.start_never()
        limit = self.client.max_body_size
        status = head.status
        if head.content_length > limit and self.request.method != "HEAD" and status != 304:
            raise RemoteProtocolError(
                502, f"Content-Length too long: {head.content_length}, max_body_size is {limit}"
            )
        if status >= 300:
            self._provisional = self._redirects(head) or self._asks_for_login(head)
        elif status == 101:
            raise RemoteProtocolError(502, "the server switches protocols, which nobody asked for")
        callback = self.request.header_callback
        if callback is not None and not self._provisional:
            self._call(lambda chunk: _call_header_callback(callback, head), b"")
        if self.plan.decompress:
            coding = head.get("Content-Encoding")
            if coding:
                self._unpacker = unpacker_of(coding, self._take, limit)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """A piece of the response's body."""
        if self._unpacker is not None:
            return self._unpacker.feed(chunk)
        return self._take(chunk)

    def _take(self, piece: bytes) -> Awaitable[None] | None:
        callback = self.request.streaming_callback
        if callback is None:
            self._chunks.append(piece)
            return None
        return None if self._provisional else self._call(callback, piece)

    def _call(self, callback: Callable[[bytes], object], piece: bytes) -> Awaitable[None] | None:
        try:
            pending = callback(piece)
        except Exception as error:
            self._callback_failed(error)
            return None
        return pending if isinstance(pending, Awaitable) else None

    def response_complete(self) -> None:
        """The response is here as a whole."""
        head, connection, plan = self._head, self.connection, self.plan
        assert head is not None and connection is not None
        self.connection = None
        if self._upload is not None:
            self._upload.stop()
            self._upload = None
        if plan.wire.close:
            connection.close()
        if not connection.lost:
            self.client.pool.put(connection)
        if self._unpacker is not None:
            try:
                self._unpacker.end()
            except RemoteProtocolError as error:
                self._malformed(error)
                return
        if self._provisional:
            self._again(head)
        else:
            self.end(self._response(head))

    def _response(self, head: ResponseHead) -> HTTPResponse:
        chunks = self._chunks
        content = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        response = response_of_head(self._original, head, content, self.request.url, self._times())
        if self._unpacker is not None:
            headers = response.headers
            headers.add("X-Consumed-Content-Encoding", headers["Content-Encoding"])
            del headers["Content-Encoding"]
        return response

    def _times(self) -> Times:
        connector = self._connector
        looked_up = connected = secured = 0.0
        if connector is not None:
            looked_up, connected = connector.looked_up, connector.connected
            secured = connector.secured
        return (
            self._submitted,
            self._begun,
            looked_up,
            connected,
            secured,
            self._sent,
            self._first_byte,
            monotonic(),
            self._redirect_time,
        )

    # -------------------------------------------------------------- another request

    def _redirects(self, head: ResponseHead) -> bool:
        return head.status in _REDIRECTS and self._redirects_left > 0 and head.has("Location")

    def _asks_for_login(self, head: ResponseHead) -> bool:
        """Whether the same request with the answer to a challenge may do better."""
        return self._logins < _LOGINS and self.client.logins.learn(
            self.plan, head, first=not self._logins
        )

    def _again(self, head: ResponseHead) -> None:
        """Follow a redirect, or answer a challenge."""
        self._retried = False
        if head.status in (401, 407):
            self._logins += 1
        else:
            now = monotonic()
            self._redirect_time += now - self._begun
            self._begun = now
            self._redirects_left -= 1
            self._logins = 0
            location = head.get("Location")
            assert location is not None
            try:
                self.request = redirected(self.request, head.status, location)
                origin, self.plan = self.plan.target.origin, self.client.plan(self.request)
            except Exception as error:
                self.end(error)
                return
            if self.plan.target.origin != origin and not self.client.move(self):
                self._phase = "in request queue"
                return
        self.begin()

    # --------------------------------------------------------------------- endings

    def exchange_failed(self, error: BaseException) -> None:
        """The connection was lost, the server broke the protocol, or a callback failed."""
        connection, self.connection = self.connection, None
        if isinstance(error, RemoteProtocolError):
            self._malformed(error)
        elif not isinstance(error, StreamClosedError):
            self._callback_failed(error)
        elif (
            connection is not None
            and connection.used > 1
            and connection.silent
            and self.plan.idempotent
            and not self._retried
        ):
            # The server closed an idle connection just as it was taken. It cannot have
            # answered; sending the request once more is safe (RFC 9112 section 9.3.1).
            self._retried = True
            if self._upload is not None:
                self._upload.stop()
                self._upload = None
            self.begin()
        else:
            self.end(_plain(error, "Stream closed"))

    def _malformed(self, error: RemoteProtocolError) -> None:
        limit, host = self.client.max_header_size, self.plan.target.host_field
        self.end(complain(error, self._head, limit, host))

    def _callback_failed(self, error: BaseException) -> None:
        app_log.error("Uncaught exception", exc_info=error)
        closed = HTTPStreamClosedError(f"Connection closed: a callback raised {error!r}")
        closed.__cause__ = error
        self.end(closed)

    def abandon(self) -> None:
        """The caller lost interest: what is not finished is closed."""
        self.done = None
        self._release()

    def end(self, outcome: Outcome) -> None:
        """End the fetch with a response or an exception."""
        done, self.done = self.done, None
        if done is not None:
            self._release()
            done(outcome)

    def _release(self) -> None:
        """Let go of the connection, the timers and the place in the client."""
        if self.deadline or self._timer is not None:
            self._unwatch()
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.abandon()
        if self._connecting is not None:
            self._connecting.cancel()
            self._connecting = None
        if self._upload is not None:
            self._upload.stop()
            self._upload = None
        self.client.release(self)


def _shorter(first: float, second: float) -> float:
    """The shorter of two time limits of which 0 means none."""
    return min(first or second, second or first)


def _plain(error: BaseException, message: str) -> BaseException:
    """What a caller is told of a lost connection: why, if somebody knows."""
    if not isinstance(error, StreamClosedError):
        return error
    return error.real_error or HTTPStreamClosedError(message)


def _call_header_callback(callback: Callable[[str], object], head: ResponseHead) -> None:
    callback(f"{head.version} {head.status} {head.reason}\r\n")
    for name, value in head.items():
        callback(f"{name}: {value}\r\n")
    callback("\r\n")
