"""The handlers, one for each chapter of a tutorial."""

import json
import os
import tempfile

import tornado.options
import tornado.web


class IndexHandler(tornado.web.RequestHandler):
    def get(self):
        self.render("index.html", li=["one", "<two>"], people={"ann": 12}, login=False)


class StoryHandler(tornado.web.RequestHandler):
    def get(self, id, *args, **kwargs):
        self.write(id)


class HomeHandler(tornado.web.RequestHandler):
    def get(self):
        self.redirect(self.reverse_url("story", "home"))


class PersonHandler(tornado.web.RequestHandler):
    def initialize(self, name, age):
        self.name, self.age = name, age

    def get(self):
        info = {"name": self.name, "age": self.age, "ip": self.request.remote_ip}
        if self.get_query_argument("by_hand", None, strip=True):
            self.write(json.dumps(info))
        else:
            self.write(info)


class CookieHandler(tornado.web.RequestHandler):
    def get(self):
        if not self.get_secure_cookie("mycookie"):
            self.set_secure_cookie("mycookie", "myvalue")
            self.set_cookie("plain", "value")
            self.write("Your cookie was not set yet!")
        else:
            self.clear_cookie("plain")
            self.write("Your cookie was set!")


class MessageHandler(tornado.web.RequestHandler):
    def get(self):
        self.render("message.html")

    def post(self):
        messages = self.get_body_arguments("message", strip=True)
        self.set_status(201, "Made")
        self.set_header("X-Messages", len(messages))
        self.write(", ".join(messages))


class UploadHandler(tornado.web.RequestHandler):
    def check_xsrf_cookie(self):
        pass

    def post(self):
        with tempfile.TemporaryDirectory() as folder:
            for inputname in self.request.files:
                for fileObj in self.request.files[inputname]:
                    with open(os.path.join(folder, fileObj.filename), "wb") as fp:
                        fp.write(fileObj.body)
                    self.write("%s %s " % (inputname, fileObj.content_type))
            self.finish(" ".join(sorted(os.listdir(folder))))


class OptionsHandler(tornado.web.RequestHandler):
    def get(self):
        options = tornado.options.options
        self.write({"port": options.port, "list": options.list, "keys": "conf" in options})
