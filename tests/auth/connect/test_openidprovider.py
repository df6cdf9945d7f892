"""ID tokens that are not to be believed, and keys that change."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey

from tests.auth.connect.conftest import login_site
from tests.auth.provider import CLIENT_ID, CLIENT_SECRET, LocalProvider, new_key
from tests.wire import looped
from zonda import auth

Claims = dict[str, Any]


def part(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(claims: Claims) -> str:
    return f"{part({'alg': 'none'})}.{part(claims)}."


def with_the_public_key_as_secret(local: LocalProvider, form: str) -> Callable[[Claims], str]:
    """HS256 "signed" with what everybody can know of the RSA key."""
    public = local.key.public_key  # type: ignore[union-attr]
    if form == "jwk":
        secret = json.dumps(local.published[0]).encode()
    else:
        encoding = serialization.Encoding.PEM if form == "pem" else serialization.Encoding.DER
        secret = public.public_bytes(  # type: ignore[union-attr]
            encoding, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    # By hand: joserfc does not let a PEM be the key of an HMAC.
    import hashlib
    import hmac

    def sign(claims: Claims) -> str:
        signed = f"{part({'alg': 'HS256', 'kid': 'first'})}.{part(claims)}"
        return f"{signed}.{part(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"

    return sign


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
@looped
async def test_a_token_without_a_signature(alg: str) -> None:
    async with login_site() as site:
        site.local.sign = lambda claims: f"{part({'alg': alg})}.{part(claims)}."
        assert "not accepted" in str(await site.refused())


@looped
async def test_a_good_signature_under_the_name_of_none() -> None:
    async with login_site() as site:

        def sign(claims: Claims) -> str:
            _, payload, signature = site.local.sign_well(claims).split(".")
            return f"{part({'alg': 'none', 'kid': 'first'})}.{payload}.{signature}"

        site.local.sign = sign
        assert "not accepted" in str(await site.refused())


@pytest.mark.parametrize("form", ["pem", "der", "jwk"])
@looped
async def test_the_public_key_as_a_secret(form: str) -> None:
    """Algorithm confusion (RFC 8725 section 2.1)."""
    async with login_site() as site:
        site.local.sign = with_the_public_key_as_secret(site.local, form)
        assert "not accepted" in str(await site.refused())


@pytest.mark.parametrize("form", ["pem", "der", "jwk"])
@looped
async def test_the_public_key_as_a_secret_where_secrets_are_accepted(form: str) -> None:
    async with login_site(algorithms=["RS256", "HS256"]) as site:
        site.local.sign = with_the_public_key_as_secret(site.local, form)
        assert "signature" in str(await site.refused())


@looped
async def test_the_clients_secret_where_it_is_accepted() -> None:
    key = OctKey.import_key(CLIENT_SECRET)
    async with login_site(algorithms=["HS256"]) as site:
        site.local.sign = lambda claims: jwt.encode({"alg": "HS256"}, claims, key)
        await site.log_in()
        assert "/keys" not in site.local.asked


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("RS512", None),
        ("PS256", None),
        ("ES256", ECKey.generate_key("P-256")),
        ("ES384", ECKey.generate_key("P-384")),
        ("Ed25519", OKPKey.generate_key("Ed25519")),
    ],
)
@looped
async def test_algorithms(algorithm: str, key: Any) -> None:
    async with login_site() as site:
        key = key or site.local.key
        public = key.as_dict(private=False)
        site.local.published = [{n: v for n, v in public.items() if n not in ("alg", "kid")}]
        # at_hash is by the algorithm's own hash.
        site.local.change_claims = lambda claims: {n: claims[n] for n in claims if n != "at_hash"}
        plain = type(key).import_key(
            {n: v for n, v in key.as_dict(private=True).items() if n != "alg"}
        )
        site.local.sign = lambda claims: jwt.encode(
            {"alg": algorithm}, claims, plain, algorithms=[algorithm]
        )
        await site.log_in()


@looped
async def test_an_algorithm_that_was_not_asked_for() -> None:
    async with login_site(algorithms=["ES256"]) as site:
        assert "'RS256', which is not accepted" in str(await site.refused())


@looped
async def test_a_forged_key_in_the_token_itself() -> None:
    """``jwk`` and ``jku`` in the header are the attacker's word (RFC 8725 section 3.10)."""
    forger = ECKey.generate_key("P-256")
    async with login_site() as site:
        key = {name: forger.as_dict(private=False)[name] for name in ("kty", "crv", "x", "y")}
        header = {"alg": "ES256", "kid": "first", "jwk": key, "jku": "http://evil.example/keys"}
        site.local.sign = lambda claims: jwt.encode(header, claims, forger)
        assert "signature is not the provider's" in str(await site.refused())


