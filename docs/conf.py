"""Sphinx's settings. ``make docs`` builds with warnings as errors and without network."""

from pathlib import Path

import zonda
from tools.dev import reference

project = "Zonda"
author = "The Zonda maintainers"
copyright = "The Zonda maintainers"
version = release = zonda.version

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
default_role = "code"  # `name` in a docstring is code, as it is in Markdown
# Tornado has classes of one name in several modules; a reference to it may mean any of them.
suppress_warnings = ["ref.python"]

autodoc_member_order = "groupwise"
autodoc_typehints_format = "short"
myst_heading_anchors = 3
python_use_unqualified_type_names = True
napoleon_use_ivar = True  # an attribute may be described by the class and be a property too

html_theme = "furo"
html_title = f"Zonda {version}"
html_copy_source = False

reference.write(Path(__file__).parent / "reference")
