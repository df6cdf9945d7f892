"""``bokeh serve``, with pull_session and a change that goes to the server and back."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tools.apps.programs import ON_ZONDA, check, free_port, launched, wait_for

APP = f"""
{ON_ZONDA}
from bokeh.io import curdoc
from bokeh.models import Slider
from bokeh.plotting import figure

slider = Slider(title="x", start=0, end=10, value=3)
plot = figure(title="a plot")
plot.line([1, 2], [3, 4])
curdoc().add_root(slider)
curdoc().add_root(plot)
curdoc().title = "checked"
"""

CLIENT = f"""
import sys
{ON_ZONDA}
from bokeh.client import pull_session

session = pull_session(url=sys.argv[1])
document = session.document
slider, plot = document.roots
print(document.title, slider.value, plot.title.text, flush=True)
slider.value = 7
session.force_roundtrip()
again = pull_session(session_id=session.id, url=sys.argv[1])
print(again.document.roots[0].value, flush=True)
again.close()
session.close()
"""


def main() -> None:
    """Run the check."""
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "app.py").write_text(APP)
        (folder / "client.py").write_text(CLIENT)
        options = ("serve", "app.py", f"--port={port}", "--address=127.0.0.1")
        with launched("-m", "bokeh", *options, log=folder / "log") as process:
            url = f"http://127.0.0.1:{port}/app"
            page = wait_for(url, process)
            check("<title>checked</title>" in page, "the page is served")
            with launched("client.py", url, log=folder / "client.log") as client:
                check(client.wait(60) == 0, "a session is pulled")
                first, second = (folder / "client.log").read_text().splitlines()
            check(first == "checked 3 a plot", "the document is the server's")
            check(second == "7", "a change goes to the server, and to others in the session")


if __name__ == "__main__":
    main()