@looped
async def test_claims_that_were_changed_after_signing() -> None:
    async with login_site() as site:

        def sign(claims: Claims) -> str:
            header, _, signature = site.local.sign_well(claims).split(".")
            return f"{header}.{part({**claims, 'sub': 'admin'})}.{signature}"

        site.local.sign = sign
        assert "signature" in str(await site.refused())


@pytest.mark.parametrize(
    "token",
    ["", "x", "a.b", "a.b.c", "....", "é.é.é", "e30.e30.", "bnVsbA.e30.", "." * 70000, "W10.W10.x"],
)
@looped
async def test_what_is_no_token(token: str) -> None:
    async with login_site() as site:
        site.local.change_answer = lambda answer: {**answer, "id_token": token}
        error = await site.refused()
        assert "ID token" in str(error) or "id_token" in str(error)


@pytest.mark.parametrize("token", [None, 5, ["x"], {}])
@looped
async def test_an_answer_without_a_token(token: Any) -> None:
    async with login_site() as site:
        site.local.change_answer = lambda answer: {**answer, "id_token": token}
        assert (await site.refused()).status_code == 502


@pytest.mark.parametrize("payload", [b"null", b"[]", b'"x"', b"{", b"\xff", b"[" * 5000])
@looped
async def test_a_well_signed_token_that_says_nothing(payload: bytes) -> None:
    from joserfc import jws

    async with login_site() as site:
        site.local.sign = lambda claims: jws.serialize_compact(
            {"alg": "RS256", "kid": "first"}, payload, site.local.key
        )
        await site.refused()


def without(name: str) -> Callable[[Claims], Claims]:
    return lambda claims: {n: v for n, v in claims.items() if n != name}


def having(**changes: Any) -> Callable[[Claims], Claims]:
    return lambda claims: {**claims, **changes}


def in_seconds(**moments: float) -> Callable[[Claims], Claims]:
    """Moments counted from when the claims are made."""
    return lambda claims: {**claims, **{n: time.time() + s for n, s in moments.items()}}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (without("iss"), "is from None"),
        (having(iss="https://evil.example"), "is from 'https://evil.example'"),
        (without("aud"), "is for None"),
        (having(aud="another app"), "is for 'another app'"),
        (having(aud=[]), "is for []"),
        (having(aud=["another app"]), "is for"),
        (having(aud=[CLIENT_ID, "another app"], azp=CLIENT_ID), "is for"),
        (having(aud=[CLIENT_ID, CLIENT_ID]), "was given to None"),
        (having(azp="another app"), "was given to 'another app'"),
        (without("sub"), "who the user is"),
        (having(sub=""), "who the user is"),
        (having(sub="x" * 256), "who the user is"),
        (having(sub=7), "who the user is"),
        (without("exp"), "no time in 'exp'"),
        (having(exp="soon"), "no time in 'exp'"),
        (having(exp=True), "no time in 'exp'"),
        (having(exp=float("nan")), "no time in 'exp'"),
        (having(exp=float("inf")), "no time in 'exp'"),
        (having(exp=10**400), "no time in 'exp'"),
        (having(iat=-(10**400)), "no time in 'iat'"),
        (in_seconds(exp=-120), "expired"),
        (without("iat"), "no time in 'iat'"),
        (in_seconds(iat=1200), "future"),
        (in_seconds(nbf=1200), "not valid yet"),
        (having(at_hash="AAAA"), "another access token"),
        (having(at_hash=None), "another access token"),
    ],
)
@looped
async def test_claims_that_are_wrong(change: Any, complaint: str) -> None:
    async with login_site() as site:
        site.local.change_claims = change
        assert complaint in str(await site.refused())


@pytest.mark.parametrize(
    ("change", "options"),
    [
        (in_seconds(exp=-30), {}),
        (in_seconds(exp=-120), {"clock_skew": 300}),
        (in_seconds(iat=30), {}),
        (in_seconds(nbf=30), {}),
        (having(aud=[CLIENT_ID]), {}),
        (having(azp=CLIENT_ID), {}),
        (having(aud=[CLIENT_ID, "api"], azp=CLIENT_ID), {"trusted_audiences": ["api"]}),
        (without("at_hash"), {}),
    ],
)
@looped
async def test_claims_that_are_good_enough(change: Any, options: dict[str, Any]) -> None:
    async with login_site(**options) as site:
        site.local.change_claims = change
        await site.log_in()


# ---------------------------------------------------------------------------------- keys


@looped
async def test_keys_are_rotated() -> None:
    async with login_site() as site:
        await site.log_in()
        site.provider._keys._fetched_at -= 60  # a minute later
        site.local.key = new_key("second")
        site.local.published = [site.local.key.as_dict(private=False)]
        await site.log_in()
        assert site.local.asked.count("/keys") == 2
        await site.log_in()
        assert site.local.asked.count("/keys") == 2


