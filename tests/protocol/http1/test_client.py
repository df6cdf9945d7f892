"""The client's end: requests out, responses in."""

from typing import Any

import pytest

from zonda.protocol.errors import LocalProtocolError, RemoteProtocolError
from zonda.protocol.http1 import END, NEED_DATA, HTTP1Client
from zonda.protocol.limits import Limits

LINE = b"POST / HTTP/1.1\r\n"
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDLESS = b"HTTP/1.1 200 OK\r\n\r\n"


def asked(method: str = "GET", limits: Limits | None = None) -> HTTP1Client:
    """A client that has sent a request without a body."""
    machine = HTTP1Client(limits or Limits())
    machine.send_request(method, LINE, b"", (), -1, None)
    return machine


class TestRequests:
    def test_with_its_body_at_once(self) -> None:
        machine = HTTP1Client(Limits())
        data = machine.send_request("POST", LINE, b"Host: x\r\n", [("A", "b")], 5, b"hello")
        assert data == b"POST / HTTP/1.1\r\nHost: x\r\nA: b\r\nContent-Length: 5\r\n\r\nhello"
        with pytest.raises(LocalProtocolError, match="outside a message"):
            machine.send_data(b"more")

    def test_without_a_body(self) -> None:
        machine = HTTP1Client(Limits())
        assert machine.send_request("GET", LINE, b"", (), -1, None) == LINE + b"\r\n"
        assert not machine.sending

    def test_body_of_known_size(self) -> None:
        machine = HTTP1Client(Limits())
        head = machine.send_request("PUT", LINE, b"", (), 5, None)
        assert head == LINE + b"Content-Length: 5\r\n\r\n"
        assert machine.send_data(b"hello") == b"hello"
        with pytest.raises(LocalProtocolError, match="more data than Content-Length"):
            machine.send_data(b"!")
        assert machine.end() == b""

    def test_body_of_unknown_size(self) -> None:
        machine = HTTP1Client(Limits())
        head = machine.send_request("PUT", LINE, b"", (), None, None)
        assert head == LINE + b"Transfer-Encoding: chunked\r\n\r\n"
        assert machine.send_data(b"hello") == b"5\r\nhello\r\n"
        assert machine.end([("T", "1")]) == b"0\r\nT: 1\r\n\r\n"

    def test_one_at_a_time(self) -> None:
        machine = asked()
        with pytest.raises(LocalProtocolError, match="another exchange is under way"):
            machine.send_request("GET", LINE, b"", (), -1, None)

    def test_a_field_that_cannot_be_sent_leaves_the_machine_ready(self) -> None:
        machine = HTTP1Client(Limits())
        with pytest.raises(ValueError):
            machine.send_request("GET", LINE, b"", [("A", "b\r\nC: d")], -1, None)
        machine.send_request("GET", LINE, b"", (), -1, None)


