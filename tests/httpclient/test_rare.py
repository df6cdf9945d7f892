"""Names that are imported when they are asked for."""

import subprocess
import sys

import pytest

import zonda.httpclient


def test_every_name_is_there():
    for name in zonda.httpclient.__all__:
        assert getattr(zonda.httpclient, name) is not None
    with pytest.raises(AttributeError, match=r"'zonda\.httpclient' has no attribute 'Nothing'"):
        zonda.httpclient.Nothing


def test_nothing_is_imported_before():
    code = (
        "import sys, zonda.httpclient\n"
        "from zonda.httpclient import HTTPRequest, HTTPResponse, AsyncHTTPClient\n"
        "own = {name.rpartition('.')[2] for name in sys.modules if 'zonda.httpclient.' in name}\n"
        "assert not own & {'cookies', 'retry', 'har', 'streaming', 'journey', 'hooks'}, own\n"
        "from zonda.httpclient import Retry\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
