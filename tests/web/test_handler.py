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
