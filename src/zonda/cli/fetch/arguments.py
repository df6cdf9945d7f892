"""The command line of ``zonda fetch``. Letters mean what they mean to curl."""

from __future__ import annotations

import argparse

from zonda.cli.fetch.exits import EXITS

__all__ = ["parser"]

_DESCRIPTION = """\
Fetch a URL and write the content to standard output, or into a file. Redirects are followed,
and proxies are taken from the environment (http_proxy, https_proxy, all_proxy, no_proxy).
"""


def parser() -> argparse.ArgumentParser:
    """A parser for the arguments behind ``zonda fetch``."""
    exits = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in EXITS.items())
    made = argparse.ArgumentParser(
        prog="zonda fetch",
        description=_DESCRIPTION,
        epilog=f"exit codes:\n{exits}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("url", metavar="URL", help="what to fetch; http:// may be left out")
    _add_request(made)
    _add_output(made)
    _add_way(made)
    return made


def _add_request(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("request")
    add = group.add_argument
    add("-X", "--request", metavar="METHOD", help="the method; by default GET, or POST with data")
    add("-H", "--header", metavar="'NAME: VALUE'", action="append", default=[], help="a field")
    add(
        "-d",
        "--data",
        metavar="DATA",
        action="append",
        help="content of a form; @FILE for that of a file, @- for standard input; "
        "several are joined by &",
    )
    add("--json", metavar="DATA", help="content as it is, as application/json; @FILE, @-")
    add(
        "-F",
        "--form",
        metavar="NAME=CONTENT",
        action="append",
        help="a field of multipart/form-data; NAME=@FILE sends a file, behind it "
        ";type=TYPE and ;filename=NAME",
    )
    add("-u", "--user", metavar="USER[:PASSWORD]", help="log in; the password is asked for")
    add("--digest", action="store_true", help="log in by digest")
    add("-A", "--user-agent", metavar="NAME", help="what the User-Agent field says")
    add("-b", "--cookie", metavar="'NAME=VALUE; ...'", help="what the Cookie field says")
    add("--compressed", action="store_true", help="let the server compress, and unpack it")


def _add_output(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("output")
    add = group.add_argument
    add("-o", "--output", metavar="FILE", help="write to a file; - for standard output")
    add(
        "-O",
        "--remote-name",
        action="store_true",
        help="write to a file with the name that ends the URL",
    )
    add(
        "-C",
        "--resume",
        action="store_true",
        help="go on with what an interrupted fetch has left (FILE.part)",
    )
    add("-i", "--include", action="store_true", help="write the response's head, too")
    add("-I", "--head", action="store_true", help="ask for the head alone, and write it")
    add("-v", "--verbose", action="store_true", help="tell of connections and heads on stderr")
    add("-s", "--silent", action="store_true", help="no progress bar, no messages")


def _add_way(made: argparse.ArgumentParser) -> None:
    group = made.add_argument_group("on the way")
    add = group.add_argument
    add(
        "-L",
        "--location",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="follow redirects",
    )
    add("--max-redirs", metavar="N", type=int, default=20, help="how many (20)")
    add("-x", "--proxy", metavar="URL", help="http, https, socks5 or socks5h; '' for none")
    add("-k", "--insecure", action="store_true", help="believe any certificate")
    add("--cacert", metavar="FILE", help="certificates to believe (PEM)")
    add("--cert", metavar="FILE", help="our own certificate (PEM)")
    add("--key", metavar="FILE", help="its key (PEM)")
    add("--interface", metavar="NAME", help="network interface, or address, to connect from")
    add("--unix-socket", metavar="PATH", help="connect to a Unix socket")
    add("--connect-timeout", metavar="SECONDS", type=float, default=20.0, help="20")
    add("-m", "--max-time", metavar="SECONDS", type=float, default=0.0, help="for everything")
    add("--retry", metavar="N", type=int, default=0, help="times to try again when it may help")
