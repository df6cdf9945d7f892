"""Runs when Python starts with this folder on its path: serve Tornado's names here, too."""

# Any Python may come by: one without Zonda, one too old for it, one from a program that has a
# sitecustomize of its own. None of them may notice more than that Tornado's names are served.

import os
import sys


def _serve_tornado():
    root = os.environ.get("ZONDA_TORNADO")
    if not root or sys.version_info < (3, 11):
        return
    from importlib.machinery import PathFinder

    if PathFinder.find_spec("zonda") is None:
        # Another environment than the launcher's. Zonda needs no other package, so it alone is
        # taken from there.
        class ZondaFinder:
            @staticmethod
            def find_spec(fullname, path=None, target=None):
                return PathFinder.find_spec(fullname, [root]) if fullname == "zonda" else None

        if ZondaFinder.find_spec("zonda") is None:
            return
        sys.meta_path.append(ZondaFinder)
    from zonda.tornado import install

    install(children=False)  # they have the same environment


def _run_the_one_behind():
    """Import the sitecustomize that this one hides, if there is one."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    this = sys.modules.pop("sitecustomize", None)
    try:
        import sitecustomize  # noqa: F401
    except ImportError:
        if "sitecustomize" not in sys.modules and this is not None:
            sys.modules["sitecustomize"] = this


try:
    _serve_tornado()
finally:
    _run_the_one_behind()
