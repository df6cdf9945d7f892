"""Tornado's own test suites, run against Zonda: ``python -m tools.tornado_suite``.

The suite is fetched from the package index by name and kept in a cache outside the repository;
nothing of it is stored here but the names of its tests. It runs under the launcher
(:mod:`zonda.tornado`), as any program for Tornado does.

There are two suites: that of the present Tornado, and with ``--version 4.5.3`` the one of 2017,
whose callbacks, stack contexts and arguments Tornado itself has dropped.

Four data files go with each, all keyed by test ids without their leading ``tornado.test.``:

``baseline.json``
    the tests that Tornado passes on itself (6.6.1 on CPython 3.12 with pycurl, pycares < 5,
    twisted and hypothesis; 4.5.3 on CPython 3.6), by module: only these are counted.
``private.json``
    those of them that reach into private names of Tornado's, and which names these are.
``floor.json``
    how many of each module's tests must pass. Raised by ``--update-floor``, never lowered by it.
``misses.json``
    tests that are not going to pass, each with the reason we would give a Tornado user.
"""
