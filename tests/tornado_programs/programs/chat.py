"""A chat room over WebSockets."""

import sys

import tornado.ioloop
import tornado.web
import tornado.websocket


class ChatHandler(tornado.websocket.WebSocketHandler):
    users = []

    def open(self):
        self.users.append(self)
        for user in self.users:
            user.write_message("[%s] came in" % self.request.remote_ip)

    def check_origin(self, origin):
        return True

    def on_message(self, message):
        for user in self.users:
            user.write_message("[%s] says: %s" % (self.request.remote_ip, message))

    def on_close(self):
        self.users.remove(self)
        for user in self.users:
            user.write_message("[%s] went out" % self.request.remote_ip)


if __name__ == "__main__":
    application = tornado.web.Application([(r"/chat", ChatHandler)])
    application.listen(int(sys.argv[1]), "127.0.0.1")
    print("ready", flush=True)
    tornado.ioloop.IOLoop.instance().start()
