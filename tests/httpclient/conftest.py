"""The server of the client's tests, here too, and both of the clients."""

import pytest

from tests.simple_httpclient.conftest import (
    client_of,
    pytest_pycollect_makeitem,
    wire,
)
from zonda.simple_httpclient import SimpleAsyncHTTPClient

__all__ = ["client_of", "either", "pytest_pycollect_makeitem", "wire"]


@pytest.fixture(params=["simple", "curl"])
def either(request):
    """Makes clients of one implementation and of the other, closed at the test's end."""
    if request.param == "simple":
        implementation = SimpleAsyncHTTPClient
    else:
        pytest.importorskip("pycurl", reason="needs pycurl")
        from zonda.curl_httpclient import CurlAsyncHTTPClient as implementation

    clients = []

    def make(**kwargs):
        clients.append(implementation(force_instance=True, **kwargs))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
