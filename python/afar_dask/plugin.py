"""What runs in a Dask worker: it keeps nodes, which are processes of their own, and carries bytes to and from their sockets.

The functions at the end are the tasks that the bridge submits. They are coroutines: they run on the worker's event loop and take
no thread, however long they wait. So a call that waits for what a node says stands in nobody's way.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import time
from typing import Any

from distributed import get_worker
from distributed.diagnostics.plugin import WorkerPlugin

from afar_dask.messages import LENGTHS
from afar_dask.streams import Inlet, Outlet

#: The name under which workers have the plugin.
NAME = "afar-nodes"
#: A node that no bridge has asked for anything for so many seconds is nobody's.
LEASE_S = 60.0
#: So many bytes are sent to the bridge at once.
MAX_BATCH = 32 << 20
#: So many bytes of a node are kept, before it has to wait.
MAX_KEPT = 128 << 20
#: What a node says in such a short time is sent together.
GATHER_S = 0.001
#: So many parts are known that were given to the bridge: it may ask for them again.
MAX_GIVEN = 1024


class UnknownNode(Exception):
    """The node is not here, or not for this bridge: its worker was started anew, or another bridge asks."""


class Node:
    """A node, as the worker that keeps it has it."""

    def __init__(self, program: list[str], beat: bytes) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            # It ends when its socket does, and dies with this process: it asks for that itself.
            self.process = subprocess.Popen(
                program, stdin=theirs, stdout=subprocess.DEVNULL, close_fds=True
            )
        ours.setblocking(False)
        self.touched = time.monotonic()
        #: Why there is nothing more to come.
        self.ended: str | None = None
        self._socket = ours
        self._kind_of_beat = beat[LENGTHS.size] if len(beat) > LENGTHS.size else None
        self._said = Outlet()
        #: The bridge that asks, the offset behind what it was given, and the parts by their numbers.
        self._asking = 0
        self._given_to = 0
        self._given: dict[int, tuple[int, int]] = {}
        self._heard = Inlet()
        self._is_urgent = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._writing = asyncio.Lock()
        self._reading = asyncio.create_task(self._read(), name="afar node")

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while data := await loop.sock_recv(self._socket, 1 << 20):
                self._said.add(data)
                if not self._is_quiet(data):
                    self._is_urgent.set()
                if len(self._said) > MAX_KEPT and self.process.poll() is None:
                    self._has_room.clear()
                    await self._has_room.wait()
        except OSError:
            # A node that was killed with something unread.
            pass
        # What closes its socket is at its end.
        code = await loop.run_in_executor(None, self._reap)
        self._socket.close()
        self.ended = how_it_ended(code)
        self._is_urgent.set()

    def _reap(self) -> int:
        try:
            return self.process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def _is_quiet(self, data: bytes) -> bool:
        """Is it only that the node lives, and how far it is. Where that is guessed wrong, it is sent a little later."""
        at = 0
        while at + LENGTHS.size < len(data):
            n_head, n_body = LENGTHS.unpack_from(data, at)
            # What kind of message it is stands first in its head.
            if data[at + LENGTHS.size] != self._kind_of_beat:
                return False
            at += LENGTHS.size + n_head + n_body
        return at == len(data)

    def resume(self, bridge: int, offset: int) -> None:
        """From here on this bridge asks, and has all below an offset. Said twice, it is as if it was said once."""
        if bridge == self._asking:
            return
        if offset < self._said.base:
            raise UnknownNode(f"what it said from {offset} on is not kept any more")
        if self._asking != 0:
            # Whoever waits for an earlier bridge goes.
            self._is_urgent.set()
        self._asking, self._given_to = bridge, offset
        self._given.clear()

    async def receive(self, bridge: int, n: int, offset: int, patience_s: float) -> tuple[int, bytes, str | None]:
        """The `n`-th part of what the node says, and where it begins; what is below `offset` has arrived.

        Waits for something worth a message. Several may be asked for at once. Asked for again, a part is the same until it has arrived.
        """
        self.touched = time.monotonic()
        self._check(bridge)
        self._said.acknowledge(max(offset, self._said.base))
        if len(self._said) <= MAX_KEPT:
            self._has_room.set()
        if n not in self._given:
            await self._wait(bridge, patience_s)
        # It may have been asked for twice at once.
        if n not in self._given:
            end = min(self._said.end, self._given_to + MAX_BATCH)
            self._given[n] = self._given_to, end
            self._given_to = end
            self._given.pop(n - MAX_GIVEN, None)
            if end == self._said.end and self.ended is None:
                self._is_urgent.clear()
        self.touched = time.monotonic()
        start, end = self._given[n]
        if start < self._said.base:
            return start, b"", None
        is_last = end == self._said.end and self.ended is not None
        return start, self._said.peek_from(start, end - start), self.ended if is_last else None

    async def _wait(self, bridge: int, patience_s: float) -> None:
        """Waits for something worth a message that was not given to this bridge yet, but not for longer than that."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience_s
        while bridge == self._asking and (left := deadline - loop.time()) > 0:
            if self._given_to == self._said.end and self.ended is None:
                self._is_urgent.clear()
            elif self._is_urgent.is_set():
                return
            try:
                await asyncio.wait_for(self._is_urgent.wait(), left)
                await asyncio.sleep(GATHER_S)
            except (asyncio.TimeoutError, TimeoutError):
                pass
        self._check(bridge)

    def _check(self, bridge: int) -> None:
        if bridge != self._asking:
            raise UnknownNode("another bridge asks")

    async def send(self, offset: int, data: bytes) -> int:
        """Gives bytes to the node, once what comes before them is there; how many it has been given."""
        self.touched = time.monotonic()
        loop = asyncio.get_running_loop()
        async with self._writing:
            for part in self._heard.take(offset, data):
                try:
                    await loop.sock_sendall(self._socket, part)
                except OSError:
                    # That it has ended is told by what is received of it.
                    pass
            return self._heard.base

    def kill(self) -> None:
        """Ends it. Whoever waits for what it says, or for room in its socket, is told so."""
        if self.process.poll() is None:
            self.process.kill()
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            # It has ended by itself.
            pass
        self._has_room.set()

    async def finished(self) -> None:
        """Waits until it is gone."""
        await self._reading


