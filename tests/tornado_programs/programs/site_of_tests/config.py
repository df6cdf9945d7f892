"""All that can be set."""

import os

BASE_DIR = os.path.dirname(__file__)

settings = {
    "debug": False,
    "static_path": os.path.join(BASE_DIR, "static"),
    "template_path": os.path.join(BASE_DIR, "template"),
    "xsrf_cookies": True,
    "cookie_secret": "61oETzKXQAGaYdkL5gEmGeJJFuYh7EQnp2XdTP1o/Vo=",
    "login_url": "login",
}
