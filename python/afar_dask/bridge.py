"""The bridge: the only client of Dask. The gateway starts it, and speaks with it over its standard input and output:

`python -m afar_dask.bridge FILE`, where the file says where the scheduler is.

Each link to a node is two streams of bytes (`afar_dask.streams`). What is for the node goes out in tasks that give it to the node, a few at once; what
the node says comes back as the results of tasks that wait for it, of which there are always some: so none has to be sent before the node can
say something. When the bridge is lost, the nodes stay where they are, and the next bridge goes on where the streams are.
"""

from __future__ import annotations

import asyncio
import os
import pathlib
import secrets
import sys
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

import distributed
from distributed import Client, Future
from distributed.utils_comm import gather_from_workers

import afar_dask
from afar_dask import messages, plugin, service
from afar_dask.streams import Inlet, Outlet

#: So many tasks that give bytes to one node are under way at once.
WINDOW = 4
#: So many tasks wait for what a node says.
N_WAITING = 2
#: So many bytes go into one of them.
MAX_PUSH = 32 << 20
#: Larger parts do not go through the scheduler.
LARGE = 64 << 10
#: So long a node is asked what it says, before it is asked anew.
PATIENCE_S = 1.0
#: So often it is looked which workers there are, and so long an answer may take.
LOOK_S = 0.25
SILENCE_S = 2.0
#: What is said to the scheduler in such a short time goes there together.
GATHER_S = 0.001
#: While so many bytes wait for nodes, no more are taken from the gateway.
MAX_WAITING = 512 << 20


class Worker:
    """A worker, as far as nodes on it go."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_ready = False
        #: Nodes on it that are about to end.
        self.n_closing = 0
        #: What is asked of it besides. What is asked of one that is gone is never answered.
        self.asked: set[asyncio.Task[None]] = set()


class Link:
    """A link to a node."""

    def __init__(self, bridge: Bridge, asked: messages.Open) -> None:
        self.bridge = bridge
        self.asked = asked
        self.outlet = Outlet(asked.sent)
        self.is_closed = False
        self._submitted = asked.sent
        self._n_under_way = 0
        self._is_open = False
        self._is_pump_due = False
        self._inlet = Inlet(asked.received)
        self._n_asked = 0
        #: Where what the node says ends, and how that was.
        self._end: tuple[int, str] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begins it."""
        self._spawn(self._open())

    def push(self, offset: int, data: bytes) -> None:
        """Takes bytes for the node."""
        if offset != self.outlet.end:
            raise ValueError(f"bytes for offset {offset} of a stream that ends at {self.outlet.end}")
        self.outlet.add(data)
        # What is said at once goes together.
        if not self._is_pump_due:
            self._is_pump_due = True
            asyncio.get_running_loop().call_soon(self._pump)

    def close(self, is_node: bool, why: str) -> None:
        """The link is at its end: the gateway is told, once."""
        if not self.is_closed:
            self.is_closed = True
            self.bridge.forget(self.asked.link)
            self.bridge.say(messages.Closed(self.asked.link, is_node, why))
            for task in self._tasks:
                task.cancel()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        async def guarded() -> None:
            try:
                await work
            except Exception as lost:
                # The task, its worker or the way to it. What a node does wrong comes as its words, not as an exception.
                self.close(False, f"{type(lost).__name__}: {lost}"[:500])

        task = asyncio.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _call(self, function: Callable[..., Any], *args: Any) -> Any:
        asked = self.asked
        return await self.bridge.call(asked.worker, function, asked.link, *args)

    async def _open(self) -> None:
        asked, life = self.asked, self.bridge.life
        await self._call(plugin.open_node, asked.program, asked.is_new, life, asked.received)
        self.bridge.say(messages.Opened(asked.link))
        self._is_open = True
        self._pump()
        for _ in range(N_WAITING):
            self._spawn(self._receive())

    async def _receive(self) -> None:
        """Asks what the node says, again and again."""
        while not self.is_closed:
            n, self._n_asked = self._n_asked, self._n_asked + 1
            start, data, ended = await self._call(
                plugin.receive, self.bridge.life, n, self._inlet.base, PATIENCE_S
            )
            offset = self._inlet.base
            # All that can go on is said before anything else can happen: the parts stay in order.
            for part in self._inlet.take(start, data):
                self.bridge.say(messages.Got(self.asked.link, offset), part)
                offset += len(part)
            if ended is not None:
                self._end = start + len(data), ended
            if self._end is not None and offset >= self._end[0]:
                return self.close(True, self._end[1])
            await self.bridge.drain()

    def _pump(self) -> None:
        """Gives bytes to the node, as far as the window goes."""
        self._is_pump_due = False
        while self._is_open and not self.is_closed and self._submitted < self.outlet.end and self._n_under_way < WINDOW:
            data = self.outlet.peek_from(self._submitted, MAX_PUSH)
            self._n_under_way += 1
            self._spawn(self._send(self._submitted, data))
            self._submitted += len(data)

    async def _send(self, offset: int, data: bytes) -> None:
        given: bytes | Future = data
        if len(data) > LARGE:
            given = await self.bridge.scatter(self.asked.worker, data)
        taken = await self._call(plugin.send, offset, given)
        self._n_under_way -= 1
        if taken > self.outlet.base:
            self.bridge.let_in(taken - self.outlet.base)
            self.outlet.acknowledge(taken)
            self.bridge.say(messages.Took(self.asked.link, taken))
        self._pump()


