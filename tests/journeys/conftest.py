"""Every journey is made over TCP and over TLS."""

import pytest


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def tls(request: pytest.FixtureRequest) -> bool:
    """Whether the connection is encrypted."""
    return bool(request.param)
