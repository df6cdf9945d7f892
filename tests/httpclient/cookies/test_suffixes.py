"""Public suffixes, by the list and without it."""

import subprocess
import sys

import pytest

from zonda.httpclient.cookies import is_public_suffix
from zonda.httpclient.cookies.suffixes import follows_the_pattern

PUBLIC = ["com", "localhost", "co.uk", "com.au", "github.io", "foo.ck", "herokuapp.com"]
PRIVATE = ["example.com", "example.co.uk", "bbc.uk", "user.github.io", "a.foo.ck", "hp.de", "x.y.z"]


@pytest.mark.parametrize("domain", PUBLIC)
def test_public(domain):
    assert follows_the_pattern(domain)
    pytest.importorskip("publicsuffixlist", reason="needs publicsuffixlist")
    assert is_public_suffix(domain)


@pytest.mark.parametrize("domain", PRIVATE)
def test_private(domain):
    assert not follows_the_pattern(domain)
    pytest.importorskip("publicsuffixlist", reason="needs publicsuffixlist")
    assert not is_public_suffix(domain)


def test_the_list_knows_more():
    pytest.importorskip("publicsuffixlist", reason="needs publicsuffixlist")
    assert is_public_suffix("kawasaki.jp")
    assert is_public_suffix("xn--p1ai")


def test_without_the_package():
    code = (
        "import sys; sys.modules['publicsuffixlist'] = None\n"
        "from zonda.httpclient.cookies import is_public_suffix as public\n"
        "assert public('co.uk') and not public('example.com')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
