"""A login that fails answers with its status, without being caught."""

import pytest

from tests.wire import looped, serving
from zonda import auth, web
from zonda.log import app_log, gen_log
from zonda.testing import ExpectLog


class Refusing(web.RequestHandler):
    def get(self) -> None:
        raise auth.LoginError("100% forged: 'x'", error="e", description="<b>d</b>")


class Failing(web.RequestHandler):
    def get(self) -> None:
        raise auth.AuthError("as in Tornado")


@looped
async def test_a_refused_login_is_a_403_and_a_line_in_the_log() -> None:
    async with serving([("/", Refusing)]) as served:
        peer = await served.connect()
        with ExpectLog(gen_log, r"403 GET / .*100% forged: 'x'"):
            answer = await peer.get()
        assert answer.status == 403
        assert "forged" not in answer.text


@looped
async def test_the_error_of_tornados_mixins_is_a_500() -> None:
    async with serving([("/", Failing)]) as served:
        peer = await served.connect()
        with ExpectLog(app_log, "Uncaught exception"):
            assert (await peer.get()).status == 500


def test_what_it_says() -> None:
    error = auth.LoginError("no", 502, error="server_error", description="later")
    assert (error.status_code, error.error, error.description) == (502, "server_error", "later")
    assert str(error) == "HTTP 502: Bad Gateway (no)"
    with pytest.raises(auth.AuthError):
        raise error
    with pytest.raises(web.HTTPError):
        raise error
