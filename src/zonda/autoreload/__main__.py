"""``python -m zonda.autoreload``: see `zonda.autoreload.main`."""

from zonda.autoreload.wrapper import main

main()
