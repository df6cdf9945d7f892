"""Tornado programs, unchanged: ``python -m zonda.tornado app.py``.

Whatever a program imports by a name that begins with ``tornado`` is then served by Zonda: the
same module objects under a second name, in the program's child processes, too.  A process
that is running already calls :func:`install` before it imports anything of Tornado's::

    import zonda.tornado
    zonda.tornado.install()

    import tornado.web  # is zonda.web

Nothing is ever served under Tornado's name unless one of these two asked for it.

:mod:`zonda.tornado.past` holds what Tornado 4 had and later versions dropped; it is reached
under the public names (``zonda.web.asynchronous``), with or without the launcher.
"""

from zonda.tornado.alias import install, installed

__all__ = ["install", "installed"]
