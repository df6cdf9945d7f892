"""Digest authentication (RFC 7616)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from zonda.escape import native_str

if TYPE_CHECKING:
    from zonda._kernel import ResponseHead
    from zonda.simple_httpclient.plan import Plan

__all__ = ["Challenge", "DigestLogin", "Logins", "find_challenge", "login_of"]

_ALGORITHMS = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}
#: Most secure first: a client takes the best that it is offered (section 3.7).
_PREFERENCE = ("SHA-512-256", "SHA-256", "MD5")
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
#: A scheme's name, or a parameter of the scheme before it (RFC 9110 section 11.3).
_PIECE = re.compile(
    rf'[\s,]*({_TOKEN})(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}))'
    r"|(?:\s+[0-9A-Za-z._~+/-]+=*(?=\s*(?:,|$)))?)"
)
#: Logins remembered by one client.
_REMEMBERED = 256


class DigestLogin(NamedTuple):
    """Who logs in, with which password."""

    username: str
    password: str


class Challenge:
    """What a server asks for, and how often its nonce has been used."""

    __slots__ = ("_algorithm", "_count", "_opaque", "_qop", "_realm", "nonce", "stale")

    def __init__(self, parameters: dict[str, str]) -> None:
        self._realm = parameters.get("realm", "")
        self.nonce = parameters["nonce"]
        self.stale = parameters.get("stale", "").lower() == "true"
        self._opaque = parameters.get("opaque")
        self._algorithm = parameters.get("algorithm", "MD5")
        self._qop = "auth" in re.split(r"[\s,]+", parameters.get("qop", ""))
        self._count = 0

    def answer(self, login: DigestLogin, method: str, target: str) -> str:
        """The value of the ``Authorization`` field for a request (section 3.4)."""
        import hashlib

        self._count += 1
        base = self._algorithm.upper().removesuffix("-SESS")
        count, client_nonce = f"{self._count:08x}", os.urandom(16).hex()

        def digest(*parts: str) -> str:
            text = ":".join(parts).encode("latin-1")
            return hashlib.new(_ALGORITHMS[base], text, usedforsecurity=False).hexdigest()

        username = _octets(login.username)
        secret = digest(username, self._realm, _octets(login.password))
        if self._algorithm.upper().endswith("-SESS"):
            secret = digest(secret, self.nonce, client_nonce)
        extra = [count, client_nonce, "auth"] if self._qop else []
        response = digest(secret, self.nonce, *extra, digest(method, target))
        fields = [
            f"username={_quoted(username)}",
            f"realm={_quoted(self._realm)}",
            f"nonce={_quoted(self.nonce)}",
            f"uri={_quoted(target)}",
            f'response="{response}"',
            f"algorithm={self._algorithm}",
        ]
        if self._opaque is not None:
            fields.append(f"opaque={_quoted(self._opaque)}")
        if self._qop:
            fields.append(f'qop=auth, nc={count}, cnonce="{client_nonce}"')
        return f"Digest {', '.join(fields)}"


class Logins:
    """The challenges that one client has been sent: later requests need not be asked."""

    __slots__ = ("_challenges",)

    def __init__(self) -> None:
        self._challenges: dict[tuple[object, DigestLogin], Challenge] = {}

    def known(self, where: object, login: DigestLogin) -> Challenge | None:
        """The challenge of the origin or proxy ``where``, if it has sent one."""
        return self._challenges.get((where, login))

    def remember(self, where: object, login: DigestLogin, challenge: Challenge) -> None:
        """Keep a challenge for the next request."""
        if len(self._challenges) >= _REMEMBERED:
            del self._challenges[next(iter(self._challenges))]
        self._challenges[where, login] = challenge

    def learn(self, plan: Plan, head: ResponseHead, *, first: bool) -> bool:
        """Whether a response asks for a login that we can give better than we did.

        Args:
            plan: the request.
            head: its response.
            first: whether the request was sent for the first time; a second answer is only
                given to a server that says that the nonce was too old.
        """
        for login, where, status, _ in _logins(plan):
            if status == head.status:
                name = "www-authenticate" if status == 401 else "proxy-authenticate"
                fields = [value for field, value in head.items() if field.lower() == name]
                challenge = find_challenge(fields)
                if challenge is not None and (first or challenge.stale):
                    self.remember(where, login, challenge)
                    return True
        return False

    def answers(self, plan: Plan, method: str) -> list[tuple[str, str]]:
        """The fields that log a request in, as far as it is known how."""
        uri = plan.target.path if plan.forwarder is None else plan.target.absolute
        answers = []
        for login, where, _, name in _logins(plan):
            challenge = self.known(where, login)
            if challenge is not None:
                answers.append((name, challenge.answer(login, method, uri)))
        return answers


def _logins(plan: Plan) -> Iterator[tuple[DigestLogin, object, int, str]]:
    """Who logs in where, the status that asks for it and the field that does it."""
    if plan.login is not None:
        yield plan.login, plan.target.origin, 401, "Authorization"
    if plan.proxy_login is not None and plan.forwarder is not None:
        where = (plan.forwarder.host, plan.forwarder.port)
        yield plan.proxy_login, where, 407, "Proxy-Authorization"


def find_challenge(fields: list[str]) -> Challenge | None:
    """The best digest challenge of some ``WWW-Authenticate`` fields that we can answer."""
    offers: list[dict[str, str]] = []
    for field in fields:
        current: dict[str, str] = {}
        for piece in _PIECE.finditer(field):
            name, quoted, token = piece.groups()
            if quoted is None and token is None:
                current = {}
                if name.lower() == "digest":
                    offers.append(current)
            else:
                value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else token
                current.setdefault(name.lower(), value)
    usable = [offer for offer in offers if "nonce" in offer and _rank(offer) is not None]
    return Challenge(min(usable, key=lambda offer: _rank(offer) or 0)) if usable else None


def _rank(offer: dict[str, str]) -> int | None:
    """How good an offer is; None if it asks for what is not there."""
    name = offer.get("algorithm", "MD5").upper().removesuffix("-SESS")
    qop = re.split(r"[\s,]+", offer.get("qop", "auth"))
    if name not in _PREFERENCE or "auth" not in qop:
        return None
    return _PREFERENCE.index(name)


def _quoted(text: str) -> str:
    escaped = re.sub(r'([\\"])', r"\\\1", text)
    return f'"{escaped}"'


def _octets(text: str) -> str:
    """Text as field values are here: one character for each octet of its UTF-8."""
    return text.encode("utf-8").decode("latin-1")


def login_of(username: str | bytes, password: str | bytes) -> DigestLogin:
    """Credentials as text."""
    return DigestLogin(native_str(username), native_str(password))