def how_it_ended(code: int) -> str:
    """The end of a process, in words."""
    if code >= 0:
        return f"it ended with status {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "unknown"
    return f"it was killed by signal {-code} ({name})"


class NodeKeeper(WorkerPlugin):
    """The nodes of a worker."""

    name = NAME
    idempotent = True

    def __init__(self) -> None:
        self.epoch = 0
        self.beat = b""
        self.nodes: dict[int, Node] = {}
        self._watching: asyncio.Task[None] | None = None

    async def setup(self, worker: Any) -> None:
        """Called when the worker gets the plugin."""
        self._watching = asyncio.create_task(self._watch(), name="afar nodes")

    def teardown(self, worker: Any) -> None:
        """Called when the worker ends in order. After SIGKILL it is not: then the nodes end by themselves."""
        if self._watching is not None:
            self._watching.cancel()
        self._discard(list(self.nodes))

    async def _watch(self) -> None:
        """Ends nodes that nobody asks for any more."""
        while True:
            now = time.monotonic()
            self._discard([n for n, node in self.nodes.items() if now - node.touched > LEASE_S])
            await asyncio.sleep(1.0)

    def _discard(self, links: list[int]) -> None:
        for link in links:
            node = self.nodes.pop(link, None)
            if node is not None:
                node.kill()

    def begin(self, epoch: int, beat: bytes) -> int:
        """A bridge has come: nodes of a gateway that has gone end. Gives the number of this process."""
        if epoch != self.epoch:
            self._discard(list(self.nodes))
        self.epoch, self.beat = epoch, beat
        return os.getpid()

    def open(self, epoch: int, link: int, program: list[str], is_new: bool, bridge: int, received: int) -> None:
        """Starts a node, unless it is there; from here on this bridge asks what it says, and has so much of it."""
        if epoch == self.epoch and link in self.nodes:
            self.nodes[link].touched = time.monotonic()
        elif epoch == self.epoch and is_new:
            self.nodes[link] = Node(program, self.beat)
        else:
            raise UnknownNode(f"node {link} is not here any more")
        self.nodes[link].resume(bridge, received)

    async def close(self, epoch: int, link: int) -> None:
        """Ends a node, if it is there, and waits until it is gone."""
        node = self.nodes.get(link) if epoch == self.epoch else None
        if node is not None:
            self._discard([link])
            await node.finished()

    def node(self, epoch: int, link: int) -> Node:
        """A node that is there; raises `UnknownNode` otherwise."""
        node = self.nodes.get(link) if epoch == self.epoch else None
        if node is None:
            raise UnknownNode(f"node {link} is not here any more")
        return node


def _keeper() -> NodeKeeper:
    keeper: NodeKeeper = get_worker().plugins[NAME]
    return keeper


# What the bridge submits. Names are short: they are what a dashboard shows.


async def begin(epoch: int, beat: bytes) -> int:
    """See `NodeKeeper.begin`."""
    return _keeper().begin(epoch, beat)


async def open_node(
    epoch: int, link: int, program: list[str], is_new: bool, bridge: int, received: int
) -> None:
    """See `NodeKeeper.open`."""
    _keeper().open(epoch, link, program, is_new, bridge, received)


async def close_node(epoch: int, link: int) -> None:
    """See `NodeKeeper.close`."""
    await _keeper().close(epoch, link)


async def send(epoch: int, link: int, offset: int, data: bytes) -> int:
    """See `Node.send`."""
    return await _keeper().node(epoch, link).send(offset, data)


async def receive(
    epoch: int, link: int, bridge: int, n: int, offset: int, patience_s: float
) -> tuple[int, bytes, str | None]:
    """See `Node.receive`."""
    return await _keeper().node(epoch, link).receive(bridge, n, offset, patience_s)
