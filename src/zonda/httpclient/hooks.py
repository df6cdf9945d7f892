"""Functions that are told of what happens during a fetch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

__all__ = ["EVENTS", "Hook", "Hooks"]

Hook = Callable[..., "Awaitable[object] | object"]

#: What there is to hear of, and with which arguments.
EVENTS: Final = {
    "request": "request",
    "response": "response",
    "redirect": "response, request",
    "retry": "request, cause, delay",
    "error": "request, error",
}


class Hooks:
    """The hooks of a client or of a request.

    Args:
        given: the event's name and a function, plain or ``async``, or a sequence of them:

            - ``request(request)``: this :class:`HTTPRequest` is about to be sent. It is a
              copy made for this attempt: its headers may be changed.
            - ``response(response)``: a response's head has arrived; ``response.body`` is
              still empty. Also called for responses that are redirects or will be retried.
            - ``redirect(response, request)``: a redirect is followed with this request.
            - ``retry(request, cause, delay)``: the request is sent again after ``delay``
              seconds; ``cause`` is the :class:`HTTPResponse` or the exception.
            - ``error(request, error)``: the fetch ends without a response.

    Raises:
        ValueError: there is no such event.
        TypeError: a hook cannot be called.
    """

    __slots__ = ("_hooks",)

    def __init__(self, given: Mapping[str, Hook | Sequence[Hook]] | None = None) -> None:
        self._hooks: dict[str, tuple[Hook, ...]] = {}
        for event, hooks in (given or {}).items():
            if event not in EVENTS:
                raise ValueError(f"no event {event!r}: there are {', '.join(EVENTS)}")
            several = (hooks,) if callable(hooks) else tuple(hooks)
            for hook in several:
                if not callable(hook):
                    raise TypeError(f"{hook!r} is no hook: give a function of ({EVENTS[event]})")
            self._hooks[event] = several

    @classmethod
    def of(cls, given: Hooks | Mapping[str, Hook | Sequence[Hook]] | None) -> Hooks:
        """What ``hooks=`` means."""
        return given if isinstance(given, Hooks) else cls(given)

    def __contains__(self, event: object) -> bool:
        return bool(self._hooks.get(event))  # type: ignore[call-overload]

    def and_also(self, others: Hooks | None) -> Hooks:
        """These, and behind them the others."""
        if others is None or not others._hooks:
            return self
        both = Hooks()
        both._hooks = dict(self._hooks)
        for event, hooks in others._hooks.items():
            both._hooks[event] = both._hooks.get(event, ()) + hooks
        return both

    async def call(self, event: str, *arguments: Any) -> None:
        """Call the hooks of an event one after the other. What they raise ends the fetch."""
        for hook in self._hooks.get(event, ()):
            pending = hook(*arguments)
            if isinstance(pending, Awaitable):
                await pending
