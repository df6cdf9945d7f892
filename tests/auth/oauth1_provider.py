"""A provider of OAuth 1.0 and 1.0a on loopback, which checks every signature (RFC 5849 3.4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import quote, urlencode

from zonda.httputil import url_concat
from zonda.web import Application, HTTPError, RequestHandler

__all__ = ["CONSUMER", "OAuth1Provider"]

CONSUMER = {"key": "the consumer", "secret": "its secret & more/="}


class OAuth1Provider:
    """What the provider knows."""

    def __init__(self, *, revised: bool) -> None:
        self.revised = revised
        self.callbacks: dict[str, str] = {}  # of request tokens
        self.asked: list[dict[str, str]] = []
        self.nonces: set[str] = set()
        self.answer: str | None = None  # instead of a token

    def application(self) -> Application:
        handlers = [
            ("/request_token", RequestToken),
            ("/authorize", Authorize),
            ("/access_token", AccessToken),
            ("/api/(.*)", Api),
        ]
        return Application(handlers, provider=self, log_function=lambda handler: None)


REQUEST_SECRET, ACCESS_SECRET = "of the request+token", "of the access/token"


def escape(text: str) -> str:
    return quote(text, safe="~")


class Base(RequestHandler):
    token_secret = ""

    @property
    def provider(self) -> OAuth1Provider:
        provider: OAuth1Provider = self.settings["provider"]
        return provider

    def prepare(self) -> None:
        if type(self) is Authorize:
            return
        arguments = {name: self.get_argument(name, strip=False) for name in self.request.arguments}
        self.provider.asked.append(arguments)
        given = arguments.pop("oauth_signature")
        pairs = sorted((escape(name), escape(value)) for name, value in arguments.items())
        url = self.request.full_url().partition("?")[0]
        base = "&".join(map(escape, (self.request.method, url, "&".join(map("=".join, pairs)))))
        key = f"{escape(CONSUMER['secret'])}&{escape(self.token_secret)}"
        digest = hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()
        if given != base64.b64encode(digest).decode():
            raise HTTPError(401, "bad signature")
        if arguments["oauth_nonce"] in self.provider.nonces:
            raise HTTPError(401, "replayed")
        self.provider.nonces.add(arguments["oauth_nonce"])

    def token(self, **fields: str) -> None:
        self.finish(self.provider.answer or urlencode(fields))


class RequestToken(Base):
    def get(self) -> None:
        if self.provider.revised:
            self.provider.callbacks["rt"] = self.get_argument("oauth_callback", "")
        self.token(oauth_token="rt", oauth_token_secret=REQUEST_SECRET)


class Authorize(Base):
    def get(self) -> None:
        assert self.get_argument("oauth_token") == "rt"
        known = self.provider.callbacks.get("rt", "")
        callback = self.get_argument("oauth_callback", known)
        response = {"oauth_token": "rt"}
        if self.provider.revised:
            assert callback == known
            response["oauth_verifier"] = "the verifier"
        self.redirect(url_concat(callback, response))


class AccessToken(Base):
    token_secret = REQUEST_SECRET

    def get(self) -> None:
        if self.provider.revised and self.get_argument("oauth_verifier") != "the verifier":
            raise HTTPError(401)
        self.token(oauth_token="at", oauth_token_secret=ACCESS_SECRET, screen_name="ada")


class Api(Base):
    token_secret = ACCESS_SECRET

    def get(self, path: str) -> None:
        assert self.get_argument("oauth_token") == "at"
        known: dict[str, Any] = {
            "account/verify_credentials.json": {"screen_name": "ada", "name": "Ada Lovelace"},
        }
        self.write(known.get(path, {"path": path, "method": self.request.method}))

    post = get