class Bridge:
    """The gateway on the one side, Dask on the other."""

    def __init__(self, client: Client, out: asyncio.StreamWriter, begin: messages.Begin, beat: bytes) -> None:
        self.client = client
        self.epoch = begin.epoch
        #: What tells this bridge from the ones before it.
        self.life = secrets.randbits(63)
        self._beat = beat
        self._out = out
        self._links: dict[int, Link] = {}
        self._workers: dict[str, Worker] = {}
        self._told: list[messages.Place] | None = None
        self._n_waiting = 0
        self._has_room = asyncio.Event()
        self._has_room.set()
        self.is_clear = True

    # What it says to the gateway.

    def say(self, message: Any, body: bytes = b"") -> None:
        """Says something that is short."""
        self._out.writelines(messages.pack(message, body))

    async def drain(self) -> None:
        """Waits until what was said is on its way, where that is much."""
        await self._out.drain()

    # What it asks of Dask.

    async def call(self, worker: str, function: Callable[..., Any], *args: Any) -> Any:
        """Does something on a worker; raises what went wrong there, or on the way."""
        future = self.client.submit(
            function,
            self.epoch,
            *args,
            workers=[worker],
            allow_other_workers=False,
            pure=False,
            retries=0,
        )
        try:
            if wrong := await future.exception():
                raise wrong if isinstance(wrong, Exception) else ConnectionError("Dask has given up a task")
            return await self._fetch(future.key, worker)
        finally:
            future.release()

    async def _fetch(self, key: Any, worker: str) -> Any:
        """The result of a task, from the worker on which it ran.

        `Client.gather` fetches for all that ask at a time: a worker that stands still would hold up those who wait for others, and
        whoever is cancelled would take them along.
        """
        found, *_ = await gather_from_workers({key: [worker]}, rpc=self.client.rpc)
        if key not in found:
            raise ConnectionError("the result of a task is lost")
        return found[key]

    async def scatter(self, worker: str, data: bytes) -> Future:
        """Puts bytes onto a worker, past the scheduler."""
        return await self.client.scatter(data, workers=[worker], direct=True, hash=False)

    # What the gateway says.

    async def listen(self, reader: asyncio.StreamReader) -> None:
        """Does what the gateway says until it has gone."""
        while True:
            await self._has_room.wait()
            message, body = await messages.receive(reader)
            match message:
                case messages.Open():
                    self._open(message)
                case messages.Push(link, offset):
                    if known := self._links.get(link):
                        self.let_in(-len(body))
                        known.push(offset, body)
                case messages.Close(link):
                    if known := self._links.get(link):
                        known.close(True, "it was told to end")
                        self._close_node(known.asked.worker, link)
                    else:
                        # Whoever says so waits to be told again that there is a place.
                        self._told = None
                        self._tell_places()
                case messages.Begin():
                    raise ValueError("a bridge begins once")

    def let_in(self, n_taken: int) -> None:
        """So many bytes less wait for nodes: there may be room for others, or none."""
        self._n_waiting -= n_taken
        if self._n_waiting < MAX_WAITING:
            self._has_room.set()
        else:
            self._has_room.clear()

    def _open(self, asked: messages.Open) -> None:
        link = Link(self, asked)
        self._links[asked.link] = link
        if asked.worker in self._workers:
            link.start()
        else:
            link.close(False, "its worker is gone")

    def forget(self, link: int) -> None:
        """A link is at its end."""
        known = self._links.pop(link, None)
        if known is not None:
            self.let_in(len(known.outlet))

    def _close_node(self, address: str, link: int) -> None:
        worker = self._workers.get(address)
        if worker is None:
            return

        async def close() -> None:
            # Nothing new is begun where something does not end.
            worker.n_closing += 1
            self._tell_places()
            try:
                await self.call(address, plugin.close_node, link)
            finally:
                worker.n_closing -= 1
                self._tell_places()

        self._spawn(worker, close())

    def _spawn(self, worker: Worker, work: Coroutine[Any, Any, None]) -> None:
        async def guarded() -> None:
            try:
                await work
            except Exception as lost:
                # Its worker has gone, which is seen by who looks for workers.
                print(f"afar bridge: {type(lost).__name__}: {lost}", file=sys.stderr)

        task = asyncio.create_task(guarded())
        worker.asked.add(task)
        task.add_done_callback(worker.asked.discard)

    # Which workers there are.

    async def look(self) -> None:
        """Follows which workers come and go, until the scheduler has gone."""
        while True:
            await self.look_once()
            await asyncio.sleep(LOOK_S)

    async def look_once(self) -> None:
        """Looks which workers have come and gone."""
        known = await self._identity()
        for address in [a for a in self._workers if a not in known]:
            for task in self._workers.pop(address).asked:
                task.cancel()
            for link in [l for l in self._links.values() if l.asked.worker == address]:
                link.close(False, "its worker was lost")
        for address, about in known.items():
            if address not in self._workers:
                worker = self._workers[address] = Worker(str(about["name"]))
                self._spawn(worker, self._greet(address, worker))
        self._tell_places()

    async def _identity(self) -> dict[str, Any]:
        """The workers. While the scheduler does not answer, nobody is to blame for silence."""
        asking = asyncio.ensure_future(self.client.scheduler.identity(n_workers=-1))
        done, _ = await asyncio.wait([asking], timeout=SILENCE_S)
        self.is_clear = bool(done)
        workers: dict[str, Any] = (await asking)["workers"]
        self.is_clear = True
        return workers

    async def _greet(self, address: str, worker: Worker) -> None:
        await self.call(address, plugin.begin, self._beat)
        worker.is_ready = True
        self._tell_places()

    def _tell_places(self) -> None:
        places = [
            messages.Place(address, worker.name)
            for address, worker in sorted(self._workers.items(), key=lambda each: each[1].name)
            if worker.is_ready and worker.n_closing == 0
        ]
        if places != self._told:
            self._told = places
            self.say(messages.Places(places))

    async def beat(self) -> None:
        """Says several times in a few seconds that the bridge lives."""
        while True:
            if self.client.status != "running":
                raise ConnectionError("the connection to it ended")
            self.say(messages.Beat(self.is_clear))
            await asyncio.sleep(service.BEAT_S / 2)


