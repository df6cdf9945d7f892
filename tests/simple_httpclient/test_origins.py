"""Places at each origin."""

import asyncio

import pytest

from zonda.simple_httpclient import HTTPTimeoutError


class Gates:
    """An origin that answers when it is told to."""

    def __init__(self, wire):
        self.wire = wire
        self.here = asyncio.Semaphore(0)
        self.gates = {}
        self.most = self.now = 0
        self.order = []

    async def play(self, asked, peer):
        self.order.append(asked.target)
        self.now += 1
        self.most = max(self.most, self.now)
        gate = self.gates[asked.target] = asyncio.Event()
        self.here.release()
        await gate.wait()
        self.now -= 1
        return self.wire.ok(asked.target.encode())

    async def arrived(self, count):
        for _ in range(count):
            await asyncio.wait_for(self.here.acquire(), 10)

    def open(self, *targets):
        for target in targets:
            self.gates[target].set()


async def test_the_limit_and_the_order(wire, client_of):
    one, two = Gates(wire), Gates(wire)
    async with wire.Origin(one.play) as first, wire.Origin(two.play) as second:
        client = client_of(max_clients=5, max_clients_per_origin=2)
        fetches = [client.fetch(f"{first.url}/{number}") for number in range(4)]
        other = client.fetch(f"{second.url}/other")
        await one.arrived(2)
        await two.arrived(1)  # it does not wait behind those of the first origin
        assert (len(client.active), len(client.queue), len(client.waiting)) == (3, 0, 2)
        two.open("/other")
        assert (await other).body == b"/other"
        assert len(client.waiting) == 2
        for number in range(4):
            one.open(f"/{number}")
            assert (await fetches[number]).body == f"/{number}".encode()
            if number < 2:
                await one.arrived(1)
        assert one.most == 2
        assert one.order == ["/0", "/1", "/2", "/3"]
        assert not client.waiting
        assert not client.origins._taken


async def test_both_limits(wire, client_of):
    one, two = Gates(wire), Gates(wire)
    async with wire.Origin(one.play) as first, wire.Origin(two.play) as second:
        client = client_of(max_clients=2, max_clients_per_origin=1)
        fetches = [client.fetch(f"{first.url}/{n}") for n in range(2)]
        fetches += [client.fetch(f"{second.url}/{n}") for n in range(2)]
        await one.arrived(1)
        await two.arrived(1)
        one.open("/0")
        await one.arrived(1)
        two.open("/0")
        await two.arrived(1)
        one.open("/1")
        two.open("/1")
        await asyncio.gather(*fetches)
        assert (one.most, two.most) == (1, 1)
        assert not client.active


async def test_waiting_counts_and_can_be_given_up(wire, client_of):
    gates = Gates(wire)
    async with wire.Origin(gates.play) as origin:
        client = client_of(max_clients_per_origin=1)
        first = client.fetch(origin.url + "/first")
        late = client.fetch(origin.url + "/late", request_timeout=0.02)
        given_up = client.fetch(origin.url + "/given-up")
        last = client.fetch(origin.url + "/last")
        await gates.arrived(1)
        given_up.cancel()
        with pytest.raises(HTTPTimeoutError, match="Timeout in request queue"):
            await late
        assert len(client.waiting) == 1
        gates.open("/first")
        await first
        await gates.arrived(1)
        gates.open("/last")
        await last
        assert gates.order == ["/first", "/last"]
        assert not client.origins._taken
        assert not client.origins._held


async def test_a_redirect_goes_to_the_end_of_the_other_queue(wire, client_of):
    gates = Gates(wire)

    async def redirecting(asked, peer):
        return wire.ok(b"", f"Location: {there.url}/moved", status="302 Found")

    async with wire.Origin(gates.play) as there, wire.Origin(redirecting) as here:
        client = client_of(max_clients=2, max_clients_per_origin=1)
        held = client.fetch(there.url + "/held")
        await gates.arrived(1)
        moved = client.fetch(here.url)
        while len(client.active) != 1 or not client.waiting:
            await asyncio.sleep(0)
        # It waits without a place of the client: another fetch of the first origin has it.
        assert (await client.fetch(here.url, follow_redirects=False, raise_error=False)).code == 302
        gates.open("/held")
        await held
        await gates.arrived(1)
        gates.open("/moved")
        response = await moved
        assert response.body == b"/moved"
        assert response.time_info["redirect"] > 0
        assert not client.origins._taken


async def test_no_deadlock_between_the_two_limits(wire, client_of):
    """Everybody redirects everybody else to the origin where he is not."""

    async def play(asked, peer):
        if asked.target == "/end":
            return wire.ok(b"end")
        there = two if peer.writer.get_extra_info("sockname")[1] == one.port else one
        return wire.ok(b"", f"Location: {there.url}/end", status="302 Found")

    async with wire.Origin(play) as one, wire.Origin(play) as two:
        client = client_of(max_clients=1, max_clients_per_origin=1)
        fetches = [client.fetch((one, two)[n % 2].url + f"/{n}") for n in range(40)]
        responses = await asyncio.gather(*fetches)
        assert {response.body for response in responses} == {b"end"}
        assert not client.active
        assert not client.waiting
        assert not client.origins._held
