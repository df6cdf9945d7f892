"""A login against a database, by the module that Tornado 2 had for it."""

import os

import tornado.database
import tornado.ioloop
import tornado.options
import tornado.web
from tornado.options import define, options

define("port", default=8000, type=int)
define("database", default="shop.db", type=str)


class LoginHandler(tornado.web.RequestHandler):
    @property
    def db(self):
        return self.application.db

    def get(self):
        self.render("login.html")

    def post(self, *args, **kwargs):
        username = self.get_argument("username", None)
        password = self.get_argument("pwd", None)
        user = self.db.get(
            "select name from userinfo where name = %s and password = %s", username, password
        )
        if user:
            self.set_secure_cookie("user", user.name)
            self.write("welcome " + user.name)
        else:
            self.write("go away")


class UsersHandler(tornado.web.RequestHandler):
    def get_current_user(self):
        return self.get_secure_cookie("user")

    @tornado.web.authenticated
    def get(self):
        rows = self.application.db.query("select id, name from userinfo order by id")
        self.write({"users": [[row.id, row["name"]] for row in rows]})


class Application(tornado.web.Application):
    def __init__(self):
        handlers = [(r"/login", LoginHandler), (r"/users", UsersHandler)]
        settings = dict(
            template_path=os.path.join(os.path.dirname(__file__), "site_of_tests", "template"),
            cookie_secret="61oETzKXQAGaYdkL5gEmGeJJFuYh7EQnp2XdTP1o/Vo=",
            login_url="/login",
        )
        tornado.web.Application.__init__(self, handlers, **settings)
        self.db = tornado.database.Connection("sqlite:///" + options.database)
        self.db.execute("create table userinfo (id integer primary key, name text, password text)")
        users = [("ann", "secret"), ("bob", "hidden")]
        self.db.executemany("insert into userinfo (name, password) values (%s, %s)", users)


if __name__ == "__main__":
    tornado.options.parse_command_line()
    Application().listen(options.port, "127.0.0.1")
    print("ready", flush=True)
    tornado.ioloop.IOLoop.instance().start()
