"""What is to be fetched, and how."""

from __future__ import annotations

import datetime
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from zonda.escape import utf8
from zonda.httpclient.forms import Content, Pairs, add_params, cookie_field, encode_content
from zonda.httputil import HTTPHeaders, format_timestamp

if TYPE_CHECKING:
    import ssl

    from zonda.httpclient.auth import Auth, AuthFunction
    from zonda.httpclient.hooks import Hook, Hooks
    from zonda.httpclient.retry import Retry
    from zonda.httpclient.timeouts import Timeout

__all__ = ["HTTPRequest"]

BodyProducer = Callable[[Callable[[bytes], "Awaitable[None]"]], "Awaitable[None] | None"]
#: Takes an address and a port, says whether they may be connected to.
AddressFilter = Callable[[str, int], bool]
StreamingCallback = Callable[[bytes], "Awaitable[None] | None"]


class HTTPRequest:
    """An HTTP request for a client to make.

    Args:
        url: absolute URL, ``http`` or ``https``.
        method: HTTP method.
        headers: header fields.
        body: content, bytes or str (sent as UTF-8).
        auth_username, auth_password: credentials.
        auth_mode: ``"basic"`` (default) or ``"digest"``.
        connect_timeout: seconds for the connection, TLS handshake included; 20.
        request_timeout: seconds for the whole request; 20; 0 for none.
        if_modified_since: datetime or epoch seconds: sent as ``If-Modified-Since``.
        follow_redirects: whether redirects are followed; True.
        max_redirects: how many; 5.
        user_agent: the ``User-Agent`` field.
        use_gzip: older name of ``decompress_response``.
        network_interface: name of the network interface to connect from, or its address.
        streaming_callback: called with each piece of the body as it arrives, plain or
            ``async``; ``response.body`` is empty then.
        header_callback: called with each header line, CRLF included, the status line
            first and an empty line last.
        prepare_curl_callback: called with the ``pycurl.Curl``; curl client only.
        proxy_host, proxy_port, proxy_username, proxy_password, proxy_auth_mode: proxy.
        allow_nonstandard_methods: allow any method, with or without a body.
        validate_cert: whether HTTPS certificates are verified; True.
        ca_certs: file of trusted certificates, PEM.
        allow_ipv6: whether IPv6 may be used; True.
        client_key, client_cert: files of a client certificate, PEM.
        body_producer: called with a ``write`` function to produce the body bit by bit;
            ``write`` returns an awaitable for flow control. Without a
            ``Content-Length`` header the body is sent chunked.
        expect_100_continue: ask the server before sending the body.
        decompress_response: ask for compressed responses and unpack them; True.
        ssl_options: an :class:`ssl.SSLContext`, or a dictionary as for
            :func:`zonda.netutil.ssl_options_to_context`, instead of the options above.
        params: (not in Tornado, as all that follow) names and values to add to the URL's
            query; a list or tuple repeats the name, None leaves it out.
        json: content, to be sent as JSON.
        data: content: a form's names and values, sent URL-encoded or, with ``files``, as
            multipart/form-data. Bytes or str are sent as they are.
        files: a form's files: name and content. Content is bytes or str, a path
            (:class:`os.PathLike`), a file opened for reading bytes, or a tuple of file
            name, one of these and perhaps a content type. Paths and files are read while
            they are sent.
        cookies: names and values for the ``Cookie`` field.
        proxy: the proxy as a URL, ``scheme://user:password@host:port``. Schemes: ``http``
            and ``https`` (how to speak to the proxy itself), ``socks5`` (names are looked up
            here) and ``socks5h`` (there). It goes before ``proxy_host``; ``""``: no proxy.
        proxy_ssl_options: like ``ssl_options``, for an ``https`` proxy.
        unix_socket: path of a Unix socket to connect to in place of the URL's host.
        server_hostname: the name that the server's certificate must have, and that is sent
            to it (SNI), in place of the URL's host.
        address_filter: called with each address that a host or a literal stands for, and the
            port; says whether it may be connected to. Also asked about redirects, and about
            what a proxy is to connect to; not about the proxy itself. For URLs of strangers:
            :func:`zonda.netutil.is_public_address`.
        auth: how to log in: a pair of user name and password, :class:`BasicAuth`,
            :class:`DigestAuth`, :class:`BearerAuth`, or a function, plain or ``async``, that
            is called with each request about to be sent to the URL's origin and sets its
            fields.
        timeout: time limits by phase: a :class:`Timeout`, a mapping with its names, or a
            number, which is the total. It goes before the limits above.
        retries: which requests are sent again, and when: a :class:`Retry`, or how often.
            It takes the place of the client's.
        hooks: functions that are told of what happens, by event; see :class:`Hooks`. They are
            called behind the client's.

    Raises:
        ValueError: the arguments do not go together.
    """

    #: What a client uses for attributes that are None, unless told otherwise.
    _DEFAULTS: dict[str, Any] = {
        "connect_timeout": 20.0,
        "request_timeout": 20.0,
        "follow_redirects": True,
        "max_redirects": 5,
        "decompress_response": True,
        "proxy_password": "",
        "allow_nonstandard_methods": False,
        "validate_cert": True,
    }

    # Class attributes stand for arguments that were not given: most are not.
    method: str = "GET"
    _headers: HTTPHeaders | None = None
    _body: bytes | None = None
    auth_username: str | None = None
    auth_password: str | None = None
    auth_mode: str | None = None
    connect_timeout: float | None = None
    request_timeout: float | None = None
    follow_redirects: bool | None = None
    max_redirects: int | None = None
    user_agent: str | None = None
    network_interface: str | None = None
    streaming_callback: StreamingCallback | None = None
    header_callback: Callable[[str], object] | None = None
    prepare_curl_callback: Callable[[Any], None] | None = None
    proxy_host: str | None = None
    proxy_port: int | None = None
    proxy_username: str | None = None
    proxy_password: str | None = None
    proxy_auth_mode: str | None = None
    allow_nonstandard_methods: bool | None = None
    validate_cert: bool | None = None
    ca_certs: str | None = None
    allow_ipv6: bool | None = None
    client_key: str | None = None
    client_cert: str | None = None
    body_producer: BodyProducer | None = None
    expect_100_continue: bool = False
    decompress_response: bool | None = None
    ssl_options: ssl.SSLContext | dict[str, Any] | None = None
    proxy: str | None = None
    proxy_ssl_options: ssl.SSLContext | dict[str, Any] | None = None
    unix_socket: str | None = None
    server_hostname: str | None = None
    address_filter: AddressFilter | None = None
    #: Seconds for which the server may be silent; 0: any time. See `Timeout.read`.
    read_timeout: float | None = None
    #: Sets the fields that log in; see ``AuthFunction``.
    auth: AuthFunction | None = None
    retries: Retry | None = None
    hooks: Hooks | None = None
    #: Whether a plain ``fetch_impl`` will not do.
    _special: bool = False
    #: Whether a redirect led to another origin than the caller's: it gets no credentials.
    _strayed: bool = False

    def __init__(
        self,
        url: str,
        method: str = "GET",
        headers: Mapping[str, str] | HTTPHeaders | None = None,
        body: bytes | str | None = None,
        auth_username: str | None = None,
        auth_password: str | None = None,
        auth_mode: str | None = None,
        connect_timeout: float | None = None,
        request_timeout: float | None = None,
        if_modified_since: float | datetime.datetime | None = None,
        follow_redirects: bool | None = None,
        max_redirects: int | None = None,
        user_agent: str | None = None,
        use_gzip: bool | None = None,
        network_interface: str | None = None,
        streaming_callback: StreamingCallback | None = None,
        header_callback: Callable[[str], object] | None = None,
        prepare_curl_callback: Callable[[Any], None] | None = None,
        proxy_host: str | None = None,
        proxy_port: int | None = None,
        proxy_username: str | None = None,
        proxy_password: str | None = None,
        proxy_auth_mode: str | None = None,
        allow_nonstandard_methods: bool | None = None,
        validate_cert: bool | None = None,
        ca_certs: str | None = None,
        allow_ipv6: bool | None = None,
        client_key: str | None = None,
        client_cert: str | None = None,
        body_producer: BodyProducer | None = None,
        expect_100_continue: bool = False,
        decompress_response: bool | None = None,
        ssl_options: ssl.SSLContext | dict[str, Any] | None = None,
        *,
        params: Pairs | None = None,
        json: Any = None,
        data: Pairs | bytes | str | None = None,
        files: Pairs | None = None,
        cookies: Mapping[str, str] | None = None,
        proxy: str | None = None,
        proxy_ssl_options: ssl.SSLContext | dict[str, Any] | None = None,
        unix_socket: str | None = None,
        server_hostname: str | None = None,
        address_filter: AddressFilter | None = None,
        auth: Auth | None = None,
        timeout: float | Mapping[str, float | None] | Timeout | None = None,
        retries: Retry | int | None = None,
        hooks: Hooks | Mapping[str, Hook | Sequence[Hook]] | None = None,
    ) -> None:
        self.url = url
        # Only what is given is stored; class attributes stand for the rest.
        if method != "GET":
            self.method = method
        if headers is not None:
            self.headers = headers
        if body is not None:
            self.body = body
        if connect_timeout is not None:
            self.connect_timeout = connect_timeout
        if request_timeout is not None:
            self.request_timeout = request_timeout
        if expect_100_continue:
            self.expect_100_continue = expect_100_continue
        if (
            use_gzip is not None
            or auth_username is not None
            or auth_password is not None
            or auth_mode is not None
            or follow_redirects is not None
            or max_redirects is not None
            or user_agent is not None
            or network_interface is not None
            or streaming_callback is not None
            or header_callback is not None
            or prepare_curl_callback is not None
            or proxy_host is not None
            or proxy_port is not None
            or proxy_username is not None
            or proxy_password is not None
            or proxy_auth_mode is not None
            or allow_nonstandard_methods is not None
            or validate_cert is not None
            or ca_certs is not None
            or allow_ipv6 is not None
            or client_key is not None
            or client_cert is not None
            or body_producer is not None
            or decompress_response is not None
            or ssl_options is not None
            or proxy is not None
            or proxy_ssl_options is not None
            or unix_socket is not None
            or server_hostname is not None
            or address_filter is not None
        ):
            self.auth_username = auth_username
            self.auth_password = auth_password
            self.auth_mode = auth_mode
            self.follow_redirects = follow_redirects
            self.max_redirects = max_redirects
            self.user_agent = user_agent
            self.network_interface = network_interface
            self.streaming_callback = streaming_callback
            self.header_callback = header_callback
            self.prepare_curl_callback = prepare_curl_callback
            self.proxy_host = proxy_host
            self.proxy_port = proxy_port
            self.proxy_username = proxy_username
            self.proxy_password = proxy_password
            self.proxy_auth_mode = proxy_auth_mode
            self.allow_nonstandard_methods = allow_nonstandard_methods
            self.validate_cert = validate_cert
            self.ca_certs = ca_certs
            self.allow_ipv6 = allow_ipv6
            self.client_key = client_key
            self.client_cert = client_cert
            self.body_producer = body_producer
            self.decompress_response = (
                use_gzip if decompress_response is None else decompress_response
            )
            self.ssl_options = ssl_options
            self.proxy = proxy
            self.proxy_ssl_options = proxy_ssl_options
            self.unix_socket = unix_socket
            self.server_hostname = server_hostname
            self.address_filter = address_filter
        self.start_time = time.time()
        if if_modified_since:
            self.headers["If-Modified-Since"] = format_timestamp(if_modified_since)
        if params is not None:
            self.url = add_params(url, params)
        if cookies:
            own = self._own_headers()
            own["Cookie"] = cookie_field(cookies, own.get("Cookie"))
        if json is not None or data is not None or files is not None:
            self._set_content(encode_content(data, json, files))
        if auth is not None or timeout is not None or retries is not None or hooks is not None:
            self._set_session(auth, timeout, retries, hooks)

    def _own_headers(self) -> HTTPHeaders:
        """The headers as an object of our own, to add to."""
        given = self._headers
        self._headers = own = HTTPHeaders() if given is None else HTTPHeaders(given)
        return own

    def _set_content(self, content: Content | None) -> None:
        if content is None:
            return
        if self._body is not None or self.body_producer is not None:
            raise ValueError("give one of body, body_producer, json, and data with files")
        headers = self._own_headers()
        if content.content_type is not None:
            headers.setdefault("Content-Type", content.content_type)
        if content.producer is None:
            self._body = content.body
            return
        self.body_producer = content.producer
        if content.length is not None:
            headers["Content-Length"] = str(content.length)

    def _set_session(
        self,
        auth: Auth | None,
        timeout: float | Mapping[str, float | None] | Timeout | None,
        retries: Retry | int | None,
        hooks: Hooks | Mapping[str, Hook | Sequence[Hook]] | None,
    ) -> None:
        if auth is not None:
            from zonda.httpclient.auth import apply_auth

            apply_auth(self, auth)
        if timeout is not None:
            from zonda.httpclient.timeouts import Timeout

            limits = Timeout.of(timeout)
            if limits.total is not None:
                self.request_timeout = limits.total
            if limits.connect is not None:
                self.connect_timeout = limits.connect
            if limits.read is not None:
                self.read_timeout = limits.read
                self._special = True
        if retries is not None:
            from zonda.httpclient.retry import Retry

            self.retries = Retry.of(retries)
            self._special = True
        if hooks is not None:
            from zonda.httpclient.hooks import Hooks

            self.hooks = Hooks.of(hooks)
            self._special = True

    @classmethod
    def of_url(cls, url: str, start_time: float | None = None) -> HTTPRequest:
        """A plain GET, made without looking at thirty arguments that nobody gave."""
        request = cls.__new__(cls)
        request.url = url
        request.start_time = time.time() if start_time is None else start_time
        return request

    @classmethod
    def of_arguments(cls, url: str, arguments: dict[str, Any]) -> HTTPRequest:
        """The request that ``HTTPRequest(url, **arguments)`` makes, at a third where it can."""
        if not arguments.keys() <= _AS_THEY_ARE:
            return cls(url, **arguments)
        request = cls.of_url(url)
        own = request.__dict__
        own.update(arguments)
        if "headers" in arguments:
            own["_headers"] = own.pop("headers")
        if "body" in arguments:
            body = own.pop("body")
            own["_body"] = None if body is None else utf8(body)
        return request

    @property
    def headers(self) -> HTTPHeaders:
        """Header fields; any mapping may be assigned."""
        if self._headers is None:
            self._headers = HTTPHeaders()
        return self._headers

    @headers.setter
    def headers(self, value: Mapping[str, str] | HTTPHeaders | None) -> None:
        self._headers = value  # type: ignore[assignment]

    @property
    def body(self) -> bytes:
        """The content; a str that is assigned is encoded as UTF-8."""
        return self._body  # type: ignore[return-value]

    @body.setter
    def body(self, value: bytes | str | None) -> None:
        self._body = None if value is None else utf8(value)

    def to_curl(self, mask: bool = False) -> str:
        """The command for a shell that makes this request with ``curl``.

        Args:
            mask: whether passwords, cookies and tokens are replaced by ``***``.

        Raises:
            ValueError: a header field holds what cannot be sent.
        """
        from zonda.httpclient.curlcommand import curl_command

        return curl_command(self, mask)


#: Arguments that do nothing but set the attribute of their name.
_AS_THEY_ARE: Final = frozenset(
    {name for name in HTTPRequest.__annotations__ if not name.startswith("_")}
    - {"auth", "retries", "hooks", "read_timeout"}
    | {"headers", "body"}
)


class RequestProxy:
    """A request with a client's defaults behind it: the attributes that were left None."""

    __slots__ = ("defaults", "request")

    def __init__(self, request: HTTPRequest, defaults: dict[str, Any] | None) -> None:
        self.request = request
        self.defaults = defaults

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.request, name)
        if value is None and self.defaults:
            return self.defaults.get(name)
        return value
