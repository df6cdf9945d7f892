"""Digest authentication, with the examples of RFC 7616 section 3.9."""

import hashlib
import re

import pytest

from zonda.httpclient import HTTPClientError
from zonda.simple_httpclient.digest import Challenge, DigestLogin, Logins, find_challenge

RFC = [
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
]
MUFASA = DigestLogin("Mufasa", "Circle of Life")


def parameters(answer):
    return dict(re.findall(r'(\w+)="?([^",]*)"?', answer.removeprefix("Digest ")))


@pytest.mark.parametrize(
    ("field", "response"),
    [
        (RFC[0], "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        (RFC[1], "8ca523f5e9506fed4657c9700eebdbec"),
    ],
)
def test_rfc_7616(monkeypatch, field, response):
    client_nonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"

    class Fixed(bytes):
        def hex(self):
            return client_nonce

    monkeypatch.setattr("os.urandom", lambda size: Fixed(size))
    answer = parameters(find_challenge([field]).answer(MUFASA, "GET", "/dir/index.html"))
    assert answer["response"] == response
    assert (answer["username"], answer["realm"]) == ("Mufasa", "http-auth@example.org")
    assert (answer["qop"], answer["nc"], answer["uri"]) == ("auth", "00000001", "/dir/index.html")
    assert answer["opaque"] == "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"


def test_the_best_offer_is_taken():
    for fields in (RFC, RFC[::-1], [", ".join(RFC)], ["Basic realm=x, " + RFC[1], RFC[0]]):
        assert "algorithm=SHA-256" in find_challenge(fields).answer(MUFASA, "GET", "/")


@pytest.mark.parametrize(
    "field",
    [
        "",
        "Basic realm=x",
        "Digest",
        "Digest realm=x",
        'Digest realm=x, nonce=y, algorithm="SHA-1"',
        'Digest realm=x, nonce=y, qop="auth-int"',
        "Negotiate dG9rZW4=",
    ],
)
def test_no_offer_for_us(field):
    assert find_challenge([field]) is None


def test_other_schemes_around():
    field = 'Negotiate dG9rZW4=, Digest realm="a \\"b\\", c", nonce=xyz, Basic realm="d"'
    answer = find_challenge([field]).answer(MUFASA, "GET", "/")
    assert 'realm="a \\"b\\", c"' in answer
    assert 'nonce="xyz"' in answer


def test_rfc_2069():
    challenge = Challenge({"realm": "r", "nonce": "n"})
    answer = parameters(challenge.answer(DigestLogin("u", "p"), "GET", "/"))

    def md5(text):
        return hashlib.md5(text.encode()).hexdigest()

    assert answer["response"] == md5(f"{md5('u:r:p')}:n:{md5('GET:/')}")
    assert "qop" not in answer


def test_session_variant_and_text_in_other_scripts():
    challenge = Challenge({"realm": "r", "nonce": "n", "qop": "auth", "algorithm": "MD5-sess"})
    text = challenge.answer(DigestLogin("jürgen", "pä"), "GET", "/")
    answer = parameters(text)

    def md5(text):
        return hashlib.md5(text.encode("utf-8")).hexdigest()

    secret = md5(f"{md5('jürgen:r:pä')}:n:{answer['cnonce']}")
    expected = md5(f"{secret}:n:00000001:{answer['cnonce']}:auth:{md5('GET:/')}")
    assert answer["response"] == expected
    assert 'username="jürgen"' in text.encode("latin-1").decode("utf-8")


def test_not_all_challenges_are_kept_for_ever():
    logins = Logins()
    for number in range(1000):
        logins.remember(number, MUFASA, Challenge({"nonce": "n"}))
    assert logins.known(999, MUFASA) is not None
    assert logins.known(0, MUFASA) is None


class Server:
    """Checks digests as RFC 7616 says; a nonce is good for ``uses`` requests."""

    def __init__(self, wire, uses=99, password="p"):
        self.wire, self.uses, self.password, self.nonce = wire, uses, password, 0

    async def __call__(self, asked, peer):
        given = asked.all("Authorization")
        fresh = False
        if given:
            answer = parameters(given[0])
            fresh = answer["nonce"] == str(self.nonce) and int(answer["nc"], 16) <= self.uses
            if fresh and answer["response"] == self._expected(asked, answer):
                return self.wire.ok(b"secret")
        stale = "" if fresh or not given else ", stale=true"
        if not fresh:
            self.nonce += 1
        return self.wire.ok(
            b"who?",
            f'WWW-Authenticate: Digest realm="r", nonce="{self.nonce}", qop="auth"{stale}',
            status="401 Unauthorized",
        )

    def _expected(self, asked, answer):
        def md5(*parts):
            return hashlib.md5(":".join(parts).encode()).hexdigest()

        secret = md5("u", "r", self.password)
        rest = (answer["nonce"], answer["nc"], answer["cnonce"], "auth")
        return md5(secret, *rest, md5(asked.method, asked.target))


LOGIN = {"auth_username": "u", "auth_password": "p", "auth_mode": "digest"}


async def test_login(wire, client_of):
    async with wire.Origin(Server(wire)) as origin:
        client = client_of()
        chunks = []
        for _ in range(3):
            await client.fetch(origin.url + "/x?y", streaming_callback=chunks.append, **LOGIN)
        assert chunks == [b"secret"] * 3
        assert len(origin.asked) == 4  # asked once, known from then on
        assert origin.connections == 1


async def test_an_old_nonce_is_replaced(wire, client_of):
    async with wire.Origin(Server(wire, uses=2)) as origin:
        client = client_of()
        for _ in range(5):
            response = await client.fetch(origin.url, method="POST", body=b"z", **LOGIN)
            assert response.body == b"secret"
        assert [asked.body for asked in origin.asked] == [b"z"] * 8


async def test_the_wrong_password(wire, client_of):
    async with wire.Origin(Server(wire, password="other")) as origin:
        client = client_of()
        for _ in range(2):
            with pytest.raises(HTTPClientError, match="401"):
                await client.fetch(origin.url, **LOGIN)
        assert len(origin.asked) <= 4


async def test_credentials_in_the_url(wire, client_of):
    async with wire.Origin(Server(wire)) as origin:
        url = origin.url.replace("http://", "http://u:p@")
        assert (await client_of().fetch(url, auth_mode="digest")).body == b"secret"


async def test_a_server_that_asks_for_something_else(wire, client_of):
    async def play(asked, peer):
        return wire.ok(b"no", "WWW-Authenticate: Basic realm=x", status="401 Unauthorized")

    async with wire.Origin(play) as origin:
        response = await client_of().fetch(origin.url, raise_error=False, **LOGIN)
        assert (response.code, response.body) == (401, b"no")
        assert len(origin.asked) == 1
        assert origin.asked[0].all("Authorization") == []
