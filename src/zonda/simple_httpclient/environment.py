"""What the environment says about proxies and passwords, for clients that trust it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from zonda.log import gen_log
from zonda.simple_httpclient.noproxy import NoProxy

if TYPE_CHECKING:
    from netrc import netrc

    from zonda.simple_httpclient.target import Origin

__all__ = ["Environment"]


class Environment:
    """The proxy variables and the netrc file, read once.

    ``http_proxy``, ``https_proxy`` and, for both, ``all_proxy`` hold proxies as URLs;
    ``no_proxy`` those hosts that need none. Names in upper case count as well, after
    those in lower case - but not ``HTTP_PROXY`` in a CGI program (one that has
    ``REQUEST_METHOD``): there it is what a client sent as ``Proxy:`` (CVE-2016-5385).

    The netrc file is the one that ``NETRC`` names, or ``.netrc`` in the home directory.

    Args:
        variables: in place of :data:`os.environ`.
    """

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        variables = os.environ if variables is None else variables

        def value(name: str, upper: bool = True) -> str:
            return variables.get(name) or (variables.get(name.upper(), "") if upper else "")

        proxy_of_all = value("all_proxy")
        self._proxies = {
            "http": value("http_proxy", upper="REQUEST_METHOD" not in variables) or proxy_of_all,
            "https": value("https_proxy") or proxy_of_all,
        }
        self._no_proxy = NoProxy(value("no_proxy"))
        self._netrc = _read_netrc(variables)

    def proxy_for(self, origin: Origin) -> str | None:
        """The URL of the proxy for requests to ``origin``, if there is one."""
        url = self._proxies[origin.scheme]
        return None if not url or self._no_proxy.covers(origin.host, origin.port) else url

    def login_for(self, host: str) -> tuple[str, str] | None:
        """User name and password for ``host``, if the netrc file has them."""
        found = None if self._netrc is None else self._netrc.authenticators(host)
        if found is None or not found[0]:
            return None
        return found[0], found[2] or ""


def _read_netrc(variables: Mapping[str, str]) -> netrc | None:
    import netrc

    path = variables.get("NETRC") or os.path.join(os.path.expanduser("~"), ".netrc")
    try:
        return netrc.netrc(path)
    except FileNotFoundError:
        return None
    except (OSError, netrc.NetrcParseError, UnicodeError) as error:
        gen_log.warning("%s is not used: %s", path, error)
        return None