class TestResponses:
    @pytest.mark.parametrize(
        ("method", "data", "expected"),
        [
            ("GET", SIZED, [("head", 200), ("body", b"hello"), ("end", True, b"")]),
            (
                "GET",
                b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                [("head", 200), ("end", True, b"")],
            ),
            (
                "GET",
                CHUNKED + b"5\r\nhello\r\n1\r\n!\r\n0\r\nT: 1\r\n\r\n",
                [
                    ("head", 200),
                    ("body", b"hello!"),
                    ("trailers", [("T", "1")]),
                    ("end", True, b""),
                ],
            ),
            ("HEAD", SIZED[:-5], [("head", 200), ("end", True, b"")]),
            ("HEAD", CHUNKED, [("head", 200), ("end", True, b"")]),
            ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", [("head", 204), ("end", True, b"")]),
            (
                "GET",
                b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
                [("head", 304), ("end", True, b"")],
            ),
            (
                "GET",
                b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + SIZED,
                [
                    ("head", 103),
                    ("head", 100),
                    ("head", 200),
                    ("body", b"hello"),
                    ("end", True, b""),
                ],
            ),
            (
                "GET",
                b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
                [("head", 200), ("body", b"x"), ("end", False, b"")],
            ),
            (
                "GET",
                b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
                [("head", 200), ("body", b"x"), ("end", False, b"")],
            ),
        ],
    )
    def test_however_it_is_split(
        self, drive: Any, every_split: Any, method: str, data: bytes, expected: list[Any]
    ) -> None:
        assert drive.client([data], method=method) == expected
        for pieces in every_split(data):
            assert drive.client(pieces, method=method) == expected

    def test_until_the_connection_ends(self, drive: Any, every_split: Any) -> None:
        data = ENDLESS + b"to the end"
        expected = [("head", 200), ("body", b"to the end"), ("end", False, b"")]
        assert drive.client([data]) == [("head", 200), ("body", b"to the end")]
        for pieces in every_split(data):
            assert drive.client(pieces, eof=True) == expected

    def test_switching_protocols_leaves_the_rest_alone(self, drive: Any) -> None:
        data = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: y\r\n\r\n\x00\x01"
        assert drive.client([data]) == [("head", 101), ("end", False, b"\x00\x01")]

    def test_a_tunnel_leaves_the_rest_alone(self, drive: Any) -> None:
        data = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\x16\x03"
        assert drive.client([data], method="CONNECT") == [
            ("head", 200),
            ("end", False, b"\x16\x03"),
        ]

    def test_a_refused_tunnel_has_a_body(self, drive: Any) -> None:
        data = b"HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno"
        assert ("body", b"no") in drive.client([data], method="CONNECT")

    def test_two_framings(self, drive: Any, every_split: Any) -> None:
        # RFC 9112 section 6.1 allows to refuse it, and who sends it may be up to something.
        data = (
            CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\n") + b"1\r\nx\r\n0\r\n\r\n"
        )
        for pieces in [[data], *every_split(data)]:
            assert drive.client(pieces)[-1][:2] == ("error", 502)

    @pytest.mark.parametrize(
        "data",
        [
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked, chunked\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
            b"ICY 200 OK\r\n\r\n",
            CHUNKED + b"-1\r\n",
        ],
    )
    def test_broken_answers(self, drive: Any, every_split: Any, data: bytes) -> None:
        for pieces in [[data], *every_split(data)]:
            events = drive.client(pieces)
            assert events[-1][0] == "error"
            assert events[-1][1] in (400, 502)

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "before the response head"),
            (SIZED[:20], "before the response head"),
            (SIZED[:-1], "inside a message body"),
            (CHUNKED + b"5\r\nhello\r\n0\r\n", "inside a message body"),
        ],
    )
    def test_a_connection_that_ends_early(self, drive: Any, data: bytes, words: str) -> None:
        kind, _, text = drive.client([data], eof=True)[-1]
        assert kind == "error"
        assert words in text

    def test_too_many_interim_responses(self, drive: Any) -> None:
        hints = b"HTTP/1.1 103 Early Hints\r\n\r\n"
        limits = Limits(max_informational=3)
        assert drive.client([hints * 3 + SIZED], limits=limits)[-1] == ("end", True, b"")
        kind, status, words = drive.client([hints * 4 + SIZED], limits=limits)[-1]
        assert (kind, status) == ("error", 502)
        assert "Too many 1xx responses: more than 3" in words

    def test_interim_responses_are_counted_for_each_exchange(self) -> None:
        machine = asked(limits=Limits(max_informational=1))
        for _ in range(3):
            machine.receive(b"HTTP/1.1 103 Early Hints\r\n\r\n" + SIZED)
            assert machine.next_head().status == 103  # type: ignore[union-attr]
            assert machine.next_head().status == 200  # type: ignore[union-attr]
            assert list(iter(machine.next_data, END)) == [b"hello"]
            machine.next_exchange()
            machine.send_request("GET", LINE, b"", (), -1, None)

    def test_limits(self, drive: Any) -> None:
        for limits, data in [
            (Limits(max_body_size=4), CHUNKED + b"5\r\nhello\r\n"),
            (Limits(max_body_size=4), ENDLESS + b"hello"),
            (Limits(max_header_size=20), SIZED),
            (Limits(max_header_fields=1), b"HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n"),
        ]:
            assert drive.client([data], limits=limits)[-1][0] == "error"

    def test_a_declared_length_over_the_limit(self) -> None:
        machine = asked(limits=Limits(max_body_size=4))
        machine.receive(SIZED)
        machine.next_head()
        with pytest.raises(RemoteProtocolError, match="the limit is 4"):
            machine.check_body_limit()


