"""What tests of all rooms may ask for."""

from tests.loops import each_loop

__all__ = ["each_loop"]
