"""``python -m zonda.httpclient``."""

from zonda.httpclient.command import main

if __name__ == "__main__":
    main()
