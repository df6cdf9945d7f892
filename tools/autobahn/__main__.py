"""``make autobahn``: all cases on our server and our client, or a quick part of them.

python -m tools.autobahn [--quick] [--only server|client]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tools.autobahn.suite import LONG, report, test_client, test_server, wstest

parser = argparse.ArgumentParser(prog="python -m tools.autobahn", description=__doc__)
parser.add_argument("--quick", action="store_true", help="leave out the long cases")
parser.add_argument("--only", choices=["server", "client"], help="test only one end")
parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir(), "zonda-autobahn"))
options = parser.parse_args()

program = wstest(options.cache)
cases = {"cases": ["*"], "exclude-cases": LONG if options.quick else []}
good = True
if options.only != "client":
    good &= report("server", test_server(program, options.cache / "server", cases))
if options.only != "server":
    good &= report("client", test_client(program, options.cache / "client", cases))
raise SystemExit(0 if good else 1)
