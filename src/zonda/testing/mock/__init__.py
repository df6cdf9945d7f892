"""Answers for the HTTP client of the code under test, with no server and no network.

::

    def test_the_forecast(self):
        with mock_http() as mock:
            mock.get("https://api.example/forecast", json={"wind": 40})
            ...
        assert mock.calls[0].headers["Accept"] == "application/json"
"""

from zonda.testing.mock.answer import MockAnswer
from zonda.testing.mock.client import MockHTTPClient
from zonda.testing.mock.installing import mock_http
from zonda.testing.mock.route import MockRoute
from zonda.testing.mock.transport import MockHTTP, UnmatchedRequest

__all__ = [
    "MockAnswer",
    "MockHTTP",
    "MockHTTPClient",
    "MockRoute",
    "UnmatchedRequest",
    "mock_http",
]
