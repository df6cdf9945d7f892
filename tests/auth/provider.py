"""A provider of OAuth 2.0 and OpenID Connect on loopback, which can be made to misbehave.

It agrees to everything at once, so a login is three redirects. What it checks it checks as
RFC 6749 and RFC 7636 tell it to.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from joserfc import jwt
from joserfc.jwk import Key, RSAKey

from zonda.httputil import url_concat
from zonda.web import Application, HTTPError, RequestHandler

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "LocalProvider", "new_key"]

CLIENT_ID = "the app"
CLIENT_SECRET = "its secret: 100% ünguessable"
USER = {"sub": "248289761001", "name": "Jane Doe", "email": "jane@example.com"}


def new_key(kid: str) -> RSAKey:
    """A key to sign with."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


_KEY = new_key("first")


class LocalProvider:
    """What the provider knows and does. Tests set attributes to change its ways."""

    def __init__(self) -> None:
        self.issuer = ""
        self.key: Key = _KEY
        self.published: list[dict[str, Any]] = [_KEY.as_dict(private=False)]
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []  # paths, in order
        self.authorizations: list[dict[str, str]] = []
        self.refresh_tokens: set[str] = set()
        self.access_tokens: set[str] = set()
        self.auth_methods: list[str] | None = None
        # What it says, before it says it.
        self.change_metadata: Callable[[dict[str, Any]], Any] = lambda metadata: metadata
        self.change_redirect: Callable[[dict[str, str]], dict[str, str]] = lambda it: it
        self.change_claims: Callable[[dict[str, Any]], Any] = lambda claims: claims
        self.change_answer: Callable[[dict[str, Any]], Any] = lambda answer: answer
        self.change_userinfo: Callable[[dict[str, Any]], Any] = lambda user: user
        self.sign: Callable[[dict[str, Any]], str] = self.sign_well
        self.token_status = 200
        self.faults: list[BaseException] = []  # of its own: a test that sees one is wrong

    def application(self) -> Application:
        handlers = [
            (r"/.*\.well-known/openid-configuration", Discovery),
            ("/authorize", Authorize),
            ("/token", Token),
            ("/keys", Keys),
            ("/userinfo", Userinfo),
            ("/logout", Logout),
        ]
        return Application(handlers, provider=self, log_function=lambda handler: None)

    def metadata(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": self.issuer + "/authorize",
            "token_endpoint": self.issuer + "/token",
            "userinfo_endpoint": self.issuer + "/userinfo",
            "end_session_endpoint": self.issuer + "/logout",
            "jwks_uri": self.issuer + "/keys",
            "authorization_response_iss_parameter_supported": True,
        }
        if self.auth_methods is not None:
            found["token_endpoint_auth_methods_supported"] = self.auth_methods
        changed: dict[str, Any] = self.change_metadata(found)
        return changed

    def sign_well(self, claims: dict[str, Any]) -> str:
        header = {"alg": "RS256", "kid": self.key.kid}
        return jwt.encode(header, claims, self.key)

    def tokens(self, nonce: str | None) -> dict[str, Any]:
        access, refresh = secrets.token_hex(8), secrets.token_hex(8)
        self.access_tokens.add(access)
        self.refresh_tokens.add(refresh)
        now = int(time.time())
        digest = hashlib.sha256(access.encode()).digest()[:16]
        claims: dict[str, Any] = {
            **USER,
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "auth_time": now - 5,
            "at_hash": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }
        if nonce is not None:
            claims["nonce"] = nonce
        answer = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": 3600,
            "refresh_token": refresh,
            "scope": "openid profile",
            "id_token": self.sign(self.change_claims(claims)),
        }
        changed: dict[str, Any] = self.change_answer(answer)
        return changed


class Base(RequestHandler):
    @property
    def provider(self) -> LocalProvider:
        provider: LocalProvider = self.settings["provider"]
        return provider

    def prepare(self) -> None:
        self.provider.asked.append(self.request.path)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        self.provider.faults.append(value)

    def refuse(self, error: str) -> None:
        self.set_status(400)
        self.finish({"error": error, "error_description": f"because of {error}"})


class Discovery(Base):
    def get(self) -> None:
        self.write(self.provider.metadata())


class Keys(Base):
    def get(self) -> None:
        self.write({"keys": self.provider.published})


class Authorize(Base):
    def get(self) -> None:
        asked = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        if asked["client_id"] != CLIENT_ID or asked["response_type"] != "code":
            raise HTTPError(400)
        self.provider.authorizations.append(asked)
        code = secrets.token_hex(8)
        self.provider.codes[code] = asked
        response = {"code": code, "state": asked["state"], "iss": self.provider.issuer}
        response = self.provider.change_redirect(response)
        self.redirect(url_concat(asked["redirect_uri"], response))


class Token(Base):
    def post(self) -> None:
        if not self.is_client():
            self.refuse("invalid_client")
        elif self.get_body_argument("grant_type") == "refresh_token":
            self.refresh()
        else:
            self.change_code()

    def is_client(self) -> bool:
        field = self.request.headers.get("Authorization")
        if field is None:
            pair = [
                self.get_body_argument("client_id"),
                self.get_body_argument("client_secret", ""),
            ]
            used = "client_secret_post" if pair[1] else "none"
        else:
            decoded = base64.b64decode(field.removeprefix("Basic ")).decode()
            pair = [unquote_plus(part) for part in decoded.split(":")]
            used = "client_secret_basic"
        methods = self.provider.auth_methods or ["client_secret_basic", "client_secret_post"]
        expected = [CLIENT_ID, "" if used == "none" else CLIENT_SECRET]
        return pair == expected and used in methods

    def refresh(self) -> None:
        token = self.get_body_argument("refresh_token")
        if token not in self.provider.refresh_tokens:
            return self.refuse("invalid_grant")
        self.provider.refresh_tokens.remove(token)
        return self.answer(None)

    def change_code(self) -> None:
        asked = self.provider.codes.pop(self.get_body_argument("code"), None)
        if asked is None or asked["redirect_uri"] != self.get_body_argument("redirect_uri"):
            return self.refuse("invalid_grant")
        if "code_challenge" in asked:
            digest = hashlib.sha256(self.get_body_argument("code_verifier").encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            if asked["code_challenge_method"] != "S256" or asked["code_challenge"] != challenge:
                return self.refuse("invalid_grant")
        return self.answer(asked.get("nonce"))

    def answer(self, nonce: str | None) -> None:
        self.set_status(self.provider.token_status)
        self.finish(self.provider.tokens(nonce))


class Userinfo(Base):
    def get(self) -> None:
        kind, _, token = self.request.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or token not in self.provider.access_tokens:
            return self.refuse("invalid_token")
        return self.write(self.provider.change_userinfo({**USER, "picture": "/jane.png"}))


class Logout(Base):
    def get(self) -> None:
        asked = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        self.redirect(url_concat(asked["post_logout_redirect_uri"], {"state": asked["state"]}))
