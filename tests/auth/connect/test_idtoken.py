"""What ties an ID token to its access token; the rest is tried on whole logins."""

import base64
import hashlib

import pytest

from zonda.auth import LoginError
from zonda.auth.connect.idtoken import check_access_token


def test_the_example_of_the_specification() -> None:
    """OpenID Connect Core appendix A.3."""
    claims = {"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"}
    check_access_token(claims, "RS256", "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y")


@pytest.mark.parametrize(
    ("algorithm", "name"),
    [
        ("RS256", "sha256"),
        ("ES384", "sha384"),
        ("PS512", "sha512"),
        ("HS256", "sha256"),
        ("Ed25519", "sha512"),
    ],
)
def test_each_algorithm_has_its_hash(algorithm: str, name: str) -> None:
    digest = hashlib.new(name, b"the token").digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    check_access_token({"at_hash": half}, algorithm, "the token")
    with pytest.raises(LoginError, match="another access token"):
        check_access_token({"at_hash": half}, algorithm, "the tokem")
    with pytest.raises(LoginError, match="another access token"):
        check_access_token({"at_hash": half + "é"}, algorithm, "the token")
