"""Pieces of the web framework alone, beside their peers: ``python -m benchmarks.micro``.

Templates: one page of a table with 50 rows, escaped, with a loop, a condition and a call, in
Zonda's, Tornado's and Jinja2's language. Routes: finding the handler among 10 and among 1000
routes with an argument each, the last of them. CPU time per operation, the least of several
interleaved rounds; whatever is not installed is left out.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from typing import Any

ROUNDS = 7
SECONDS = 0.2

ITEMS = [
    {"id": number, "title": f"Wind <{number}>", "speed": number * 1.5, "calm": number % 3 == 0}
    for number in range(50)
]

_TORNADO_PAGE = """<!DOCTYPE html>
<html><head><title>{{ title }}</title></head><body>
<table>{% for item in items %}
<tr class="{% if item["calm"] %}calm{% else %}wind{% end %}">
<td>{{ item["id"] }}</td><td>{{ item["title"] }}</td><td>{{ knots(item["speed"]) }}</td>
</tr>{% end %}
</table>
</body></html>
"""
_JINJA_PAGE = _TORNADO_PAGE.replace("{% end %}\n</table>", "{% endfor %}\n</table>").replace(
    "{% end %}", "{% endif %}"
)


def knots(speed: float) -> str:
    """A function that the page calls."""
    return f"{speed * 1.94:.1f}"


def template_operations() -> dict[str, Callable[[], object]]:
    """Rendering the page, by package."""
    names: dict[str, Any] = {"title": "Pampero", "items": ITEMS, "knots": knots}
    found: dict[str, Callable[[], object]] = {}
    for package in ("zonda", "tornado"):
        try:
            template: Any = importlib.import_module(f"{package}.template")
        except ImportError:
            continue
        page = template.Template(_TORNADO_PAGE, whitespace="all")
        found[package] = lambda page=page: page.generate(**names)
    try:
        jinja2: Any = importlib.import_module("jinja2")
    except ImportError:
        pass
    else:
        page = jinja2.Environment(autoescape=True, keep_trailing_newline=True).from_string(
            _JINJA_PAGE
        )
        found["jinja2"] = lambda: page.render(names).encode()
    pages = {name: str(render()) for name, render in found.items()}
    plain = {text.replace("&#x27;", "'").replace("&#39;", "'") for text in pages.values()}
    assert len(plain) == 1, "the pages differ"
    return found


def routing_operations(routes: int) -> dict[str, Callable[[], object]]:
    """Finding the handler of the last of so many routes, by package."""
    found: dict[str, Callable[[], object]] = {}
    for package in ("zonda", "tornado"):
        try:
            web: Any = importlib.import_module(f"{package}.web")
            httputil: Any = importlib.import_module(f"{package}.httputil")
        except ImportError:
            continue
        handlers = [(rf"/part{n}/([0-9]+)/edit", web.RequestHandler) for n in range(routes)]
        application = web.Application(handlers)
        request = httputil.HTTPServerRequest(
            "GET", f"/part{routes - 1}/7/edit", headers=httputil.HTTPHeaders({"Host": "x"})
        )
        request.connection = None
        find = getattr(application, "find_route", None)
        if find is None:
            found[package] = lambda a=application, r=request: a.find_handler(r)
        else:
            assert find(request.path, request)[1] == [b"7"]
            found[package] = lambda find=find, r=request: find(r.path, r)
    return found


def measure(operations: dict[str, Callable[[], object]]) -> dict[str, float]:
    """CPU microseconds of each operation."""
    least = dict.fromkeys(operations, float("inf"))
    for _ in range(ROUNDS):
        for name, operation in operations.items():
            least[name] = min(least[name], _round(operation))
    return least


def _round(operation: Callable[[], object]) -> float:
    count = 0
    begin = now = time.process_time()
    while now < begin + SECONDS:
        for _ in range(20):
            operation()
        count += 20
        now = time.process_time()
    return (now - begin) / count * 1e6


def main() -> None:
    """Measure everything, and print a line for each."""
    for title, operations in (
        ("template", template_operations()),
        ("10 routes", routing_operations(10)),
        ("1000 routes", routing_operations(1000)),
    ):
        figures = measure(operations)
        print(title + ": " + ", ".join(f"{n} {us:.2f} µs" for n, us in figures.items()))


if __name__ == "__main__":
    main()
