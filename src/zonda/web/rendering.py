"""How a handler renders templates and pages."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from zonda.escape import utf8, xhtml_escape
from zonda.util import ObjectDict, lazy
from zonda.web.frame import HandlerFrame
from zonda.web.uimodules import Markup, MarkupModules, UIModule, _UIModuleNamespace, flatten

if TYPE_CHECKING:
    import asyncio
    from types import FrameType

    from zonda.template import BaseLoader

__all__ = ["RenderingMixin", "is_absolute"]

#: Settings, and what template loaders call them.
_LOADER_OPTIONS: Final = {"autoescape": "autoescape", "template_whitespace": "whitespace"}


def is_absolute(path: str) -> bool:
    """Whether a URL names its own place: begins with a slash, ``http:`` or ``https:``."""
    return path.startswith(("/", "http:", "https:"))


class RenderingMixin(HandlerFrame):
    """Templates, pages, and URLs of static files.

    Templates are found by the setting ``template_path``. With the setting ``template_loader``
    another template engine can be used: an object with ``load(name)`` that gives an object with
    ``generate(**namespace)``, as ours, or one with ``get_template(name)`` that gives an object
    with ``render(**namespace)``, such as a ``jinja2.Environment``.
    """

    #: Template loaders by template path, shared by all handlers and applications.
    _template_loaders: ClassVar[dict[Any, Any]] = {}
    _template_loader_lock: ClassVar[threading.Lock] = threading.Lock()

    #: Whether UI methods and modules have been bound to this handler.
    _has_ui = False
    #: Make :meth:`static_url` include the host unless it is told otherwise.
    include_host: bool = False

    # --------------------------------------------------------------------------- pages

    def render(self, template_name: str, **kwargs: Any) -> asyncio.Future[None]:
        """Render a template as the response, with what its UI modules bring along; finish.

        Scripts are put before the last ``</body>``, style sheets before the first
        ``</head>``.

        Returns:
            the future that ``finish`` returns. It can be awaited.

        Raises:
            RuntimeError: the response is finished.
        """
        if self._finished:
            raise RuntimeError("Cannot render() after finish()")
        page = self.render_string(template_name, **kwargs)
        modules = self.__dict__.pop("_active_modules", None)
        return self.finish(self._embed(page, list(modules.values())) if modules else page)

    def _embed(self, page: bytes, modules: list[UIModule]) -> bytes:
        """Put the resources of UI modules into a page."""
        head = self._head_of(modules)
        if head:
            position = max(page.find(b"</head>"), 0)  # no head: to the beginning
            page = page[:position] + head + page[position:]
        body = self._body_of(modules)
        if body:
            position = page.rfind(b"</body>")
            if position < 0:
                position = len(page)
            page = page[:position] + body + page[position:]
        return page

    def _head_of(self, modules: list[UIModule]) -> bytes:
        parts = []
        files = list(flatten(filter(None, [module.css_files() for module in modules])))
        if files:
            parts.append(utf8(self.render_linked_css(files)))
        embedded = _texts(module.embedded_css() for module in modules)
        if embedded:
            parts.append(self.render_embed_css(embedded))
        html = _texts(module.html_head() for module in modules)
        if html:
            parts.append(b"".join(html))
        return b"".join([part + b"\n" for part in parts])

    def _body_of(self, modules: list[UIModule]) -> bytes:
        parts = []
        files = list(flatten(filter(None, [module.javascript_files() for module in modules])))
        if files:
            parts.append(utf8(self.render_linked_js(files)))
        embedded = _texts(module.embedded_javascript() for module in modules)
        if embedded:
            parts.append(self.render_embed_js(embedded))
        html = _texts(module.html_body() for module in modules)
        if html:
            parts.append(b"".join(html))
        return b"".join([part + b"\n" for part in parts])

    def render_linked_js(self, js_files: Iterable[str]) -> str:
        """The HTML that links the JavaScript files of UI modules; override to link otherwise."""
        return "".join(
            f'<script src="{xhtml_escape(url)}" type="text/javascript"></script>'
            for url in self._resource_urls(js_files)
        )

    def render_embed_js(self, js_embed: Iterable[bytes]) -> bytes:
        """The HTML that embeds the JavaScript of UI modules."""
        script = b"\n".join([utf8(piece) for piece in js_embed])
        return b'<script type="text/javascript">\n//<![CDATA[\n' + script + b"\n//]]>\n</script>"

    def render_linked_css(self, css_files: Iterable[str]) -> str:
        """The HTML that links the style sheets of UI modules; override to link otherwise."""
        return "".join(
            f'<link href="{xhtml_escape(url)}" type="text/css" rel="stylesheet"/>'
            for url in self._resource_urls(css_files)
        )

    def render_embed_css(self, css_embed: Iterable[bytes]) -> bytes:
        """The HTML that embeds the CSS of UI modules."""
        style = b"\n".join([utf8(piece) for piece in css_embed])
        return b'<style type="text/css">\n' + style + b"\n</style>"

    def _resource_urls(self, files: Iterable[str]) -> Iterator[str]:
        """URLs of files, each one once."""
        for path in dict.fromkeys(files):
            yield path if is_absolute(path) else self.static_url(path)

    # ----------------------------------------------------------------------- templates

    def render_string(self, template_name: str, **kwargs: Any) -> bytes:
        """Render a template and return it, without what UI modules bring along.

        Args:
            kwargs: names for the template besides those of :meth:`get_template_namespace`.
        """
        loader = self._template_loader()
        namespace = self.get_template_namespace()
        namespace.update(kwargs)
        page: str | bytes
        if hasattr(loader, "load"):
            page = loader.load(template_name).generate(**namespace)
        else:
            modules: Any = self.ui["modules"]
            if namespace.get("modules") is modules:
                namespace["modules"] = MarkupModules(modules)
            if namespace.get("xsrf_form_html") == self.xsrf_form_html:
                namespace["xsrf_form_html"] = lambda: Markup(self.xsrf_form_html())
            page = loader.get_template(template_name).render(**namespace)
        return utf8(page)

    def get_template_namespace(self) -> dict[str, Any]:
        """The names that templates know from the beginning; override it to add some.

        ``handler``, ``request``, ``current_user``, ``locale``, ``_`` (translates),
        ``pgettext``, ``static_url``, ``xsrf_form_html``, ``reverse_url``, ``modules``, and
        the application's UI methods. Templates and what is given to ``render`` add others.
        """
        locale = self.locale
        return {
            "handler": self,
            "request": self.request,
            "current_user": self.current_user,
            "locale": locale,
            "_": locale.translate,
            "pgettext": locale.pgettext,
            "static_url": self.static_url,
            "xsrf_form_html": self.xsrf_form_html,
            "reverse_url": self.reverse_url,
            **self.ui,
        }

    def get_template_path(self) -> str | None:
        """Where templates are; override it for templates of its own.

        By default the setting ``template_path``. None: beside the file that renders.
        """
        return self.settings.get("template_path")

    def create_template_loader(self, template_path: str) -> BaseLoader:
        """Make the loader of the templates at a path; called once for each.

        By default a :class:`~zonda.template.Loader` by the settings ``autoescape`` and
        ``template_whitespace``, or the setting ``template_loader`` if there is one.
        """
        settings = self.settings
        if "template_loader" in settings:
            given: BaseLoader = settings["template_loader"]
            return given
        from zonda.template import Loader

        # autoescape=None turns it off: that is not the same as no setting.
        options = {
            option: settings[name] for name, option in _LOADER_OPTIONS.items() if name in settings
        }
        return Loader(template_path, **options)

    def _template_loader(self) -> Any:
        """The loader to use, made when it is first needed."""
        settings = self.settings
        create = type(self).create_template_loader
        if "template_loader" in settings and create is RenderingMixin.create_template_loader:
            loader = settings["template_loader"]
        else:
            path = self.get_template_path() or _folder_of_caller(sys._getframe(1))
            # Two applications may use the same templates, one of them without escaping.
            options = tuple((name, settings[name]) for name in _LOADER_OPTIONS if name in settings)
            key = (path, *options) if options else path
            with self._template_loader_lock:
                loader = self._template_loaders.get(key)
                if loader is None:
                    loader = self._template_loaders[key] = self.create_template_loader(path)
        if not settings.get("compiled_template_cache", True):
            self._forget_templates(loader)
        return loader

    def _forget_templates(self, loader: Any) -> None:
        """Have templates read anew, once for each request; for development."""
        if "_templates_are_fresh" not in self.__dict__:
            self._templates_are_fresh = True
            reset = getattr(loader, "reset", None)
            if reset is not None:
                reset()

    # ------------------------------------------------------------- UI methods, modules

    @lazy
    def ui(self) -> ObjectDict:
        """The application's UI methods, bound to this handler, and modules, by name."""
        application = self.application
        modules = _UIModuleNamespace(self, application.ui_modules)  # type: ignore[arg-type]
        ui = ObjectDict(
            {name: self._ui_method(method) for name, method in application.ui_methods.items()}
        )
        # The first is what compiled templates call; an argument may be named like the second.
        ui["_tt_modules"] = ui["modules"] = modules
        self._has_ui = True
        return ui

    def _forget_ui(self) -> None:
        """Break the reference cycles between this handler and what was bound to it."""
        self.__dict__.pop("ui", None)
        self.__dict__.pop("_active_modules", None)

    def _ui_module(self, name: str, module: type[UIModule]) -> Callable[..., str | bytes]:
        def render(*args: Any, **kwargs: Any) -> str | bytes:
            active: dict[str, UIModule] = self.__dict__.setdefault("_active_modules", {})
            instance = active.get(name)
            if instance is None:
                instance = active[name] = module(self)  # type: ignore[arg-type]
            return instance.render(*args, **kwargs)

        return render

    def _ui_method(self, method: Callable[..., str]) -> Callable[..., str]:
        return partial(method, self)

    # -------------------------------------------------------------------- static files

    def static_url(self, path: str, include_host: bool | None = None, **kwargs: Any) -> str:
        """The URL of a static file, with its version, so that clients may keep it for ever.

        Needs the setting ``static_path``. *path* should name a file of the application's, and
        never come from a request: the file is read to compute its version.

        Args:
            path: relative to the setting ``static_path``.
            include_host: begin with protocol and host; by default what the handler's
                attribute ``include_host`` says.
            kwargs: for ``StaticFileHandler.make_static_url``: ``include_version=False`` leaves
                the version out.

        Raises:
            HTTPError: 403, *path* leads outside.
        """
        self.require_setting("static_path", "static_url")
        settings = self.settings
        handler = settings.get("static_handler_class") or _static_file_handler()
        url: str = handler.make_static_url(settings, path, **kwargs)
        if include_host is None:
            include_host = self.include_host
        return f"{self.request.protocol}://{self.request.host}{url}" if include_host else url


def _static_file_handler() -> Any:
    from zonda.web.static import StaticFileHandler

    return StaticFileHandler


def _texts(values: Iterable[str | bytes | None]) -> list[bytes]:
    return [utf8(value) for value in values if value]


def _folder_of_caller(frame: FrameType | None) -> str:
    """The folder of the innermost file that is not one of ours."""
    while frame is not None and frame.f_globals.get("__name__", "").startswith("zonda.web."):
        frame = frame.f_back
    return os.path.dirname(frame.f_code.co_filename) if frame is not None else ""