class TestReuse:
    def test_surplus_bytes_are_not_the_answer_to_the_next_request(self, drive: Any) -> None:
        assert drive.client([SIZED + SIZED])[-1] == ("end", False, SIZED)
        machine = asked()
        machine.receive(SIZED + b"H")
        machine.next_head()
        list(iter(machine.next_data, END))
        assert not machine.reusable
        with pytest.raises(LocalProtocolError, match="cannot carry another exchange"):
            machine.next_exchange()

    @pytest.mark.parametrize("field", [b"Content-Length: 5", b"Transfer-Encoding: chunked"])
    def test_a_body_where_none_can_be(self, drive: Any, field: bytes) -> None:
        data = b"HTTP/1.1 204 No Content\r\n" + field + b"\r\n\r\n"
        fault = "Response with code 204 should not have body"
        assert drive.client([data]) == [("error", 502, fault)]
        assert drive.client([data], method="HEAD") == [("head", 204), ("end", True, b"")]

    @pytest.mark.parametrize(
        "head",
        [
            b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        ],
    )
    def test_a_response_whose_end_is_in_doubt_spoils_the_connection(self, head: bytes) -> None:
        machine = asked()
        machine.receive(head)
        with pytest.raises(RemoteProtocolError):
            machine.next_head()
        assert not machine.reusable

    def test_an_early_answer_leaves_an_unfinished_request(self) -> None:
        machine = HTTP1Client(Limits())
        machine.send_request("PUT", LINE, b"", (), 5, None)
        machine.receive(SIZED)
        machine.next_head()
        assert list(iter(machine.next_data, END)) == [b"hello"]
        assert not machine.reusable
        machine.send_data(b"abcde")
        machine.end()
        assert machine.reusable

    def test_a_connection_that_has_ended(self, drive: Any) -> None:
        assert drive.client([SIZED])[-1] == ("end", True, b"")
        assert drive.client([SIZED], eof=True)[-1] == ("end", False, b"")

    def test_an_idle_connection_keeps_no_bytes(self) -> None:
        machine = asked()
        machine.receive(SIZED)
        machine.next_head()
        list(iter(machine.next_data, END))
        machine.next_exchange()
        assert machine._buffer == b""

    def test_a_body_up_to_the_end_comes_in_pieces_as_well(self) -> None:
        machine = HTTP1Client(Limits(piece_size=4))
        machine.send_request("GET", LINE, b"", (), -1, None)
        machine.receive(b"HTTP/1.1 200 OK\r\n\r\nhello wo")
        machine.next_head()
        assert [machine.next_data() for _ in range(3)] == [b"hell", b"o wo", NEED_DATA]
        machine.receive(b"rld")
        machine.receive_eof()
        assert list(iter(machine.next_data, END)) == [b"rld"]


class TestRequestSent:
    """A request that was encoded elsewhere: all else is as after `send_request`."""

    def test_the_response_is_framed_by_the_method(self) -> None:
        for method, content in (("GET", b"hello"), ("HEAD", b"")):
            machine = HTTP1Client(Limits())
            machine.request_sent(method)
            assert machine.silent
            assert machine.request_complete
            machine.receive(SIZED if content else SIZED[:-5])
            assert machine.next_head() is machine.head
            assert b"".join(iter(machine.next_data, END)) == content
            assert machine.renew()

    def test_nothing_is_left_of_the_exchange_before(self) -> None:
        machine = asked()
        machine.receive(b"HTTP/1.1 103 Hints\r\n\r\n" + SIZED)
        machine.next_head()
        machine.next_head()
        list(iter(machine.next_data, END))
        machine.next_exchange()
        assert not machine.silent
        machine.request_sent("GET")
        assert machine.silent

    @pytest.mark.parametrize(
        "data",
        [
            SIZED,
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 201 Created\r\nContent-Length: 5, 5\r\n\r\nhello",
            b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
        ],
    )
    def test_simple_responses_need_no_machine(self, data: bytes) -> None:
        machine = asked()
        machine.receive(data)
        head = machine.next_head()
        assert head is not None
        assert head.content == data[head.end :]
        assert b"".join(iter(machine.next_data, END)) == head.content
        assert machine.renew()
