"""The server of the other client's tests, and clients on libcurl."""

import pytest

from tests.simple_httpclient.conftest import pytest_pycollect_makeitem, wire

__all__ = ["curl_of", "pytest_pycollect_makeitem", "wire"]


@pytest.fixture
def curl_of():
    """Makes clients of the test's own, closed at its end."""
    pytest.importorskip("pycurl", reason="needs pycurl")
    from zonda.curl_httpclient import CurlAsyncHTTPClient

    clients = []

    def make(**kwargs):
        clients.append(CurlAsyncHTTPClient(force_instance=True, **kwargs))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
