"""The jar, 6265bis sections 5.7 and 5.8."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.httpclient import CookieJar

NOW = 1_700_000_000.0


def public(domain):
    return domain in ("com", "test", "hosting.test")


@pytest.fixture
def jar():
    return CookieJar(public_suffix=public)


def stored(jar, field, url="https://www.example.com/a/b?c", now=NOW):
    return jar.store(field, url, now)


def field(jar, url, now=NOW):
    return jar.field(url, now)


def test_host_only(jar):
    stored(jar, "a=b")
    assert field(jar, "https://WWW.example.com/a/x") == "a=b"
    for other in ("https://example.com/a/", "https://x.www.example.com/a/", "https://b.test/a/"):
        assert field(jar, other) == ""


def test_domains(jar):
    assert stored(jar, "a=b; Domain=.EXAMPLE.com").domain == "example.com"
    for url in (
        "https://example.com/a/",
        "https://www.example.com/a/",
        "https://x.y.example.com/a",
    ):
        assert field(jar, url) == "a=b"
    assert field(jar, "https://notexample.com/a/") == ""


@pytest.mark.parametrize(
    "domain", ["com", "other.com", "x.www.example.com", "ample.com", "hosting.test", "b\xfc\x80"]
)
def test_domains_that_are_refused(jar, domain):
    assert stored(jar, f"a=b; Domain={domain}") is None
    assert len(jar) == 0


def test_a_public_suffix_may_have_cookies_of_its_own(jar):
    cookie = jar.store("a=b; Domain=hosting.test", "https://hosting.test/", NOW)
    assert cookie.host_only
    assert field(jar, "https://user.hosting.test/") == ""
    assert jar.store("a=b; Domain=hosting.test", "https://user.hosting.test/", NOW) is None


def test_addresses(jar):
    assert jar.store("a=b; Domain=0.0.1", "https://127.0.0.1/", NOW) is None
    assert jar.store("a=b; Domain=127.0.0.1", "https://127.0.0.1/", NOW).host_only
    assert jar.store("c=d", "https://[::1]/", NOW).domain == "::1"
    assert field(jar, "https://127.0.0.1:8443/") == "a=b"
    assert field(jar, "https://[::1]/") == "c=d"


def test_names_in_other_scripts(jar):
    jar.store("a=b; Domain=b\xfccher.example", "https://www.b\xfccher.example/", NOW)
    assert field(jar, "https://xn--bcher-kva.example/") == "a=b"


def test_paths(jar):
    stored(jar, "a=1")
    stored(jar, "b=2; Path=/")
    stored(jar, "c=3; Path=/a/b/")
    stored(jar, "d=4", "https://www.example.com")
    assert field(jar, "https://www.example.com/a/b/c") == "c=3; a=1; b=2; d=4"
    assert field(jar, "https://www.example.com/a") == "a=1; b=2; d=4"
    assert field(jar, "https://www.example.com/ab") == "b=2; d=4"
    assert field(jar, "https://www.example.com") == "b=2; d=4"


def test_order_is_by_path_then_age(jar):
    stored(jar, "old=1; Path=/", now=NOW)
    stored(jar, "new=1; Path=/", now=NOW + 1)
    stored(jar, "old=2; Path=/", now=NOW + 2)  # keeps its age
    assert field(jar, "https://www.example.com/", NOW + 3) == "old=2; new=1"


def test_expiry(jar):
    stored(jar, "a=b; Max-Age=10")
    stored(jar, "s=s")
    assert field(jar, "https://www.example.com/a/", NOW + 9) == "a=b; s=s"
    assert field(jar, "https://www.example.com/a/", NOW + 10) == "s=s"
    assert len(jar) == 1  # it is not kept, either
    assert stored(jar, "s=; Max-Age=0") is None
    assert len(jar) == 0
    assert stored(jar, "x=; Expires=Thu, 01 Jan 1970 00:00:00 GMT") is None
    assert len(jar) == 0


def test_secure(jar):
    assert stored(jar, "a=b; Secure", "http://www.example.com/") is None
    stored(jar, "a=b; Secure; Path=/")
    assert field(jar, "http://www.example.com/") == ""
    assert field(jar, "wss://www.example.com/") == "a=b"


def test_an_insecure_origin_cannot_replace_or_hide_a_secure_cookie(jar):
    stored(jar, "a=b; Secure; Path=/login; Domain=example.com")
    for attempt in (
        "a=evil; Path=/login",
        "a=evil; Path=/login/x",
        "a=evil; Path=/login; Domain=example.com",
    ):
        assert stored(jar, attempt, "http://www.example.com/login/x") is None
    assert stored(jar, "a=other; Path=/", "http://www.example.com/") is not None
    assert stored(jar, "b=c; Path=/login", "http://www.example.com/") is not None
    assert field(jar, "https://www.example.com/login") == "b=c; a=b; a=other"


@pytest.mark.parametrize(
    ("cookie", "url", "kept"),
    [
        ("__Secure-a=b; Secure", "https://a.test/", True),
        ("__Secure-a=b", "https://a.test/", False),
        ("__SECURE-a=b", "https://a.test/", False),
        ("__Host-a=b; Secure; Path=/", "https://a.test/", True),
        ("__Host-a=b; Secure", "https://a.test/", False),
        ("__Host-a=b; Secure; Path=/x", "https://a.test/", False),
        ("__Host-a=b; Path=/", "https://a.test/", False),
        ("__Host-a=b; Secure; Path=/; Domain=a.test", "https://a.test/", False),
        ("__Host-a=b; Secure; Path=/; Domain=hosting.test", "https://hosting.test/", False),
        ("__Host-a=b; Secure; Path=/", "http://a.test/", False),
        ("=__Host-a=b; Secure; Path=/", "https://a.test/", False),
        ("__secure-a; Secure", "https://a.test/", False),
    ],
)
def test_prefixes(jar, cookie, url, kept):
    assert (jar.store(cookie, url, NOW) is not None) is kept


def test_limits():
    jar = CookieJar(max_cookies=4, max_per_domain=2, public_suffix=public)
    for n in range(3):
        jar.store(f"c{n}=x", "https://a.test/", NOW + n)
    assert [cookie.name for cookie in jar] == ["c1", "c2"]
    jar.store("s=x; Secure", "https://b.test/", NOW - 9)
    for n in range(4):
        jar.store(f"d{n}=x", f"https://d{n}.test/", NOW + 10 + n)
        assert len(jar) <= 4
    # What was not used for long has gone; the secure one, older than all, has not.
    assert {cookie.name for cookie in jar} == {"s", "d1", "d2", "d3"}
    jar.store("gone=x; Max-Age=1", "https://d1.test/", NOW + 20)
    jar.store("e=x", "https://e.test/", NOW + 30)
    assert "gone" not in {cookie.name for cookie in jar}
    with pytest.raises(ValueError):
        CookieJar(max_cookies=0)


def test_by_hand(jar):
    jar.set("a", "b", "https://www.example.com/", domain="example.com", path="/x", secure=True)
    assert field(jar, "https://example.com/x/y") == "a=b"
    for wrong in ({"value": "a;b"}, {"name": "a=b"}, {"domain": "com"}):
        with pytest.raises(ValueError):
            jar.set(**{"name": "n", "value": "v", "url": "https://www.example.com/", **wrong})


def test_forgetting(jar):
    for url in ("https://www.example.com/", "https://example.com/", "https://a.test/"):
        jar.store("a=b", url, NOW)
        jar.store("k=e; Max-Age=9999999999", url, 4_000_000_000)
    jar.clear("example.com")
    assert {cookie.domain for cookie in jar} == {"a.test"}
    jar.end_session()
    assert [cookie.name for cookie in jar] == ["k"]
    jar.discard(next(iter(jar)))
    jar.discard(jar.set("x", "y", "https://a.test/"))
    assert len(jar) == 0
    assert jar  # an empty jar is a jar
    jar.clear()


COOKIES = st.text("ab=;, _-./\t\r\0", max_size=30)
URLS = st.sampled_from(
    ["https://www.a.test/b/c", "http://www.a.test/", "http://a.test/b", "https://127.0.0.1/"]
)


@given(st.lists(st.tuples(COOKIES, URLS, st.sampled_from(["", "; Domain=a.test", "; Secure"]))))
def test_whatever_servers_send(sent):
    jar = CookieJar(max_cookies=4, max_per_domain=3, public_suffix=public)
    for cookie, url, attribute in sent:
        jar.store(cookie + attribute, url, NOW)
        assert len(jar) == len(list(jar)) <= 4
    for url in ("https://www.a.test/b/c/d", "http://a.test/", "https://127.0.0.1/"):
        value = jar.field(url, NOW)
        assert not set(value) & set("\r\n\0")
        assert value.count(";") < 4
    assert jar.field("https://b.test/", NOW) == ""


# ---------------------------------------------------------------------------------- clients


async def test_a_client_keeps_and_sends_them(wire, either):
    async def play(asked, peer):
        if asked.target == "/login":
            return wire.ok(
                b"",
                "Set-Cookie: sid=1; Path=/; HttpOnly",
                "Set-Cookie: theme=dark; Path=/",
                "Location: /home",
                status="303 See Other",
            )
        if asked.target == "/logout":
            return wire.ok(b"", "Set-Cookie: sid=; Path=/; Max-Age=0")
        return wire.ok()

    async with wire.Origin(play) as origin:
        client = either(cookies=True)
        await client.fetch(f"{origin.url}/login", method="POST", body="x")
        assert [asked.all("Cookie") for asked in origin.asked] == [[], ["sid=1; theme=dark"]]
        async with client.stream(f"{origin.url}/logout") as response:
            assert response.code == 200
        await client.fetch(origin.url)
        assert origin.asked[-1]["Cookie"] == "theme=dark"
        # What the caller gives goes before what the jar has.
        await client.fetch(origin.url, cookies={"theme": "light", "x": "y"})
        assert origin.asked[-1]["Cookie"] == "theme=light; x=y"
        await client.fetch(origin.url, cookies={"x": "y"})
        assert origin.asked[-1]["Cookie"] == "x=y; theme=dark"


async def test_other_hosts_do_not_get_them(wire, either):
    async with wire.Origin(host="127.0.0.2") as other, wire.Origin() as origin:

        async def play(asked, peer):
            away = f"Location: {other.url}/"
            return wire.ok(b"", "Set-Cookie: a=b", away, status="302 Found")

        origin.play = play
        client = either(cookies=True)
        await client.fetch(origin.url, cookies={"c": "d"})
        assert not other.asked[0].all("Cookie")
        assert [cookie.domain for cookie in client.cookie_jar] == ["127.0.0.1"]


async def test_a_jar_for_several_clients(wire, either):
    jar = CookieJar()

    async def play(asked, peer):
        return wire.ok(b"", "Set-Cookie: a=b", status="404 Not Found")

    async with wire.Origin(play) as origin:
        for _ in range(2):
            await either(cookie_jar=jar).fetch(origin.url, raise_error=False)
        assert origin.asked[1]["Cookie"] == "a=b"


async def test_a_client_without_a_jar(wire, either):
    async def play(asked, peer):
        return wire.ok(b"", "Set-Cookie: a=b")

    async with wire.Origin(play) as origin:
        client = either()
        assert client.cookie_jar is None
        for _ in range(2):
            response = await client.fetch(origin.url, hooks={})
        assert response.cookies == {"a": "b"}
        assert not origin.asked[1].all("Cookie")
