"""The command ``zonda``; ``python -m zonda`` is the same.

Each command is a module that is imported when it is called.
"""

from zonda.cli.main import main

__all__ = ["main"]
