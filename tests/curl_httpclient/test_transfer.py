"""Transfers: HTTP/2, where libcurl has it."""

import asyncio
import ssl

import pytest

pycurl = pytest.importorskip("pycurl", reason="needs pycurl")
h2_connection = pytest.importorskip("h2.connection", reason="needs h2")
trustme = pytest.importorskip("trustme", reason="needs trustme")


async def serve(reader, writer):
    """An HTTP/2 server with one answer, in small pieces."""
    from h2.config import H2Configuration
    from h2.events import RequestReceived

    connection = h2_connection.H2Connection(H2Configuration(client_side=False))
    connection.initiate_connection()
    writer.write(connection.data_to_send())
    try:
        while data := await reader.read(65536):
            for event in connection.receive_data(data):
                if isinstance(event, RequestReceived):
                    headers = [(":status", "200"), ("x-path", dict(event.headers)[b":path"])]
                    connection.send_headers(event.stream_id, headers)
                    connection.send_data(event.stream_id, b"two\n")
                    connection.send_data(event.stream_id, b"lines\n", end_stream=True)
            writer.write(connection.data_to_send())
    except ConnectionError:
        pass
    writer.close()


async def test_http2(curl_of, tmp_path):
    if not pycurl.version_info()[4] & pycurl.VERSION_HTTP2:
        pytest.skip("this libcurl has no HTTP/2")
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2"])
    authority.issue_cert("localhost").configure_cert(context)
    ca_certs = str(tmp_path / "ca.pem")
    authority.cert_pem.write_to_path(ca_certs)
    connections = []

    async def accept(reader, writer):
        connections.append(writer)
        await serve(reader, writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    client = curl_of()
    seen = []
    for n in range(2):
        response = await client.fetch(f"https://localhost:{port}/{n}", ca_certs=ca_certs)
        assert response.version == "HTTP/2"
        assert (response.code, response.headers["X-Path"]) == (200, f"/{n}")
        assert response.body == b"two\nlines\n"
    async with client.stream(
        f"https://localhost:{port}/s",
        ca_certs=ca_certs,
        hooks={"response": lambda response: seen.append(response.code)},
    ) as response:
        assert [line async for line in response.iter_lines()] == ["two", "lines"]
    assert seen == [200]
    assert len(connections) == 1
    client.close()
    server.close()
    for writer in connections:
        writer.transport.abort()
