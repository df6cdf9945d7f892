"""A gateway: it forwards requests and uploads to another service, here to itself."""

import json
import mimetypes
import os
import urllib.parse

import tornado.gen
import tornado.httpclient
import tornado.ioloop
import tornado.options
import tornado.web
from tornado.options import define, options

define("port", default=8000, type=int)


class EchoHandler(tornado.web.RequestHandler):
    """The service behind the gateway."""

    def respond(self):
        files = self.request.files.get("image", [])
        self.write(
            {
                "method": self.request.method,
                "type": self.request.headers.get("Content-Type"),
                "cookie": self.get_cookie("auth_key"),
                "arguments": {name: self.get_argument(name) for name in self.request.arguments},
                "json": self.request.body.decode() if self.request.body[:1] == b"{" else None,
                "files": [[f.filename, f.content_type, len(f.body)] for f in files],
            }
        )

    get = post = put = delete = respond


class CallbackHandler(tornado.web.RequestHandler):
    @tornado.web.asynchronous
    def get(self):
        client = tornado.httpclient.AsyncHTTPClient()
        client.fetch("http://%s/echo?via=callback" % self.request.host, self.on_response)

    @tornado.gen.coroutine
    def on_response(self, response):
        if response.error:
            self.send_error(500)
        else:
            self.write(json.loads(response.body))
        self.finish()


class TaskHandler(tornado.web.RequestHandler):
    def initialize(self):
        self.http_client = tornado.httpclient.AsyncHTTPClient()

    @tornado.web.asynchronous
    @tornado.gen.coroutine
    def post(self):
        response = yield tornado.gen.Task(
            self.http_client.fetch,
            "http://%s/echo" % self.request.host,
            method="POST",
            headers=self.request.headers,
            body=json.dumps({"name": "zonda"}),
            validate_cert=False,
        )
        self.write(response.body)


class RequestHandler(tornado.web.RequestHandler):
    @tornado.web.asynchronous
    def get(self):
        request = tornado.httpclient.HTTPRequest(
            url="http://%s/echo" % self.request.host,
            method="POST",
            body=urllib.parse.urlencode({"via": "request"}),
            validate_cert=False,
        )
        tornado.httpclient.AsyncHTTPClient().fetch(request, self.handle_response)

    def handle_response(self, response):
        self.finish(response.body)


class NativeHandler(tornado.web.RequestHandler):
    async def get(self):
        client = tornado.httpclient.AsyncHTTPClient()
        cookie = {"Cookie": "auth_key={}".format("xyz")}
        url = "http://%s" % self.request.host
        first = await client.fetch(url + "/echo", method="GET", raise_error=False, headers=cookie)
        missing = await client.fetch(url + "/nothing", raise_error=False)
        data = json.loads(first.body.decode("utf-8"))
        self.write(dict(code=missing.code, error=str(missing.error), cookie=data["cookie"]))


class BlockingHandler(tornado.web.RequestHandler):
    """Asks another process: this one can do nothing while it waits."""

    def get(self):
        client = tornado.httpclient.HTTPClient()
        try:
            self.write(client.fetch(self.get_argument("url")).body)
        finally:
            client.close()


class UploadHandler(tornado.web.RequestHandler):
    """Takes a picture, and sends it on in a form that it puts together itself."""

    @tornado.gen.coroutine
    def post(self):
        picture = self.request.files["file"][0]
        path = os.path.join(options.folder, "new_picture.jpg")
        with open(path, "wb") as out:
            out.write(picture["body"])
        with open(path, "rb") as f:
            files = [("image", "new_picture.jpg", f.read())]
        fields = (("api_key", "KEY"), ("api_secret", "SECRET"))
        content_type, body = encode_multipart_formdata(fields, files)
        request = tornado.httpclient.HTTPRequest(
            "http://%s/echo" % self.request.host,
            method="POST",
            headers={"Content-Type": content_type, "content-length": str(len(body))},
            body=body,
            validate_cert=False,
        )
        response = yield tornado.httpclient.AsyncHTTPClient().fetch(request)
        self.write(response.body)


def encode_multipart_formdata(fields, files):
    boundary = "----------made_by_hand_$"
    lines = []
    for name, value in fields:
        lines += ["--" + boundary, 'Content-Disposition: form-data; name="%s"' % name, "", value]
    for name, filename, value in files:
        kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        disposition = 'Content-Disposition: form-data; name="%s"; filename="%s"'
        lines += ["--" + boundary, disposition % (name, filename), "Content-Type: " + kind, ""]
        lines.append(value)
    lines += ["--" + boundary + "--", ""]
    body = b"\r\n".join(x if isinstance(x, bytes) else x.encode() for x in lines)
    return "multipart/form-data; boundary=" + boundary, body


define("folder", default=".", type=str)

if __name__ == "__main__":
    tornado.options.parse_command_line()
    tornado.web.Application(
        [
            (r"/echo", EchoHandler),
            (r"/callback", CallbackHandler),
            (r"/task", TaskHandler),
            (r"/request", RequestHandler),
            (r"/native", NativeHandler),
            (r"/blocking", BlockingHandler),
            (r"/upload", UploadHandler),
        ]
    ).listen(options.port, "127.0.0.1")
    print("ready", flush=True)
    tornado.ioloop.IOLoop.current().start()
