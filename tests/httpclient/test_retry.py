"""When a request is sent again."""

import asyncio
import io
import ssl
import time

import pytest

from zonda.httpclient import HTTPClientError, HTTPRequest, Retry, RetryBudget
from zonda.httpclient.errors import HTTPStreamClosedError, HTTPTimeoutError
from zonda.httpclient.retry import retry_after
from zonda.httputil import HTTPHeaders, format_timestamp

GET = HTTPRequest("http://a.example/")
NOW = Retry(3, backoff=0)


def after(retry, code=503, done=0, request=GET, **fields):
    headers = HTTPHeaders({name.replace("_", "-"): value for name, value in fields.items()})
    return retry.delay_after_response(request, done, code, headers)


def test_waits_double_up_to_a_limit():
    retry = Retry(10, backoff=0.5, max_delay=3, jitter=0)
    assert [after(retry, done=n) for n in range(6)] == [0.5, 1, 2, 3, 3, 3]
    assert after(retry, done=10) is None
    assert after(Retry(2**70, backoff=1, max_delay=7, jitter=0), done=2**40) == 7


def test_jitter():
    waits = {after(Retry(backoff=1, jitter=0.5)) for _ in range(50)}
    assert len(waits) > 10
    assert all(0.5 <= wait <= 1 for wait in waits)


def test_statuses_and_methods():
    assert after(NOW, 200) is after(NOW, 500) is after(NOW, 404) is None
    assert after(NOW, 429) == after(Retry(statuses=[500], backoff=0), 500) == 0
    post = HTTPRequest("http://a.example/", method="POST", body="x")
    assert after(NOW, request=post) is None
    assert after(Retry(backoff=0, methods=["POST"]), request=post) == 0


def test_bodies_that_come_once():
    async def produce(write):
        await write(b"x")

    def put(**options):
        return HTTPRequest("http://a.example/", method="PUT", **options)

    assert after(NOW, request=put(body_producer=produce)) is None
    produce.replayable = True
    assert after(NOW, request=put(body_producer=produce)) == 0
    assert after(NOW, request=put(files={"f": io.BytesIO(b"x")})) == 0

    class Pipe(io.RawIOBase):
        def readable(self):
            return True

    assert after(NOW, request=put(files={"f": Pipe()})) is None


def test_retry_after():
    assert after(NOW, Retry_After="7") == 7
    assert after(NOW, Retry_After="31") is None  # longer than we are willing to wait
    assert after(Retry(backoff=20, jitter=0), Retry_After="7") == 20
    assert after(Retry(backoff=0, respect_retry_after=False), Retry_After="7") == 0
    now = 1_700_000_000.0
    assert retry_after(" 12 ", now) == 12
    assert retry_after(format_timestamp(now + 5), now) == 5
    assert retry_after(format_timestamp(now - 5), now) == 0
    for nonsense in ("soon", "-1", "1.5", "²", ""):
        assert retry_after(nonsense, now) is None
    assert retry_after("9" * 5000, now) > 1e17


@pytest.mark.parametrize(
    ("error", "idempotent", "other"),
    [
        (ConnectionRefusedError(), True, True),
        (ConnectionResetError(), True, False),
        (HTTPStreamClosedError("closed"), True, False),
        (HTTPTimeoutError("late"), True, False),
        (ssl.SSLCertVerificationError(), False, False),
        (ValueError(), False, False),
        (HTTPClientError(599, "no"), False, False),
    ],
    ids=repr,
)
def test_errors(error, idempotent, other):
    post = HTTPRequest("http://a.example/", method="POST", body="x")
    assert (NOW.delay_after_error(GET, 0, error) == 0) is idempotent
    assert (NOW.delay_after_error(post, 0, error) == 0) is other
    assert NOW.delay_after_error(GET, 3, error) is None


def test_errors_that_are_our_own_or_the_protocols():
    error = HTTPStreamClosedError("Connection closed: a callback raised")
    error.__cause__ = LookupError()
    assert NOW.delay_after_error(GET, 0, error) is None
    error.__cause__ = ConnectionResetError()
    assert NOW.delay_after_error(GET, 0, error) == 0


def test_wrong_numbers():
    for wrong in ({"total": -1}, {"jitter": 2}, {"max_delay": -1}, {"attempt_timeout": 0}):
        with pytest.raises(ValueError):
            Retry(**wrong)
    with pytest.raises(ValueError):
        RetryBudget(reserve=0)
    assert Retry.of(5).total == 5
    assert Retry.of(NOW) is NOW


def test_a_budget():
    budget = RetryBudget(ratio=0.5, reserve=2)
    assert [budget.spend() for _ in range(3)] == [True, True, False]
    budget.earn()
    assert not budget.spend()
    budget.earn()
    assert budget.spend()
    for _ in range(9):
        budget.earn()
    assert budget.left == 2


# ------------------------------------------------------------------------------- on the wire


