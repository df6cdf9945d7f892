"""Signatures of OAuth 1.0."""

import sys

import pytest

from zonda.auth.signing import sign

pytest.importorskip("oauthlib", reason="needs oauthlib")


def test_the_example_of_oauth_core() -> None:
    """OAuth Core 1.0 appendix A.5."""
    parameters = {
        "file": "vacation.jpg",
        "size": "original",
        "oauth_consumer_key": "dpf43f3p2l4k3l03",
        "oauth_token": "nnch734d00sl2jdk",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "1191242096",
        "oauth_nonce": "kllo9940pd9333jh",
        "oauth_version": "1.0",
    }
    url = "http://photos.example.net/photos"
    keys = ("kd94hf93k423kf44", "pfkkdhi9sl3r4s00")
    assert sign("GET", url, parameters, *keys) == "tR3+Ty81lMeYAr/Fid0kMTYa/WM="
    query = f"{url}?size=original&file=vacation.jpg"
    rest = {name: value for name, value in parameters.items() if name.startswith("oauth_")}
    assert sign("get", query, rest, *keys) == "tR3+Ty81lMeYAr/Fid0kMTYa/WM="


def test_the_example_of_twitter() -> None:
    """https://docs.x.com/resources/fundamentals/authentication/oauth-1-0a/creating-a-signature"""
    parameters = {
        "status": "Hello Ladies + Gentlemen, a signed OAuth request!",
        "include_entities": "true",
        "oauth_consumer_key": "xvz1evFS4wEEPTGEFPHBog",
        "oauth_nonce": "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "1318622958",
        "oauth_token": "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
        "oauth_version": "1.0",
    }
    signature = sign(
        "POST",
        "https://api.twitter.com/1.1/statuses/update.json",
        parameters,
        "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
        "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
    )
    assert signature == "hCtSmYh+iHYCEqBWrE7C7hYmtUk="


def test_what_is_not_text_becomes_text() -> None:
    as_text = sign("GET", "http://x.example/", {"n": "5", "b": "é"}, "s")
    assert sign("GET", "http://x.example/", {"n": 5, "b": "é".encode()}, b"s", b"") == as_text


def test_the_default_port_is_left_out() -> None:
    """RFC 5849 section 3.4.1.2."""
    one = sign("GET", "http://x.example/", {}, "s")
    assert sign("GET", "HTTP://X.example:80/", {}, "s") == one
    assert sign("GET", "http://x.example:81/", {}, "s") != one


def test_without_oauthlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "oauthlib.oauth1", None)
    with pytest.raises(RuntimeError, match=r"pip install zonda\[auth\]"):
        sign("GET", "http://x.example/", {}, "s")
