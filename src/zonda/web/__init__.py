"""The web framework: applications, request handlers and what belongs to them.

::

    import asyncio
    from zonda import web

    class MainHandler(web.RequestHandler):
        def get(self):
            self.write("Hello, world")

    async def main():
        web.Application([(r"/", MainHandler)]).listen(8888)
        await asyncio.Event().wait()

    asyncio.run(main())
"""

from zonda.legacy import names
from zonda.routing import URLSpec
from zonda.web.application import Application
from zonda.web.decorators import addslash, authenticated, removeslash, stream_request_body
from zonda.web.errorhandler import ErrorHandler
from zonda.web.errors import Finish, HTTPError, MissingArgumentError
from zonda.web.handler import RequestHandler
from zonda.web.redirects import FallbackHandler, RedirectHandler
from zonda.web.rendering import is_absolute
from zonda.web.signed import (
    DEFAULT_SIGNED_VALUE_MIN_VERSION,
    DEFAULT_SIGNED_VALUE_VERSION,
    MAX_SUPPORTED_SIGNED_VALUE_VERSION,
    MIN_SUPPORTED_SIGNED_VALUE_VERSION,
    _create_signature_v1,
    _create_signature_v2,
    create_signed_value,
    decode_signed_value,
    get_signature_key_version,
)
from zonda.web.static import StaticFileHandler
from zonda.web.transforms import ContentEncoding, GZipContentEncoding, OutputTransform
from zonda.web.uimodules import TemplateModule, UIModule

#: The name by which routes are usually written down.
url = URLSpec

__all__ = [
    "DEFAULT_SIGNED_VALUE_MIN_VERSION",
    "DEFAULT_SIGNED_VALUE_VERSION",
    "MAX_SUPPORTED_SIGNED_VALUE_VERSION",
    "MIN_SUPPORTED_SIGNED_VALUE_VERSION",
    "Application",
    "ContentEncoding",
    "ErrorHandler",
    "FallbackHandler",
    "Finish",
    "GZipContentEncoding",
    "HTTPError",
    "MissingArgumentError",
    "OutputTransform",
    "RedirectHandler",
    "RequestHandler",
    "StaticFileHandler",
    "TemplateModule",
    "UIModule",
    "URLSpec",
    "_create_signature_v1",
    "_create_signature_v2",
    "addslash",
    "authenticated",
    "create_signed_value",
    "decode_signed_value",
    "get_signature_key_version",
    "is_absolute",
    "removeslash",
    "stream_request_body",
    "url",
]

__getattr__ = names("web")
