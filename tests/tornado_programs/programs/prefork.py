"""A service of several processes that asks other services, in threads and without."""

import concurrent.futures
import json
import logging
import os
import sys
import urllib.request

import tornado.gen
import tornado.httpserver
import tornado.ioloop
import tornado.process
import tornado.web
from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest

logger = logging.getLogger(__name__)


def request(url, data, headers, timeout):
    """What the requests package does, without it."""
    message = urllib.request.Request(url, data, headers)
    with urllib.request.urlopen(message, timeout=timeout) as response:
        return response.read()


class ThreadSDK:
    def __init__(self, host, org, max_workers=2):
        self.executor = concurrent.futures.ThreadPoolExecutor(max_workers)
        self.api_host = f"http://{host}"
        self.headers = {"org": str(org), "Content-Type": "application/json"}

    @tornado.gen.coroutine
    def fetch_async(self, api, payload):
        body = json.dumps(payload).encode()
        try:
            text = yield self.executor.submit(
                request, self.api_host + api, data=body, headers=self.headers, timeout=10
            )
            data = json.loads(text)
        except Exception as e:
            logger.error("Request failed: %s", e)
            data = {}
        raise tornado.gen.Return(data)

    def close(self):
        self.executor.shutdown(wait=True)


class AsyncSDK(ThreadSDK):
    def __init__(self, host, org):
        self.api_host = f"http://{host}"
        self.headers = {"org": str(org), "Content-Type": "application/json"}

    @tornado.gen.coroutine
    def fetch_async(self, api, payload):
        request = HTTPRequest(
            url=self.api_host + api,
            method="POST",
            headers=self.headers,
            body=json.dumps(payload),
            request_timeout=10,
        )
        try:
            response = yield AsyncHTTPClient().fetch(request)
            result = json.loads(response.body)
        except HTTPError as http_error:
            result = {"code": http_error.code, "response": http_error.response is not None}
        raise tornado.gen.Return(result)

    def close(self):
        pass


class ImportHandler(tornado.web.RequestHandler):
    sdk = None

    @tornado.gen.coroutine
    def post(self, pk):
        sdk = self.sdk(self.get_argument("host"), "777")
        try:
            payload = json.loads(self.request.body)
            data = yield sdk.fetch_async(f"/object/{pk}/_import", payload)
            self.write({"message": "POST request successful", "data": data})
        except Exception as e:
            self.set_status(500)
            self.write({"message": "POST request failed", "error": str(e)})
        finally:
            sdk.close()


class ThreadImportHandler(ImportHandler):
    sdk = ThreadSDK


class AsyncImportHandler(ImportHandler):
    sdk = AsyncSDK


class ObjectHandler(tornado.web.RequestHandler):
    """The other service."""

    def post(self, name):
        if name == "bad":
            raise tornado.web.HTTPError(409)
        org = self.request.headers["org"]
        self.write({"object": name, "org": org, "sent": json.loads(self.request.body)})


class WhoHandler(tornado.web.RequestHandler):
    def get(self):
        self.set_header("Connection", "close")
        self.write({"pid": os.getpid(), "task": tornado.process.task_id()})


class EndHandler(tornado.web.RequestHandler):
    def get(self):
        os._exit(1)


def make_app():
    return tornado.web.Application(
        [
            (r"/thread/(?P<pk>\w+)", ThreadImportHandler),
            (r"/async/(?P<pk>\w+)", AsyncImportHandler),
            (r"/object/(\w+)/_import", ObjectHandler),
            (r"/who", WhoHandler),
            (r"/end", EndHandler),
        ]
    )


def start_server(port, num_processes):
    server = tornado.httpserver.HTTPServer(make_app())
    server.bind(port, "127.0.0.1")
    print("ready", flush=True)
    server.start(num_processes)
    tornado.ioloop.IOLoop.current().start()


if __name__ == "__main__":
    try:
        start_server(int(sys.argv[1]), int(sys.argv[2]))
    except KeyboardInterrupt:
        print("\nServer stopped by user.")
