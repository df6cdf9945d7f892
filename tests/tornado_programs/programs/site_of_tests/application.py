"""Which path leads where."""

import tornado.web

from site_of_tests import config
from site_of_tests.views import index


class Application(tornado.web.Application):
    def __init__(self):
        path = [
            (r"/", index.IndexHandler),
            tornado.web.url(r"/story/([a-zA-Z0-9]+)/", index.StoryHandler, name="story"),
            (r"/person", index.PersonHandler, {"name": "ann", "age": 12}),
            (r"/cookie", index.CookieHandler),
            (r"/message", index.MessageHandler),
            (r"/upload", index.UploadHandler),
            (r"/options", index.OptionsHandler),
            (r"/home", index.HomeHandler),
        ]
        super().__init__(path, **config.settings)
