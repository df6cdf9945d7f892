"""``python -m zonda.httpclient URL``: fetch URLs and print what comes."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Fetch the URLs given on the command line; see ``--help``."""
    from zonda.escape import native_str
    from zonda.httpclient.blocking import HTTPClient
    from zonda.httpclient.errors import HTTPClientError
    from zonda.options import define, options, parse_command_line

    define("print_headers", type=bool, default=False, help="print the response's header fields")
    define("print_body", type=bool, default=True, help="print the response's content")
    define("follow_redirects", type=bool, default=True, help="follow redirects")
    define("validate_cert", type=bool, default=True, help="verify HTTPS certificates")
    define("proxy_host", type=str, help="host name of an HTTP proxy")
    define("proxy_port", type=int, help="port of the HTTP proxy")
    urls = parse_command_line()
    client = HTTPClient()
    for url in urls:
        try:
            response = client.fetch(
                url,
                follow_redirects=options.follow_redirects,
                validate_cert=options.validate_cert,
                proxy_host=options.proxy_host,
                proxy_port=options.proxy_port,
            )
        except HTTPClientError as error:
            if error.response is None:
                raise
            response = error.response
        if options.print_headers:
            print(response.headers)
        if options.print_body:
            print(native_str(response.body))
    client.close()
