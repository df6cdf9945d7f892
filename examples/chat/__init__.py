"""A chat: rooms, nicknames, who comes and goes, and what was said before.

    python -m examples.chat --port=8889

``routes`` mounts it in another application, as the demo does.
"""

from .handlers import routes

__all__ = ["routes"]
