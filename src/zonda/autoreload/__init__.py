"""Restarts a program when one of its source files changes; for development.

`zonda.web.Application` starts it when ``debug`` or ``autoreload`` is set, and a script may
call `start` itself. A mistake that keeps a program from starting keeps it from watching,
too; the wrapper does not mind::

    python -m zonda.autoreload server.py --port=8888
    python -m zonda.autoreload --until-success -m unittest tests.test_server

The program is restarted with the very command line that it was started with, those for
the interpreter included. It replaces itself in its process, so it keeps its process number
and its terminal; sockets and files are closed. Not for servers in several processes.
"""

from zonda.autoreload.reloading import _reload, add_reload_hook, signal, start, wait, watch
from zonda.autoreload.wrapper import main

__all__ = ["_reload", "add_reload_hook", "main", "signal", "start", "wait", "watch"]
