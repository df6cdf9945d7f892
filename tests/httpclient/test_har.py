"""HAR 1.2."""

import base64
import datetime
import json

import pytest

from zonda.httpclient import HARRecorder, HTTPRequest


async def test_one_exchange(wire, either):
    async def play(asked, peer):
        fields = ("Content-Type: text/plain", "Set-Cookie: sid=secret; Path=/; HttpOnly")
        return wire.ok("é".encode(), *fields)

    async with wire.Origin(play) as origin:
        client = either()
        response = await client.fetch(
            f"{origin.url}/x?a=1&b=&a=2",
            method="POST",
            json={"k": "v"},
            cookies={"c": "d"},
            auth=("user", "password"),
        )
        log = response.to_har()["log"]
    assert (log["version"], log["creator"]["name"]) == ("1.2", "Zonda")
    (entry,) = log["entries"]
    json.dumps(entry)
    started = datetime.datetime.fromisoformat(entry["startedDateTime"])
    assert abs((datetime.datetime.now(datetime.UTC) - started).total_seconds()) < 60
    request = entry["request"]
    assert (request["method"], request["url"]) == ("POST", f"{origin.url}/x?a=1&b=&a=2")
    assert request["queryString"] == [
        {"name": "a", "value": "1"},
        {"name": "b", "value": ""},
        {"name": "a", "value": "2"},
    ]
    assert {"name": "Authorization", "value": "Basic ***"} in request["headers"]
    assert request["cookies"] == [{"name": "c", "value": "***"}]
    assert request["postData"] == {"mimeType": "application/json", "text": '{"k":"v"}'}
    assert request["bodySize"] == 9
    answer = entry["response"]
    assert (answer["status"], answer["statusText"], answer["httpVersion"]) == (
        200,
        "OK",
        "HTTP/1.1",
    )
    assert answer["content"] == {"size": 2, "mimeType": "text/plain", "text": "é"}
    assert answer["cookies"] == [
        {"name": "sid", "value": "***", "httpOnly": True, "secure": False, "path": "/"}
    ]
    assert answer["bodySize"] == 2
    timings = entry["timings"]
    assert timings.keys() == {"blocked", "dns", "connect", "ssl", "send", "wait", "receive"}
    assert timings["connect"] > 0
    assert timings["ssl"] == -1
    parts = [value for name, value in timings.items() if value > 0]
    assert entry["time"] == pytest.approx(sum(parts))
    open_log = response.to_har(mask=False)["log"]["entries"][0]
    assert {"name": "Authorization", "value": "Basic dXNlcjpwYXNzd29yZA=="} in (
        open_log["request"]["headers"]
    )
    assert open_log["response"]["cookies"][0]["value"] == "secret"


async def test_bodies(wire, either):
    async def play(asked, peer):
        return wire.ok(b"\xff\x00" * 10)

    recorder = HARRecorder(max_body=4)
    async with wire.Origin(play) as origin:
        client = either(recorder=recorder)
        await client.fetch(origin.url, method="PUT", body=b"\xff\xfe123")
        await client.fetch(origin.url, streaming_callback=lambda piece: None)
    sent, streamed = recorder.to_har()["log"]["entries"]
    assert sent["request"]["postData"]["text"] == "\xff\xfe12"
    assert sent["request"]["postData"]["comment"] == "the first 4 of 5 octets"
    content = sent["response"]["content"]
    assert base64.b64decode(content["text"]) == b"\xff\x00\xff\x00"
    assert (content["encoding"], content["size"]) == ("base64", 20)
    assert content["comment"] == "the first 4 of 20 octets"
    assert streamed["response"]["content"]["comment"] == "streamed: not recorded"


async def test_an_upload_that_is_produced(wire, client_of):
    async def produce(write):
        await write(b"x")

    recorder = HARRecorder()
    async with wire.Origin() as origin:
        await client_of(recorder=recorder).fetch(origin.url, method="PUT", body_producer=produce)
    (entry,) = recorder.to_har()["log"]["entries"]
    assert entry["request"]["postData"]["comment"] == "streamed: not recorded"
    assert entry["request"]["bodySize"] == -1


async def test_redirects_and_cookies_that_a_jar_added(wire, either):
    async def play(asked, peer):
        if asked.target == "/":
            return wire.ok(b"", "Set-Cookie: a=b", "Location: /c", status="302 Found")
        return wire.ok()

    async with wire.Origin(play) as origin:
        response = await either(cookies=True).fetch(f"{origin.url}/")
        first, second = response.to_har()["log"]["entries"]
        assert first["response"]["redirectURL"] == "/c"
        assert second["response"]["status"] == 200


async def test_failures_and_files(either, tmp_path):
    recorder = HARRecorder(max_entries=2)
    client = either(recorder=recorder)
    for n in range(3):
        with pytest.raises(Exception):  # noqa: B017 - each client's own
            await client.fetch(f"http://u:p@127.0.0.1:1/{n}")
    path = tmp_path / "x.har"
    recorder.save(path)
    entries = json.loads(path.read_text())["log"]["entries"]
    assert [entry["request"]["url"][-2:] for entry in entries] == ["/1", "/2"]
    assert entries[0]["request"]["url"] == "http://u:***@127.0.0.1:1/1"
    assert entries[0]["response"]["status"] == 0
    assert "onnect" in entries[0]["response"]["_error"]


def test_a_request_that_gives_bytes():
    request = HTTPRequest("http://a.example/", user_agent="me")
    recorder = HARRecorder()
    recorder.record(request, ValueError("no"))
    (entry,) = recorder.to_har()["log"]["entries"]
    assert {"name": "User-Agent", "value": "me"} in entry["request"]["headers"]
    assert entry["response"]["_error"] == "ValueError: no"
