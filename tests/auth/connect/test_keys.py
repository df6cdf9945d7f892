"""Which keys of a set may have signed a token; whole logins try the rest."""

import pytest

from tests.auth.connect.conftest import LoginSite  # noqa: F401, skips without joserfc
from tests.auth.provider import new_key
from zonda.auth import LoginError
from zonda.auth.connect.keys import candidates


def test_by_key_id_type_use_and_algorithm() -> None:
    one, two = (new_key(kid).as_dict(private=False) for kid in ("one", "two"))
    ec = {"kty": "EC", "crv": "P-256", "kid": "one", "x": "AA", "y": "AA"}
    jwks = {"keys": [one, two, ec, {**one, "use": "enc"}]}
    assert [key.kid for key in candidates(jwks, {"alg": "RS256", "kid": "one"})] == ["one"]
    assert [key.kid for key in candidates(jwks, {"alg": "RS256"})] == ["one", "two"]
    assert candidates(jwks, {"alg": "RS512", "kid": "one"}) == []  # the key is for RS256
    assert candidates(jwks, {"alg": "ES256", "kid": "one"}) == []  # not a point of the curve
    assert candidates(jwks, {"alg": "XX256", "kid": "one"}) == []


def test_a_key_without_restrictions() -> None:
    key = new_key("one").as_dict(private=False)
    bare = {name: key[name] for name in ("kty", "n", "e")}
    for algorithm in ("RS256", "PS384"):
        assert len(candidates({"keys": [bare]}, {"alg": algorithm})) == 1
    assert candidates({"keys": [bare]}, {"alg": "RS256", "kid": "one"}) == []


def test_no_set() -> None:
    with pytest.raises(LoginError, match="no keys"):
        candidates({}, {"alg": "RS256"})
