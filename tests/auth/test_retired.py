"""Providers that are gone: a program that has them starts, and says so when it uses them."""

from typing import Any

import pytest

from tests.wire import looped, serving
from zonda import auth, web

GONE = {
    "FacebookMixin": "FacebookGraphMixin",
    "FriendFeedMixin": "OpenIDConnectMixin",
    "GoogleMixin": "https://accounts.google.com",
    "YahooMixin": "https://api.login.yahoo.com",
}


@pytest.mark.parametrize("name", sorted(GONE))
@pytest.mark.parametrize(
    "method", ["authenticate_redirect", "authorize_redirect", "get_authenticated_user"]
)
def test_using_one_names_its_replacement(name: str, method: str) -> None:
    mixin = getattr(auth, name)()
    with pytest.raises(auth.ProviderGoneError, match=GONE[name]) as caught:
        getattr(mixin, method)(lambda user: None, callback_uri="/x")
    assert isinstance(caught.value, auth.AuthError)


@pytest.mark.parametrize(
    ("name", "method"),
    [("FacebookMixin", "facebook_request"), ("FriendFeedMixin", "friendfeed_request")],
)
def test_so_do_requests(name: str, method: str) -> None:
    with pytest.raises(auth.ProviderGoneError, match=GONE[name]):
        getattr(getattr(auth, name)(), method)("/x", lambda answer: None)


@looped
async def test_a_program_with_one_starts() -> None:
    with pytest.warns(DeprecationWarning, match="Old cannot log anybody in: Google") as warned:

        class Old(web.RequestHandler, auth.GoogleMixin):
            def get(self) -> None:
                self.authenticate_redirect()

            def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
                assert isinstance(value, auth.ProviderGoneError)

    assert warned[0].filename == __file__
    async with serving([("/", Old)]) as served:
        peer = await served.connect()
        assert (await peer.get()).status == 500
