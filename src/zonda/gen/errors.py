"""What goes wrong between a coroutine and what it yields."""


class BadYieldError(Exception):
    """A coroutine yielded something that cannot be waited for."""


class KeyReuseError(Exception):
    """A key is waited for already; known from Tornado 4's ``gen.Callback``."""


class UnknownKeyError(Exception):
    """A key was never given out; known from Tornado 4's ``gen.Wait``."""


class LeakedCallbackError(Exception):
    """A coroutine ended with callbacks pending; known from Tornado 4's ``gen.Callback``."""
