"""A browser, as far as logins need one: redirects, and cookies by host and flag."""

from __future__ import annotations

from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from zonda.httpclient import AsyncHTTPClient, HTTPResponse

__all__ = ["Browser", "query_of"]


@dataclass
class Browser:
    """Keeps the cookies of each host and port; drops what it is told to forget."""

    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    visited: list[str] = field(default_factory=list)

    async def step(self, url: str, form: dict[str, str] | None = None) -> HTTPResponse:
        """One request, whatever answers it."""
        self.visited.append(url)
        jar = self.cookies.setdefault(urlsplit(url).netloc, {})
        headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in jar.items())} if jar else {}
        response = await AsyncHTTPClient().fetch(
            url,
            method="GET" if form is None else "POST",
            body=None if form is None else urlencode(form),
            headers=headers,
            follow_redirects=False,
            validate_cert=False,
            raise_error=False,
        )
        for line in response.headers.get_list("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel.value:
                    jar[name] = morsel.value
                else:
                    jar.pop(name, None)
        return response

    async def go(self, url: str, *, stop_at: str = "\0") -> HTTPResponse:
        """Follow redirects to the end, or until one leads to a URL that holds *stop_at*."""
        for _ in range(10):
            response = await self.step(url)
            if not 300 <= response.code < 400:
                return response
            url = urljoin(url, response.headers["Location"])
            if stop_at in url:
                return response
        raise AssertionError(f"redirects without end: {self.visited}")


def query_of(url: str) -> dict[str, str]:
    """The arguments of a URL, of which there must be one each."""
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)
