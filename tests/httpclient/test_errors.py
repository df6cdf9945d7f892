"""Errors of fetches."""

import copy
import pickle

import pytest

from zonda.httpclient import HTTPClientError, HTTPError, HTTPRequest, HTTPResponse
from zonda.httpclient.errors import HTTPStreamClosedError, HTTPTimeoutError


def test_words():
    assert str(HTTPClientError(404)) == repr(HTTPClientError(404)) == "HTTP 404: Not Found"
    assert str(HTTPClientError(299)) == "HTTP 299: Unknown"
    assert str(HTTPClientError(599, "no luck")) == "HTTP 599: no luck"
    assert HTTPError is HTTPClientError


@pytest.mark.parametrize(
    ("kind", "default"), [(HTTPTimeoutError, "Timeout"), (HTTPStreamClosedError, "Stream closed")]
)
def test_no_response(kind, default):
    assert str(kind("")) == str(kind(None)) == default
    error = kind("what happened")
    assert (str(error), error.code, error.response) == ("what happened", 599, None)
    assert repr(error) == "HTTP 599: what happened" or repr(error) == "what happened"


def test_elapsed():
    error = HTTPTimeoutError("Timeout in request queue", 1.23456)
    assert str(error) == "Timeout in request queue"
    assert error.elapsed == 1.23456
    assert error.__notes__ == ["after 1.235 seconds"]


@pytest.mark.parametrize(
    "error",
    [HTTPClientError(404), HTTPTimeoutError("late", 0.5), HTTPStreamClosedError("gone")],
)
def test_copies(error):
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(twin) is type(error)
        assert (str(twin), twin.code, twin.__dict__) == (str(error), error.code, error.__dict__)


def test_the_response_goes_along():
    response = HTTPResponse(HTTPRequest("http://a.example/"), 404)
    assert response.error.response is response
    assert "404" in repr(response)  # and no endless recursion
