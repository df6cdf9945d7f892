"""UI modules: pieces of pages that bring their own scripts and style sheets along.

A template calls one by ``{% module Name(arguments) %}``. The modules of an application are
the setting ``ui_modules``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from zonda.escape import linkify, to_unicode

if TYPE_CHECKING:
    from zonda.web.handler import RequestHandler

__all__ = ["TemplateModule", "UIModule", "flatten"]


class UIModule:
    """Base of UI modules.

    One object serves one response, however often its module is used there. What the methods
    but :meth:`render` return is put into the page once; None for nothing.

    Attributes:
        handler: the handler that renders the page.
        request: its request.
        ui: its UI methods and modules.
        locale: its locale.
    """

    def __init__(self, handler: RequestHandler) -> None:
        self.handler = handler
        self.request = handler.request
        self.ui = handler.ui
        self.locale = handler.locale

    @property
    def current_user(self) -> Any:
        """The handler's ``current_user``."""
        return self.handler.current_user

    def render(self, *args: Any, **kwargs: Any) -> str | bytes:
        """Override this: return the HTML of the module."""
        raise NotImplementedError(f"{type(self).__name__} needs a method render")

    def embedded_javascript(self) -> str | None:
        """JavaScript to be embedded at the end of the page's body."""
        return None

    def javascript_files(self) -> Iterable[str] | None:
        """JavaScript files to be linked at the end of the page's body.

        Relative ones are taken as static files. One can be given as a str.
        """
        return None

    def embedded_css(self) -> str | None:
        """CSS to be embedded in the page's head."""
        return None

    def css_files(self) -> Iterable[str] | None:
        """CSS files to be linked in the page's head; see :meth:`javascript_files`."""
        return None

    def html_head(self) -> str | None:
        """HTML to be put at the end of the page's head."""
        return None

    def html_body(self) -> str | None:
        """HTML to be put at the end of the page's body."""
        return None

    def render_string(self, path: str, **kwargs: Any) -> bytes:
        """Render a template with the handler's namespace. See ``RequestHandler``."""
        return self.handler.render_string(path, **kwargs)


class _linkify(UIModule):
    """Plain text as HTML with links: ``{% module linkify(text) %}``."""

    def render(self, text: str, **kwargs: Any) -> str:
        return linkify(text, **kwargs)


class _xsrf_form_html(UIModule):
    """The form field against request forgery: ``{% module xsrf_form_html() %}``."""

    def render(self) -> str:
        return self.handler.xsrf_form_html()


class TemplateModule(UIModule):
    """A template as UI module: ``{% module Template("foo.html", arg=42) %}``.

    Unlike an included template it has a namespace of its own, and may bring resources along::

        {{ set_resources(javascript_files=["a.js"], embedded_css=".x {color: red}") }}

    by the names of the methods of :class:`UIModule`. They are wanted once for the whole page:
    a template that is used repeatedly must always ask for the same.
    """

    def __init__(self, handler: RequestHandler) -> None:
        super().__init__(handler)
        self._resources: dict[str, dict[str, Any]] = {}

    def render(self, path: str, **kwargs: Any) -> bytes:
        """Render the template *path* with *kwargs* in its namespace."""

        def set_resources(**resources: Any) -> str:
            if self._resources.setdefault(path, resources) != resources:
                raise ValueError(
                    f"set_resources called with different resources for the same template {path}"
                )
            return ""

        return self.render_string(path, set_resources=set_resources, **kwargs)

    def _get_resources(self, key: str) -> Iterator[Any]:
        return (resources[key] for resources in self._resources.values() if key in resources)

    def embedded_javascript(self) -> str:
        """What the templates asked for, joined."""
        return "\n".join(self._get_resources("embedded_javascript"))

    def javascript_files(self) -> Iterable[str]:
        """What the templates asked for, joined."""
        return list(flatten(self._get_resources("javascript_files")))

    def embedded_css(self) -> str:
        """What the templates asked for, joined."""
        return "\n".join(self._get_resources("embedded_css"))

    def css_files(self) -> Iterable[str]:
        """What the templates asked for, joined."""
        return list(flatten(self._get_resources("css_files")))

    def html_head(self) -> str:
        """What the templates asked for, joined."""
        return "".join(self._get_resources("html_head"))

    def html_body(self) -> str:
        """What the templates asked for, joined."""
        return "".join(self._get_resources("html_body"))


def flatten(values: Iterable[str | bytes | Iterable[str]]) -> Iterator[Any]:
    """Names out of names and lists of names."""
    for value in values:
        if isinstance(value, str | bytes):
            yield value
        else:
            yield from value


class _UIModuleNamespace:
    """UI modules by name, ready to be called, as ``modules`` in templates."""

    def __init__(self, handler: RequestHandler, ui_modules: dict[str, type[UIModule]]) -> None:
        self.handler = handler
        self.ui_modules = ui_modules

    def __getitem__(self, key: str) -> Callable[..., str | bytes]:
        return self.handler._ui_module(key, self.ui_modules[key])

    def __getattr__(self, key: str) -> Callable[..., str | bytes]:
        try:
            return self[key]
        except KeyError:
            raise AttributeError(
                f"there is no UI module {key}: add it to the setting ui_modules"
            ) from None


class Markup(str):
    """HTML that engines with automatic escaping leave alone: they look for ``__html__``."""

    def __html__(self) -> str:
        return self


class MarkupModules:
    """UI modules by name for templates of another engine: their output is `Markup`."""

    def __init__(self, modules: Any) -> None:
        self._modules = modules

    def __getitem__(self, key: str) -> Callable[..., Markup]:
        module = self._modules[key]
        return lambda *args, **kwargs: Markup(to_unicode(module(*args, **kwargs)))

    def __getattr__(self, key: str) -> Callable[..., Markup]:
        try:
            return self[key]
        except KeyError:
            raise AttributeError(key) from None
