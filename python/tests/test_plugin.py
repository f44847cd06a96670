"""Nodes as a worker keeps them: real processes, which say back what they are told."""

import asyncio
import sys
import unittest

from afar_dask.plugin import NodeKeeper, UnknownNode, how_it_ended

ECHO = [
    sys.executable,
    "-c",
    "import socket\ns = socket.socket(fileno=0)\nwhile data := s.recv(1 << 20):\n    s.sendall(data)\n",
]


async def heard(node, n: int) -> bytes:
    """So many bytes of what the node says, asked for in turns."""
    data, turn = b"", 0
    while len(data) < n:
        offset, more, ended = await node.receive(1, turn, len(data), 0.2)
        assert offset == len(data) and ended is None
        data += more
        turn += 1
    return data


def message(kind: int, more: bytes = b"", body: bytes = b"") -> bytes:
    """A message as nodes send them."""
    head = bytes([kind]) + more
    return len(head).to_bytes(4, "little") + len(body).to_bytes(8, "little") + head + body


BEAT = message(1)


class Nodes(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.keeper = NodeKeeper()
        self.keeper.begin(1, BEAT)

    def tearDown(self) -> None:
        self.keeper.teardown(None)

    async def test_bytes_go_there_and_back(self) -> None:
        self.keeper.open(1, 5, ECHO, True, 1, 0)
        node = self.keeper.node(1, 5)
        data = bytes(range(256)) * 40_000
        # Out of order, and one part twice.
        half = len(data) // 2
        self.assertEqual(await node.send(half, data[half:]), 0)
        sending = asyncio.create_task(node.send(0, data[:half]))
        self.assertEqual(await heard(node, len(data)), data)
        self.assertEqual(await sending, len(data))
        self.assertEqual(await node.send(0, data[:half]), len(data))

    async def test_what_was_not_acknowledged_is_told_again(self) -> None:
        self.keeper.open(1, 5, ECHO, True, 1, 0)
        node = self.keeper.node(1, 5)
        await node.send(0, b"one")
        for _ in range(2):
            self.assertEqual(await node.receive(1, 0, 0, 5.0), (0, b"one", None))
        await node.send(3, b"two")
        self.assertEqual(await node.receive(1, 1, 0, 5.0), (3, b"two", None))
        self.assertEqual(await node.receive(1, 0, 0, 5.0), (0, b"one", None))
        # What has arrived is not kept.
        self.assertEqual(await node.receive(1, 2, 3, 0.05), (6, b"", None))
        self.assertEqual(await node.receive(1, 0, 3, 5.0), (0, b"", None))
        self.assertEqual(await node.receive(1, 1, 3, 5.0), (3, b"two", None))

    async def test_whoever_asks_twice_at_once_hears_each_part_once(self) -> None:
        self.keeper.open(1, 5, ECHO, True, 1, 0)
        node = self.keeper.node(1, 5)
        both = [asyncio.create_task(node.receive(1, n, 0, 5.0)) for n in range(2)]
        await node.send(0, b"one")
        done, left = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        self.assertEqual([task.result() for task in done], [(0, b"one", None)])
        await node.send(3, b"two")
        self.assertEqual([await task for task in left], [(3, b"two", None)])

    async def test_the_next_bridge_goes_on_where_the_one_before_it_was(self) -> None:
        self.keeper.open(1, 5, ECHO, True, 1, 0)
        node = self.keeper.node(1, 5)
        await node.send(0, b"onetwo")
        self.assertEqual((await node.receive(1, 0, 0, 5.0))[1], b"onetwo")
        waiting = asyncio.create_task(node.receive(1, 1, 3, 60.0))
        await asyncio.sleep(0.05)
        # It has lost what came last, and is not robbed of it by what the other one asked for.
        for _ in range(2):
            self.keeper.open(1, 5, ECHO, False, 2, 3)
        with self.assertRaises(UnknownNode):
            await waiting
        # What comes late of it takes nothing away.
        with self.assertRaises(UnknownNode):
            await node.receive(1, 2, 6, 5.0)
        self.assertEqual(await node.receive(2, 0, 3, 5.0), (3, b"two", None))
        with self.assertRaises(UnknownNode):
            self.keeper.open(1, 5, ECHO, False, 3, 2)

    async def test_that_a_node_lives_waits_and_what_it_says_does_not(self) -> None:
        self.keeper.open(1, 5, ECHO, True, 1, 0)
        node = self.keeper.node(1, 5)
        loop = asyncio.get_running_loop()
        at = 0
        for turn, (said, waits) in enumerate([
            (BEAT + message(1, b"how far it is"), True),
            (BEAT + message(2, b"something else", b"with a body"), False),
            (message(1, b"", b"a body") + BEAT, True),
            (BEAT + BEAT[:5], False),
        ]):
            await node.send(at, said)
            began = loop.time()
            self.assertEqual((await node.receive(1, turn, at, 0.5))[1], said)
            self.assertEqual(loop.time() - began > 0.4, waits, said)
            at += len(said)

    async def test_how_a_node_ended_comes_behind_what_it_said(self) -> None:
        words = [sys.executable, "-c", "import socket; socket.socket(fileno=0).sendall(b'bye'); raise SystemExit(7)"]
        self.keeper.open(1, 5, words, True, 1, 0)
        node = self.keeper.node(1, 5)
        data, ended, turn = b"", None, 0
        while ended is None:
            _, more, ended = await node.receive(1, turn, len(data), 1.0)
            data += more
            turn += 1
        self.assertEqual((data, ended), (b"bye", "it ended with status 7"))

    async def test_a_node_that_is_closed_is_gone(self) -> None:
        self.keeper.open(1, 5, ECHO, True, 1, 0)
        node = self.keeper.node(1, 5)
        waiting = asyncio.create_task(node.receive(1, 0, 0, 60.0))
        await asyncio.sleep(0.05)
        await self.keeper.close(1, 5)
        self.assertEqual((await waiting)[2], "it was killed by signal 9 (SIGKILL)")
        self.assertIsNotNone(node.process.poll())
        with self.assertRaises(UnknownNode):
            self.keeper.node(1, 5)

    async def test_the_nodes_of_a_gateway_that_has_gone_end(self) -> None:
        self.keeper.open(1, 5, ECHO, True, 1, 0)
        node = self.keeper.node(1, 5)
        self.keeper.begin(1, BEAT)
        self.assertIs(self.keeper.node(1, 5), node)
        self.keeper.begin(2, BEAT)
        self.assertIsNotNone(node.process.wait(5))
        for epoch in (1, 2):
            with self.assertRaises(UnknownNode):
                self.keeper.node(epoch, 5)
        with self.assertRaises(UnknownNode):
            self.keeper.open(2, 5, ECHO, False, 1, 0)

    def test_ends_in_words(self) -> None:
        self.assertEqual(how_it_ended(3), "it ended with status 3")
        self.assertEqual(how_it_ended(-15), "it was killed by signal 15 (SIGTERM)")


if __name__ == "__main__":
    unittest.main()