async def _connect_gateway() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    # What anything in this process prints goes to the log, not between the frames.
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    reader = asyncio.StreamReader(limit=1 << 22)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, own)
    return reader, asyncio.StreamWriter(transport, protocol, None, loop)


def _complain(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What went wrong where nobody waits for it: told, but for what Dask leaves behind when a call is given up."""
    if type(context.get("exception")).__name__ != "AllExit":
        loop.default_exception_handler(context)


async def serve(path: pathlib.Path) -> None:
    """Connects the gateway at the standard input and output with the scheduler that the file tells of."""
    asyncio.get_running_loop().set_exception_handler(_complain)
    reader, out = await _connect_gateway()
    begin, beat = await messages.receive(reader)

    def fail(why: str) -> None:
        out.writelines(messages.pack(messages.Failed(why)))

    if begin.version != afar_dask.__version__:
        return fail(f"the gateway is Afar {begin.version}, and the bridge is that of Afar {afar_dask.__version__}")
    if too_old := service.too_old():
        return fail(too_old)
    address, security = await service.await_cluster(path)
    client = await Client(
        address, security=security, asynchronous=True, set_as_default=False, timeout=SILENCE_S
    )
    # Dask gathers for some milliseconds what a client says. Here somebody waits for each task.
    client.scheduler_comm.interval = GATHER_S
    await client.register_plugin(plugin.NodeKeeper())
    bridge = Bridge(client, out, begin, beat)
    bridge.say(messages.Ready(afar_dask.__version__, distributed.__version__))
    # Links of the bridge before this one go on where their workers are.
    await bridge.look_once()
    parts = [asyncio.create_task(part) for part in (bridge.listen(reader), bridge.look(), bridge.beat())]
    done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
    for part in done:
        part.result()


async def _run() -> None:
    # As Python ends with an exception that nobody expects.
    status = 1
    try:
        await serve(pathlib.Path(sys.argv[1]))
        status = 0
    except EOFError:
        status = 0
    except OSError as lost:
        print(f"afar bridge: the scheduler is lost: {lost}", file=sys.stderr)
        status = 3
    except Exception:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        # Nothing here is worth being waited for: not even that the client takes its leave.
        os._exit(status)


def main() -> None:
    """Runs the bridge until the gateway or the scheduler has gone; whoever started it starts another one."""
    service.configure()
    asyncio.run(_run())


if __name__ == "__main__":
    main()