@looped
async def test_unknown_keys_do_not_make_us_hammer_the_provider() -> None:
    async with login_site() as site:
        await site.log_in()
        site.local.key = new_key("second")  # which is never published
        for _ in range(3):
            assert "signature" in str(await site.refused())
        assert site.local.asked.count("/keys") == 1


@looped
async def test_a_key_that_was_withdrawn_is_not_good_for_ever() -> None:
    async with login_site() as site:
        await site.log_in()
        site.local.published = [new_key("second").as_dict(private=False)]
        site.provider._keys._fetched_at -= 3601
        assert "signature" in str(await site.refused())


@pytest.mark.parametrize(
    "others",
    [
        [{"kty": "RSA"}, {"kty": "XYZ", "kid": "first"}, {}, "x", None],
        [{"kty": "RSA", "n": "AQ", "e": "AQAB", "kid": "first"}],
        [{"kty": "EC", "crv": "none such", "x": "a", "y": "b", "kid": "first"}],
    ],
)
@looped
async def test_keys_that_make_no_sense_are_passed_over(others: list[Any]) -> None:
    async with login_site() as site:
        site.local.published = [*others, *site.local.published]
        await site.log_in()


@pytest.mark.parametrize(
    "change", [{"use": "enc"}, {"alg": "PS256"}, {"key_ops": ["encrypt"]}, {"kid": "other"}]
)
@looped
async def test_a_key_for_something_else(change: dict[str, Any]) -> None:
    async with login_site() as site:
        site.local.published = [{**site.local.published[0], **change}]
        assert "signature" in str(await site.refused())


@looped
async def test_a_token_that_does_not_name_its_key() -> None:
    async with login_site() as site:
        other = new_key("other")
        site.local.published = [other.as_dict(private=False), *site.local.published]
        site.local.sign = lambda claims: jwt.encode({"alg": "RS256"}, claims, site.local.key)
        await site.log_in()


@pytest.mark.parametrize("answer", [{}, {"keys": {}}, {"keys": "x"}])
@looped
async def test_a_key_set_without_keys(answer: dict[str, Any]) -> None:
    async with login_site() as site:
        site.local.published = answer.get("keys", 0)  # type: ignore[assignment]
        assert (await site.refused()).status_code == 502


# ----------------------------------------------------------------------------- discovery


@looped
async def test_another_providers_metadata() -> None:
    async with login_site() as site:
        site.local.change_metadata = lambda it: {**it, "issuer": "https://evil.example"}
        error = await site.refused()
        assert "says that it is 'https://evil.example'" in str(error)
        assert error.status_code == 502


@looped
async def test_what_failed_is_tried_again() -> None:
    async with login_site() as site:
        site.local.change_metadata = lambda it: {}
        await site.refused()
        site.local.change_metadata = lambda it: it
        await site.log_in()


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("url", ["http://evil.example/", "ftp://x/", None, 7, "https://", "x"])
@looped
async def test_endpoints_that_are_not_safe(name: str, url: Any) -> None:
    async with login_site() as site:
        site.local.change_metadata = lambda it: {**it, name: url}
        assert "must begin with https://" in str(await site.refused())


@looped
async def test_microsofts_issuer_of_many_tenants() -> None:
    tenant = "9122040d-6c67-4c5b-b112-36a304b66dad"
    async with login_site() as site:
        local, issuer = site.local, site.local.issuer
        site.provider = auth.OpenIDProvider(
            f"{issuer}/{{tenantid}}/v2.0",
            discovery_url=issuer + "/.well-known/openid-configuration",
        )
        local.change_metadata = lambda it: {
            **it,
            "issuer": f"{issuer}/{{tenantid}}/v2.0",
            "authorization_response_iss_parameter_supported": False,
        }
        local.change_redirect = lambda it: {name: it[name] for name in ("code", "state")}
        local.change_claims = having(iss=f"{issuer}/{tenant}/v2.0", tid=tenant)
        assert (await site.log_in()).user["tid"] == tenant
        for tid in (None, "x", tenant.replace("9", "8"), f"{tenant}/../x"):
            local.change_claims = having(iss=f"{issuer}/{tenant}/v2.0", tid=tid)
            await site.refused()


@pytest.mark.parametrize(
    "options",
    [
        {"scope": ["profile"]},
        {"scope": "openid"},
        {"algorithms": []},
        {"algorithms": ["none"]},
    ],
)
def test_arguments_that_cannot_work(options: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        auth.OpenIDProvider("https://x.example", **options)


def test_where_the_metadata_is() -> None:
    provider = auth.OpenIDProvider("https://x.example/a/")
    assert provider.discovery_url == "https://x.example/a/.well-known/openid-configuration"
    assert provider.name == "https://x.example/a/"
