"""``python -m zonda.tornado app.py``: run a Tornado program on Zonda."""

import sys

from zonda.tornado.launch import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.orig_argv))
