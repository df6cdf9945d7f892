"""How child processes come to serve Tornado's names as well: by their environment.

``PYTHONPATH`` gets a folder in front that holds nothing but a ``sitecustomize.py``, which
Python runs at its start; ``ZONDA_TORNADO`` says where this Zonda lies.  So everything inherits
it that inherits the environment: Jupyter kernels, Dask workers, ``multiprocessing``,
``autoreload``, any ``subprocess`` with a copy of ``os.environ``.
"""

from __future__ import annotations

import os

__all__ = ["environment", "inherit"]

VARIABLE = "ZONDA_TORNADO"


def environment(base: dict[str, str]) -> dict[str, str]:
    """A copy of the environment *base* under which Python serves Tornado's names."""
    here = os.path.dirname(os.path.abspath(__file__))
    hook = os.path.join(here, "hook")
    path = base.get("PYTHONPATH", "").split(os.pathsep)
    others = [entry for entry in path if entry and entry != hook]
    return {
        **base,
        "PYTHONPATH": os.pathsep.join([hook, *others]),
        VARIABLE: os.path.dirname(os.path.dirname(here)),
    }


def inherit() -> None:
    """Let the children of this process inherit what it does."""
    for name, value in environment(dict(os.environ)).items():
        if os.environ.get(name) != value:
            os.environ[name] = value
