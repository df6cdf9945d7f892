"""Starts the site: ``python -m site_of_tests --conf=FILE``."""

import tornado.ioloop
import tornado.options

from site_of_tests.application import Application

tornado.options.define("port", default=8000)
tornado.options.define("list", default=[], type=str, multiple=True)
tornado.options.define("conf", type=str)

if __name__ == "__main__":
    tornado.options.parse_command_line(final=False)
    tornado.options.parse_config_file(tornado.options.options.conf, final=False)
    tornado.options.parse_command_line()
    Application().listen(tornado.options.options.port, "127.0.0.1")
    print("ready", flush=True)
    tornado.ioloop.IOLoop.current().start()
