"""The interfaces: what may be left out, and what may not."""

import pytest

from zonda.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    ResponseStartLine,
)

LINE = ResponseStartLine("HTTP/1.1", 200, "OK")


def test_message_delegates_may_leave_everything_out() -> None:
    delegate = HTTPMessageDelegate()
    assert delegate.headers_received(LINE, HTTPHeaders()) is None
    assert delegate.data_received(b"x") is None
    delegate.finish()
    delegate.on_connection_close()
    HTTPServerConnectionDelegate().on_close(object())


def test_the_rest_says_what_is_missing() -> None:
    connection = HTTPConnection()
    with pytest.raises(NotImplementedError, match="start_request"):
        HTTPServerConnectionDelegate().start_request(object(), connection)
    with pytest.raises(NotImplementedError, match="write_headers"):
        connection.write_headers(LINE, HTTPHeaders())
    with pytest.raises(NotImplementedError, match="write"):
        connection.write(b"x")
    with pytest.raises(NotImplementedError, match="finish"):
        connection.finish()
