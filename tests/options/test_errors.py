"""The tree of errors."""

from zonda.options import Error
from zonda.options.errors import InvalidValue


def test_programs_can_catch_either() -> None:
    assert issubclass(InvalidValue, Error)
    assert issubclass(InvalidValue, ValueError)
