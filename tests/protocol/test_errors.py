"""Whose fault it is, and which status says so."""

import pickle

from zonda.protocol.errors import BodyTooLarge, LocalProtocolError, RemoteProtocolError


def test_remote_errors_know_their_status() -> None:
    error = RemoteProtocolError(431, "too many")
    assert (error.status, str(error)) == (431, "too many")


def test_a_body_too_large_names_the_limit() -> None:
    error = BodyTooLarge(5)
    assert isinstance(error, RemoteProtocolError)
    assert error.status == 413
    assert str(error) == "message body too large: the limit is 5 bytes"
    assert str(BodyTooLarge(5, "chunked body too large")).startswith("chunked body too large")


def test_errors_survive_pickling() -> None:
    for error in (RemoteProtocolError(400, "bad"), BodyTooLarge(5)):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), copy.status, str(copy)) == (type(error), error.status, str(error))


def test_our_own_mistakes_are_not_the_peers() -> None:
    assert not issubclass(LocalProtocolError, RemoteProtocolError)
    assert issubclass(LocalProtocolError, RuntimeError)
