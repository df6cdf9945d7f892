"""The error types of `gen`."""

import pytest

from zonda import concurrent, gen, util


@pytest.mark.parametrize(
    "name", ["BadYieldError", "KeyReuseError", "LeakedCallbackError", "UnknownKeyError"]
)
def test_they_are_exceptions(name):
    assert issubclass(getattr(gen, name), Exception)


def test_shared_names():
    assert gen.ReturnValueIgnoredError is concurrent.ReturnValueIgnoredError
    assert gen.TimeoutError is util.TimeoutError is TimeoutError
