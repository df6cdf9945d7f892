"""The page of the template row, in the two languages that the peers have."""

from functools import cache
from typing import Any

TORNADO = """<!DOCTYPE html>
<html><head><title>{{ title }}</title></head><body>
<h1>{{ title }}</h1>
<table>{% for reading in readings %}
<tr class="{% if reading["calm"] %}calm{% else %}wind{% end %}">
<td>{{ reading["place"] }}</td> <td>{{ reading["speed"] }}</td>
</tr>{% end %}
</table>
</body></html>
"""

JINJA = TORNADO.replace("{% end %}\n</table>", "{% endfor %}\n</table>").replace(
    "{% end %}", "{% endif %}"
)


@cache
def jinja_page() -> Any:
    """The page as Jinja2 has compiled it."""
    import jinja2

    return jinja2.Environment(autoescape=True).from_string(JINJA)


def render_by_jinja(readings: list[dict[str, object]]) -> str:
    """The page with Jinja2, which most peers recommend."""
    page: str = jinja_page().render(title="Readings", readings=readings)
    return page
