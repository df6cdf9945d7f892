"""Arguments of query, form and path."""

import pytest

from zonda.web import HTTPError, MissingArgumentError, RequestHandler
from zonda.web.arguments import decode_path_arguments


class Arguments(RequestHandler):
    """Evaluates the expression that the test sends."""

    def post(self):
        expression = self.request.headers["X-Do"]
        try:
            result = eval(expression, {"self": self})
        except HTTPError as error:
            result = f"{error.status_code} {getattr(error, 'arg_name', error)}"
        except TypeError as error:
            result = str(error)
        self.write(repr(result))

    get = post


@pytest.fixture
def evaluate(serve):
    site = serve([("/", Arguments)])

    def evaluate(expression, query="", form=None):
        headers = {"X-Do": f"self.{expression}"}
        path = f"/?{query}"
        answer = (
            site.ask(path, "GET", headers) if form is None else site.post_form(path, form, headers)
        )
        assert answer.status == 200
        return eval(answer.text)

    return evaluate


def test_the_last_of_several_values_counts(evaluate):
    assert evaluate("get_argument('a')", "a=1&a=2") == "2"
    assert evaluate("get_arguments('a')", "a=1&a=2") == ["1", "2"]


def test_body_and_query_are_one_and_can_be_told_apart(evaluate):
    for method, expected in {
        "get_argument('a')": "3",
        "get_arguments('a')": ["1", "2", "3"],
        "get_query_argument('a')": "2",
        "get_query_arguments('a')": ["1", "2"],
        "get_body_argument('a')": "3",
        "get_body_arguments('a')": ["3"],
    }.items():
        assert evaluate(method, "a=1&a=2", "a=3") == expected


@pytest.mark.parametrize("kind", ["", "query_", "body_"])
def test_defaults(evaluate, kind):
    assert evaluate(f"get_{kind}argument('a', 'x')", "b=1", "c=2") == "x"
    assert evaluate(f"get_{kind}argument('a', None)", "b=1", "c=2") is None
    assert evaluate(f"get_{kind}argument('a', default=5)", "b=1", "c=2") == 5
    assert evaluate(f"get_{kind}arguments('a')", "b=1", "c=2") == []


@pytest.mark.parametrize("kind", ["", "query_", "body_"])
def test_without_a_default_it_must_be_there(evaluate, kind):
    assert evaluate(f"get_{kind}argument('a')", "b=1", "c=2") == "400 a"


def test_a_missing_argument_is_answered_with_400(serve):
    class Needs(RequestHandler):
        def get(self):
            self.get_argument("a")

    assert serve([("/", Needs)]).ask("/").status == 400


def test_the_error_names_the_argument():
    error = MissingArgumentError("a")
    assert (error.status_code, error.arg_name) == (400, "a")
    assert str(error) == "HTTP 400: Bad Request (Missing argument a)"


def test_blanks_are_stripped_and_control_characters_become_spaces(evaluate):
    query = "a=+x%00y%0b%0c%1fz%7f+"
    assert evaluate("get_argument('a')", query) == "x y\x0b\x0c z\x7f"
    assert evaluate("get_argument('a', strip=False)", query) == " x y\x0b\x0c z\x7f "
    assert evaluate("get_arguments('a', strip=False)", query) == [" x y\x0b\x0c z\x7f "]
    assert evaluate("get_argument('c')", "c=+%C2%A0q%E2%80%A8+") == "q"


def test_what_is_not_utf_8_is_refused_even_beside_good_values(evaluate):
    assert evaluate("get_argument('a')", "a=%ff&a=1").startswith("400 ")
    assert evaluate("get_argument('a', 'default')", "a=%ff").startswith("400 ")
    assert "Invalid unicode in a" in evaluate("get_arguments('a')", "a=%ff")


def test_a_default_in_the_wrong_place_is_noticed(evaluate):
    assert "takes no default" in evaluate("get_arguments('a', 'default')", "a=1")


def test_decoding_can_be_overridden(serve):
    class Latin(Arguments):
        def decode_argument(self, value, name=None):
            return f"{name}:{value.decode('latin-1')}"

    class Raw(Arguments):
        def decode_argument(self, value, name=None):
            return value

    site = serve([("/latin", Latin), ("/raw", Raw)])
    do = {"X-Do": "self.get_argument('a')"}
    assert site.ask("/latin?a=%e9", headers=do).text == "'a:é'"
    assert site.ask("/raw?a=%e9", headers=do).text == repr(b"\xe9")


class Path(RequestHandler):
    def get(self, *args, **kwargs):
        self.write(repr((args, kwargs, self.path_args, self.path_kwargs)))


def test_groups_of_the_path(serve):
    site = serve([("/p/([^/]*)/(x)?", Path), ("/n/(?P<name>[^/]*)/(?P<other>x)?", Path)])
    args = ("a b+c", None)
    assert eval(site.ask("/p/a%20b+c/").text) == (args, {}, list(args), {})
    kwargs = {"name": "é", "other": None}
    assert eval(site.ask("/n/%C3%A9/").text) == ((), kwargs, [], kwargs)
    assert site.ask("/p/%ff/").status == 400
    assert site.ask("/n/%ff/").status == 400


def test_decoding_groups_by_hand():
    class Handler(Path):
        def __init__(self):
            pass

        def decode_argument(self, value, name=None):
            return f"{name}={value.decode()}"

    decoded = decode_path_arguments(Handler(), [b"a", None], {"n": b"b", "m": None})
    assert decoded == (["None=a", None], {"n": "n=b", "m": None})