def failing(wire, times, failure=None):
    """A play that fails so often, and then does not."""
    left = [times]

    async def play(asked, peer):
        if left[0]:
            left[0] -= 1
            return failure
        return wire.ok(b"at last")

    return play


async def test_until_it_works(wire, either):
    busy = wire.ok(b"busy", status="503 Busy")
    for failure in (busy, None):
        async with wire.Origin(failing(wire, 2, failure)) as origin:
            response = await either(retries=NOW).fetch(origin.url)
            assert response.body == b"at last"
            assert len(origin.asked) == 3


async def test_until_there_is_nothing_left(wire, either):
    async with wire.Origin(failing(wire, 9, wire.ok(b"busy", status="503 Busy"))) as origin:
        with pytest.raises(HTTPClientError, match="503") as caught:
            await either(retries=Retry(2, backoff=0)).fetch(origin.url)
        assert caught.value.response.body == b"busy"
        assert len(origin.asked) == 3
        response = await either().fetch(origin.url, retries=0, raise_error=False)
        assert response.code == 503
        assert len(origin.asked) == 4


async def test_a_post_is_sent_once(wire, either):
    async with wire.Origin(failing(wire, 1)) as origin:
        with pytest.raises(HTTPClientError):
            await either(retries=NOW).fetch(origin.url, method="POST", body="x")
        assert len(origin.asked) == 1


async def test_files_are_read_again(wire, client_of, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"content")
    async with wire.Origin(failing(wire, 1)) as origin:
        await client_of(retries=NOW).fetch(origin.url, method="PUT", files={"f": path})
        assert [b"content" in asked.body for asked in origin.asked] == [True, True]


async def test_nobody_there(either):
    seen = []
    retry = Retry(2, backoff=0)
    with pytest.raises((HTTPClientError, ConnectionRefusedError)):
        # A POST as well: it cannot have arrived.
        await either(retries=retry, hooks={"retry": lambda *a: seen.append(a)}).fetch(
            "http://127.0.0.1:1/", method="POST", body="x"
        )
    assert len(seen) == 2


async def test_no_time_for_it(wire, either):
    async with wire.Origin(failing(wire, 9, wire.ok(b"busy", status="503 Busy"))) as origin:
        began = time.monotonic()
        retry = Retry(5, backoff=600, max_delay=600)
        response = await either(retries=retry).fetch(origin.url, raise_error=False)
        assert response.code == 503
        assert len(origin.asked) == 1
        assert time.monotonic() - began < 20


async def test_all_attempts_share_one_time_limit(wire, either):
    async def play(asked, peer):
        await peer.closed()
        return

    async with wire.Origin(play) as origin:
        client = either(retries=Retry(50, backoff=0, attempt_timeout=0.3))
        with pytest.raises(HTTPClientError) as caught:
            await client.fetch(origin.url, request_timeout=1.35)
        assert caught.value.code == 599
        assert 2 <= origin.connections <= 6


async def test_one_attempt_may_hang(wire, either):
    async def play(asked, peer):
        if len(origin.asked) == 1:
            await peer.closed()
            return None
        return wire.ok()

    async with wire.Origin(play) as origin:
        retry = Retry(1, backoff=0, attempt_timeout=0.2)
        response = await either(retries=retry).fetch(origin.url)
        assert response.body == b"hello"
        async with either(retries=retry).stream(origin.url) as response:
            assert await response.read() == b"hello"


async def test_a_budget_for_many(wire, either):
    async with wire.Origin(failing(wire, 99, wire.ok(b"", status="503 Busy"))) as origin:
        retry = Retry(5, backoff=0, budget=RetryBudget(ratio=0, reserve=3))
        client = either(retries=retry)
        for _ in range(2):
            await client.fetch(origin.url, raise_error=False)
        assert len(origin.asked) == 2 + 3


async def test_what_was_handed_on_is_not_repeated(wire, either):
    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
        return

    pieces = []
    async with wire.Origin(play) as origin:
        with pytest.raises(HTTPClientError):
            await either(retries=NOW).fetch(origin.url, streaming_callback=pieces.append)
        assert b"".join(pieces) == b"half"
        assert len(origin.asked) == 1
        with pytest.raises(HTTPClientError):
            await either(retries=Retry(1, backoff=0)).fetch(origin.url)
        assert len(origin.asked) == 3  # nobody had seen the first half


async def test_cancelled_while_it_waits(wire, either):
    waiting = asyncio.Event()

    async with wire.Origin(failing(wire, 9, wire.ok(b"", status="503 Busy"))) as origin:
        client = either(
            retries=Retry(backoff=5, jitter=0), hooks={"retry": lambda *_: waiting.set()}
        )
        fetch = client.fetch(origin.url)
        await asyncio.wait_for(waiting.wait(), 5)
        fetch.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetch
        assert len(origin.asked) == 1
