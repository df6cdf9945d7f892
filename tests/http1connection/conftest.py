"""The server of the client's tests, here too."""

from tests.simple_httpclient.conftest import (
    client_of,
    pytest_pycollect_makeitem,
    wire,
)

__all__ = ["client_of", "pytest_pycollect_makeitem", "wire"]
