"""The server's end: requests in, responses out."""

import re
from typing import Any

import pytest

from zonda.protocol.errors import BodyTooLarge, LocalProtocolError, RemoteProtocolError
from zonda.protocol.http1 import END, NEED_DATA, HTTP1Server
from zonda.protocol.http1.server import status_line
from zonda.protocol.limits import Limits

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
OLD = b"GET / HTTP/1.0\r\n\r\n"
CHUNKED = b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
SIZED = b"POST /s HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"


def begun(request: bytes = GET, limits: Limits | None = None) -> HTTP1Server:
    """A server that has read the head of a request."""
    machine = HTTP1Server(limits or Limits())
    machine.receive(request)
    assert machine.next_head() is not None
    return machine


def statuses(events: list[Any]) -> list[int]:
    answers = b"".join(event[1] for event in events if event[0] == "answer")
    return [int(status) for status in re.findall(rb"HTTP/1.1 (\d{3}) ", answers)]


class TestRequests:
    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            (GET, [("head", "GET", "/")]),
            (b"\r\n" + GET, [("head", "GET", "/")]),
            (SIZED + b"hello", [("head", "POST", "/s"), ("body", b"hello")]),
            (
                CHUNKED + b"5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nA: 1\r\nB: 2\r\n\r\n",
                [
                    ("head", "POST", "/c"),
                    ("body", b"hello!"),
                    ("trailers", [("A", "1"), ("B", "2")]),
                ],
            ),
            (CHUNKED + b"0\r\n\r\n", [("head", "POST", "/c")]),
            (OLD, [("head", "GET", "/")]),
        ],
    )
    def test_however_it_is_split(
        self, drive: Any, every_split: Any, data: bytes, expected: list[Any]
    ) -> None:
        whole = drive.server([data])
        assert [event for event in whole if event[0] != "answer"] == expected
        assert statuses(whole) == [200]
        for pieces in every_split(data):
            assert drive.server(pieces) == whole

    def test_pipelined_requests_in_order(self, drive: Any, every_split: Any) -> None:
        data = (
            GET
            + SIZED
            + b"hello"
            + b"HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n"
            + CHUNKED
            + b"3\r\nabc\r\n0\r\nT: 1\r\n\r\n"
            + GET
        )
        whole = drive.server([data])
        heads = [event[1:] for event in whole if event[0] == "head"]
        assert heads == [
            ("GET", "/"),
            ("POST", "/s"),
            ("HEAD", "/h"),
            ("POST", "/c"),
            ("GET", "/"),
        ]
        kinds = [event[0] for event in whole]
        assert kinds.index("answer") == 1, "the first answer comes before the second request"
        for pieces in every_split(data):
            assert drive.server(pieces) == whole

    @pytest.mark.parametrize(
        "request_head",
        [b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", OLD],
    )
    def test_nothing_is_read_behind_the_last_request(self, drive: Any, request_head: bytes) -> None:
        events = drive.server([request_head + GET])
        assert [event[0] for event in events] == ["head", "answer"]
        assert (b"\r\nConnection: close\r\n" in events[-1][1]) == (request_head is not OLD)

    def test_old_clients_keep_the_connection_if_they_ask(self, drive: Any) -> None:
        polite = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        events = drive.server([polite + polite])
        assert [event[0] for event in events] == ["head", "answer"] * 2
        assert b"\r\nConnection: Keep-Alive\r\n" in events[1][1]

    def test_the_next_head_waits_for_the_answer(self) -> None:
        machine = begun(GET + GET)
        assert machine.next_head() is None
        machine.respond(200, None, b"", (), b"")
        assert machine.exchange_over
        assert machine.next_head() is not None

    def test_the_next_head_waits_for_the_body(self) -> None:
        machine = begun(SIZED + b"hel")
        assert machine.next_data() == b"hel"
        machine.respond(200, None, b"", (), b"")
        assert machine.next_head() is None
        assert not machine.exchange_over

    def test_a_head_that_trickles_in_is_partial(self) -> None:
        machine = HTTP1Server(Limits())
        assert machine.next_head() is None
        assert not machine.partial_head
        for at in range(len(GET) - 1):
            machine.receive(GET[at : at + 1])
            assert machine.next_head() is None
            assert machine.partial_head
        machine.receive(GET[-1:])
        assert machine.next_head() is not None
        assert not machine.partial_head

    def test_nothing_is_partial_behind_a_body(self) -> None:
        machine = begun(SIZED + b"hello")
        assert machine.next_data() == b"hello"
        assert machine.next_data() is END
        machine.respond(200, None, b"", (), b"")
        assert machine.next_head() is None
        assert not machine.partial_head
        assert machine.unread == 0
        assert machine._buffer == b"", "an idle connection keeps no body alive"

    def test_unread_bytes_are_handed_over(self) -> None:
        machine = begun(GET + b"another protocol")
        assert machine.unread == 16
        assert machine.take_unread() == b"another protocol"
        assert machine.unread == 0


class TestBodies:
    def test_pieces_are_no_larger_than_asked_for(self) -> None:
        limits = Limits(piece_size=2)
        machine = begun(SIZED + b"hello" + GET, limits)
        pieces = iter(machine.next_data, END)
        assert list(pieces) == [b"he", b"ll", b"o"]

    def test_pieces_of_chunks_as_well(self) -> None:
        machine = begun(
            CHUNKED + b"5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n" + GET, Limits(piece_size=4)
        )
        pieces = list(iter(machine.next_data, END))
        assert b"".join(pieces) == b"helloabc"  # type: ignore[arg-type]
        assert max(map(len, pieces)) <= 4  # type: ignore[arg-type]
        assert machine.unread == len(GET)

    @pytest.mark.parametrize("body", [SIZED, SIZED + b"hell", CHUNKED + b"5\r\nhello\r\n0\r\n"])
    def test_a_body_that_ends_early(self, drive: Any, body: bytes) -> None:
        events = drive.server([body], eof=True)
        assert ("refused", 400) in events
        assert statuses(events) == [400]

    def test_a_declared_length_is_checked_before_the_body(self) -> None:
        machine = begun(SIZED, Limits(max_body_size=4))
        with pytest.raises(BodyTooLarge, match="Content-Length too long: the limit is 4 bytes"):
            machine.check_body_limit()

    def test_a_handler_may_allow_more_or_less(self) -> None:
        machine = begun(SIZED, Limits(max_body_size=4))
        machine.body_limit = 5
        machine.check_body_limit()
        machine.body_limit = 3
        with pytest.raises(BodyTooLarge):
            machine.check_body_limit()

    def test_the_next_request_has_the_usual_limit_again(self) -> None:
        machine = begun(SIZED + b"hello" + SIZED, Limits(max_body_size=4))
        machine.body_limit = 5
        assert list(iter(machine.next_data, END)) == [b"hello"]
        machine.respond(200, None, b"", (), b"")
        machine.next_head()
        with pytest.raises(BodyTooLarge):
            machine.check_body_limit()

    def test_chunks_are_counted_as_they_come(self, drive: Any) -> None:
        body = CHUNKED + b"3\r\nabc\r\n3\r\ndef\r\n"
        events = drive.server([body], limits=Limits(max_body_size=5))
        assert ("refused", 413) in events
        assert statuses(events) == [413]

    def test_limits_count_content_not_framing(self, drive: Any) -> None:
        body = CHUNKED + b"1\r\nx\r\n" * 5 + b"0\r\nA: b\r\n\r\n"
        events = drive.server([body], limits=Limits(max_body_size=5))
        assert ("body", b"xxxxx") in events

    @pytest.mark.parametrize(
        ("limits", "data", "status"),
        [
            (Limits(max_header_size=40), b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 40, 431),
            (Limits(max_header_size=40), b"GET /" + b"b" * 40, 414),
            (Limits(max_header_fields=1), b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n", 431),
            (Limits(max_chunk_line=8), CHUNKED + b"1;aaaaaaaaaaa\r\n", 400),
            (Limits(max_trailer_size=8), CHUNKED + b"0\r\nA: bbbbbbbbb\r\n\r\n", 431),
            (Limits(max_trailer_fields=1), CHUNKED + b"0\r\nA: b\r\nC: d\r\n\r\n", 431),
        ],
    )
    def test_every_limit_holds_at_every_split(
        self, drive: Any, every_split: Any, limits: Limits, data: bytes, status: int
    ) -> None:
        for pieces in [[data], *every_split(data)]:
            events = drive.server(pieces, limits=limits)
            assert ("refused", status) in events
            assert statuses(events) == [status]


class TestWholeBodies:
    """A body that came with its head can be had in one piece."""

    def test_all_there(self) -> None:
        machine = begun(SIZED + b"hello")
        assert machine.whole_body() == b"hello"
        assert not machine.body_open
        assert not machine.has_input
        assert b"200 OK" in machine.respond(200, None, b"", (), b"")
        machine.receive(GET)
        assert machine.next_head() is not None
        assert machine.keep_alive

    def test_another_request_behind_it(self) -> None:
        machine = begun(SIZED + b"hello" + GET)
        assert machine.whole_body() == b"hello"
        assert machine.has_input
        machine.respond(200, None, b"", (), b"")
        head = machine.next_head()
        assert head is not None
        assert head.method == "GET"

    def test_not_all_there(self) -> None:
        machine = begun(SIZED + b"hell")
        assert machine.whole_body() is None
        assert machine.next_data() == b"hell"
        machine.receive(b"o")
        assert machine.next_data() == b"o"
        assert machine.next_data() is END

    def test_not_of_a_known_length(self) -> None:
        machine = begun(CHUNKED + b"5\r\nhello\r\n0\r\n\r\n")
        assert machine.whole_body() is None
        assert machine.next_data() == b"hello"

    def test_over_the_limit(self) -> None:
        machine = begun(SIZED + b"hello", Limits(max_body_size=4))
        assert machine.whole_body() is None
        with pytest.raises(BodyTooLarge):
            machine.check_body_limit()


class TestResponses:
    def test_whole(self) -> None:
        answer = begun().respond(200, None, b"Server: z\r\n", [("A", "b")], b"hello")
        assert answer == (b"HTTP/1.1 200 OK\r\nServer: z\r\nA: b\r\nContent-Length: 5\r\n\r\nhello")

    def test_head_requests_get_the_length_without_the_content(self) -> None:
        machine = begun(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert machine.respond(200, None, b"", (), b"hello") == (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
        )

    @pytest.mark.parametrize("status", [204, 304])
    def test_statuses_without_content(self, status: int) -> None:
        answer = begun().respond(status, None, b"", (), b"")
        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert b"Content-Length" not in answer
        with pytest.raises(LocalProtocolError, match=f"a {status} response cannot have a body"):
            begun().respond(status, None, b"", (), b"x")

    @pytest.mark.parametrize(("status", "said"), [(204, False), (304, True)])
    def test_only_304_may_tell_a_length_without_content(self, status: int, said: bool) -> None:
        """RFC 9110 section 8.6."""
        machine = begun()
        answer = machine.send_head(status, None, b"", (), 42)
        assert answer.endswith(b"\r\nContent-Length: 42\r\n\r\n") is said
        assert machine.end() == b""

    @pytest.mark.parametrize("status", [100, 101, 103, 199])
    def test_an_interim_status_ends_nothing(self, status: int) -> None:
        with pytest.raises(LocalProtocolError, match="no status of a final response"):
            begun().respond(status, None, b"", (), b"")

    def test_one_answer_to_a_request(self) -> None:
        machine = begun()
        machine.respond(200, None, b"", (), b"")
        with pytest.raises(LocalProtocolError, match="no request is waiting"):
            machine.respond(200, None, b"", (), b"")
        with pytest.raises(LocalProtocolError, match="no request is waiting"):
            machine.send_head(200, None, b"", (), 0)

    def test_no_answer_without_a_request(self) -> None:
        with pytest.raises(LocalProtocolError, match="no request is waiting"):
            HTTP1Server(Limits()).respond(200, None, b"", (), b"")

    def test_a_field_that_cannot_be_sent_leaves_the_response_to_be_made(self) -> None:
        machine = begun()
        for bad in [("A", "b\r\nC: d"), ("A b", "c"), ("A", "\u20ac")]:
            with pytest.raises(ValueError):
                machine.respond(200, None, b"", [bad], b"")
            with pytest.raises(ValueError):
                machine.send_head(200, None, b"", [bad], None)
        assert machine.head_due
        assert machine.respond(500, None, b"", (), b"").startswith(b"HTTP/1.1 500 ")

    def test_with_declared_length_in_pieces(self) -> None:
        machine = begun()
        assert machine.send_head(200, None, b"", (), 5).endswith(b"Content-Length: 5\r\n\r\n")
        assert machine.sending
        assert machine.send_data(b"hel") + machine.send_data(b"lo") == b"hello"
        assert machine.end() == b""
        assert machine.exchange_over
        assert machine.keep_alive

    def test_more_than_declared(self) -> None:
        machine = begun()
        machine.send_head(200, None, b"", (), 2)
        with pytest.raises(LocalProtocolError, match="more data than Content-Length"):
            machine.send_data(b"abc")

    def test_less_than_declared_ends_the_connection(self) -> None:
        machine = begun(GET + GET)
        machine.send_head(200, None, b"", (), 5)
        machine.send_data(b"abc")
        with pytest.raises(LocalProtocolError, match="2 bytes less than Content-Length"):
            machine.end()
        assert not machine.keep_alive
        assert machine.next_head() is None

    def test_chunked_with_trailers(self) -> None:
        machine = begun()
        head = machine.send_head(200, None, b"", (), None)
        assert head.endswith(b"Transfer-Encoding: chunked\r\n\r\n")
        assert machine.send_data(b"hello") == b"5\r\nhello\r\n"
        assert machine.send_data(b"") == b"", "an empty chunk would be the last one"
        with pytest.raises(ValueError):
            machine.end([("A", "b\r\n")])
        assert machine.end([("Checksum", "abc")]) == b"0\r\nChecksum: abc\r\n\r\n"
        assert machine.exchange_over
        with pytest.raises(LocalProtocolError, match="no message is open"):
            machine.end()

    def test_until_close_for_old_clients(self) -> None:
        machine = begun(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        head = machine.send_head(200, None, b"", (), None)
        assert b"Transfer-Encoding" not in head
        assert b"Connection" not in head, "it is what HTTP/1.0 stands for"
        assert machine.send_data(b"hello") == b"hello"
        assert machine.ends_with_connection
        assert machine.end([("A", "dropped")]) == b""
        assert not machine.keep_alive

    @pytest.mark.parametrize("length", [5, None])
    def test_pieces_of_an_answer_to_head_go_nowhere(self, length: int | None) -> None:
        machine = begun(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
        head = machine.send_head(200, None, b"", (), length)
        assert (b"Content-Length: 5" in head) == (length is not None)
        assert (b"Transfer-Encoding: chunked" in head) == (length is None)
        assert machine.send_data(b"hello") + machine.end() == b""
        assert machine.next_head() is not None

    def test_a_response_that_the_application_writes_by_itself(self) -> None:
        machine = begun(GET + GET)
        machine.send_unframed()
        assert machine.send_data(b"HTTP/1.1 200 OK\r\n\r\n") == b"HTTP/1.1 200 OK\r\n\r\n"
        assert machine.end() == b""
        assert machine.next_head() is None, "where it ended nobody knows"
        with pytest.raises(LocalProtocolError, match="no request is waiting"):
            machine.send_unframed()

    def test_data_belongs_between_head_and_end(self) -> None:
        machine = begun()
        for misuse in (lambda: machine.send_data(b"x"), machine.end):
            with pytest.raises(LocalProtocolError):
                misuse()
        assert machine.head_due, "misuse leaves the state alone"

    def test_an_answer_before_the_end_of_the_body_ends_the_connection(self) -> None:
        for answer in (
            begun(SIZED).respond(200, None, b"", (), b""),
            begun(SIZED).send_head(200, None, b"", (), 3),
        ):
            assert b"\r\nConnection: close\r\n" in answer

    def test_interim_responses(self) -> None:
        machine = begun()
        assert machine.send_informational(103, [("Link", "</a>")]) == (
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        )
        assert machine.send_informational(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        for status in (99, 101, 200):
            with pytest.raises(LocalProtocolError, match="not an interim status"):
                machine.send_informational(status)
        machine.respond(200, None, b"", (), b"")
        with pytest.raises(LocalProtocolError, match="precede"):
            machine.send_informational(103)

    def test_old_clients_get_no_interim_responses(self) -> None:
        assert begun(OLD).send_informational(103) == b""

    def test_switching_protocols(self) -> None:
        request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: y\r\n\r\n"
        machine = begun(request + b"\x00\x01")
        fields = [("Connection", "upgrade"), ("Upgrade", "y")]
        assert machine.send_head(101, None, b"", fields, None) == (
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: y\r\n\r\n"
        )
        assert machine.end() == b""
        assert machine.next_head() is None, "what follows is no request"
        assert machine.take_unread() == b"\x00\x01"


class TestContentThatGoesAnotherWay:
    def test_it_counts(self) -> None:
        machine = begun()
        machine.send_head(200, None, b"", (), 5)
        machine.send_elsewhere(3)
        assert machine.send_data(b"45") == b"45"
        assert machine.end() == b""
        assert machine.keep_alive

    def test_not_more_than_declared(self) -> None:
        machine = begun()
        machine.send_head(200, None, b"", (), 5)
        with pytest.raises(LocalProtocolError):
            machine.send_elsewhere(6)

    def test_not_without_a_length(self) -> None:
        machine = begun()
        with pytest.raises(LocalProtocolError):
            machine.send_elsewhere(1)
        machine.send_head(200, None, b"", (), None)
        with pytest.raises(LocalProtocolError):
            machine.send_elsewhere(1)


class TestStatusLine:
    def test_registered_and_other_phrases(self) -> None:
        assert status_line(200) == b"HTTP/1.1 200 OK\r\n"
        assert status_line(299) == b"HTTP/1.1 299 Unknown\r\n"
        assert status_line(200, "Fine") == b"HTTP/1.1 200 Fine\r\n"
        assert status_line(200, "Schön") == b"HTTP/1.1 200 Sch\xf6n\r\n"
        assert status_line(200, "") == b"HTTP/1.1 200 \r\n"
        assert status_line(200, "a\tb") == b"HTTP/1.1 200 a\tb\r\n"

    @pytest.mark.parametrize("reason", ["a\r\nB: c", "a\n", "\x00", "a\x7f"])
    def test_no_line_breaks_in_a_phrase(self, reason: str) -> None:
        with pytest.raises(ValueError, match="control character"):
            status_line(200, reason)

    def test_only_latin_1(self) -> None:
        with pytest.raises(ValueError, match="latin-1"):
            status_line(200, "\u20ac")

    @pytest.mark.parametrize("status", [-1, 0, 99, 1000])
    def test_three_digits(self, status: int) -> None:
        with pytest.raises(ValueError, match="100 to 999"):
            status_line(status)


class TestRefusals:
    def test_an_answer_and_the_end(self) -> None:
        machine = HTTP1Server(Limits())
        machine.receive(b"GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n" + GET)
        with pytest.raises(RemoteProtocolError) as caught:
            machine.next_head()
        answer = machine.refuse(caught.value)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert b"\r\nConnection: close" in head
        assert b"\r\nContent-Length: %d" % len(body) in head
        assert machine.next_head() is None

    def test_no_second_answer_to_one_request(self) -> None:
        machine = begun(CHUNKED + b"3\r\nabc\r\nx\r\n")
        machine.respond(200, None, b"", (), b"")
        with pytest.raises(RemoteProtocolError) as caught:
            list(iter(machine.next_data, NEED_DATA))
        assert machine.refuse(caught.value) == b""

    def test_nothing_in_the_middle_of_an_answer(self) -> None:
        machine = begun(CHUNKED + b"x\r\n")
        machine.send_head(200, None, b"", (), None)
        with pytest.raises(RemoteProtocolError) as caught:
            machine.next_data()
        assert machine.refuse(caught.value) == b""
        assert not machine.keep_alive

    def test_content_is_left_out_for_head(self) -> None:
        request = CHUNKED.replace(b"POST", b"HEAD")
        machine = begun(request + b"x\r\n")
        with pytest.raises(RemoteProtocolError) as caught:
            machine.next_data()
        assert machine.refuse(caught.value).endswith(b"\r\n\r\n")
