"""Other examples that the demo takes in; they lie beside it."""

import importlib
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

#: Makes the routes of the chat below a path.
chat = importlib.import_module("chat").routes
