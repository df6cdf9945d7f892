"""The class that handlers derive from: how one is made."""

from zonda import web


class Counted:
    """A class of the user's own, with what it needs set up in the ordinary way."""

    def __init__(self):
        self.count = 1
        super().__init__()


def test_classes_behind_are_made_as_well(serve):
    class Behind(web.RequestHandler, Counted):
        def initialize(self):
            self.count += 1

        def get(self):
            self.write(str(self.count))

    class Below(Behind):
        pass

    site = serve([("/", Behind), ("/below", Below)])
    assert site.ask("/").body == b"2"
    assert site.ask("/below").body == b"2"


def test_what_is_behind_sees_application_and_request(serve):
    seen = []

    class Looks:
        def __init__(self):
            seen.append((self.application, self.request.path))

    class Page(web.RequestHandler, Looks):
        def get(self):
            self.write("x")

    site = serve([("/", Page)])
    site.ask("/")
    assert [path for _, path in seen] == ["/"]


def test_however_a_handler_is_made_it_is_told(serve):
    """Its own ``__init__`` or ``__new__``, a metaclass, and what a program patches in later."""

    class Meta(type):
        def __call__(cls, *args, **kwargs):
            handler = super().__call__(*args, **kwargs)
            handler.made.append("metaclass")
            return handler

    class Base(web.RequestHandler):
        def initialize(self, word=None):
            self.made = [*getattr(self, "made", ()), f"initialize {word}"]

        def get(self):
            self.write(", ".join(self.made))

    class Init(Base):
        def __init__(self, *args, **kwargs):
            self.made = ["init"]
            super().__init__(*args, **kwargs)

    class New(Base):
        def __new__(cls, *args, **kwargs):
            handler = super().__new__(cls)
            handler.made = ["new"]
            return handler

    class Metaclassed(Base, metaclass=Meta):
        pass

    classes = {"base": Base, "init": Init, "new": New, "meta": Metaclassed}
    routes = [(f"/{name}", cls) for name, cls in classes.items()]
    site = serve([*routes, ("/words", Base, {"word": "x"})])
    assert site.ask("/base").body == b"initialize None"
    assert site.ask("/words").body == b"initialize x"
    assert site.ask("/init").body == b"init, initialize None"
    assert site.ask("/new").body == b"new, initialize None"
    assert site.ask("/meta").body == b"initialize None, metaclass"


def test_an_init_that_is_patched_in_while_serving_is_called(serve, monkeypatch):
    """As tools that trace requests do."""

    class Page(web.RequestHandler):
        traced = False

        def get(self):
            self.write(str(self.traced))

    site = serve([("/", Page)])
    assert site.ask("/").body == b"False"
    plain = web.RequestHandler.__init__

    def traced(self, *args, **kwargs):
        plain(self, *args, **kwargs)
        self.traced = True

    monkeypatch.setattr(web.RequestHandler, "__init__", traced)
    assert site.ask("/").body == b"True"
