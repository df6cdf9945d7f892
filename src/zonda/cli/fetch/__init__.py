"""``zonda fetch``: fetch a URL from a shell."""

from zonda.cli.fetch.command import main

__all__ = ["main"]
