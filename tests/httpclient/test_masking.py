"""Secrets that others do not get to see."""

from zonda.httpclient.masking import mask_fields, mask_url


def test_fields():
    fields = [
        ("Authorization", "Basic dTpw"),
        ("Proxy-Authorization", "opaque"),
        ("Cookie", "a=b; c=d=e; f"),
        ("Set-Cookie", "sid=secret; Path=/; Secure"),
        ("X-Api-Key", "k"),
        ("X-Auth-Token", "t"),
        ("Content-Type", "text/plain"),
        ("Accept", "a=b"),
    ]
    assert mask_fields(fields) == [
        ("Authorization", "Basic ***"),
        ("Proxy-Authorization", "***"),
        ("Cookie", "a=***; c=***; ***"),
        ("Set-Cookie", "sid=***; Path=/; Secure"),
        ("X-Api-Key", "***"),
        ("X-Auth-Token", "***"),
        ("Content-Type", "text/plain"),
        ("Accept", "a=b"),
    ]
    assert mask_fields(fields, mask=False) == fields


def test_urls():
    assert mask_url("https://u:p%40@[::1]:8/x?y#z") == "https://u:***@[::1]:8/x?y#z"
    for plain in ("https://a.example/x?password=1", "https://u@a.example/"):
        assert mask_url(plain) == plain
