"""Which service a server makes of what it is given."""

from typing import Any

from zonda import web
from zonda.httpserver import HTTPServer
from zonda.httputil import HTTPConnection, HTTPMessageDelegate
from zonda.web.service import ApplicationService


def test_applications_bring_their_own() -> None:
    service = HTTPServer(web.Application())._make_service()
    assert isinstance(service, ApplicationService)


def test_an_application_that_overrides_the_delegate_interface_is_served_by_it() -> None:
    class Application(web.Application):
        def start_request(
            self, server_conn: object, request_conn: HTTPConnection
        ) -> HTTPMessageDelegate:
            return super().start_request(server_conn, request_conn)

    service: Any = HTTPServer(Application())._make_service()
    assert not isinstance(service, ApplicationService)


def test_a_server_that_overrides_it_wraps_whatever_it_was_given() -> None:
    class Server(HTTPServer):
        def start_request(
            self, server_conn: object, request_conn: HTTPConnection
        ) -> HTTPMessageDelegate:
            return super().start_request(server_conn, request_conn)

    service: Any = Server(web.Application())._make_service()
    assert not isinstance(service, ApplicationService)
