"""Real programs that were written for Tornado, run by the launcher: ``python -m tools.apps``.

Each script here starts one of them (they are installed with Tornado itself beside them, as their
users have it), makes it do its work, and checks the results. All of them end with an error when
a process of the program does not run on Zonda.
"""
