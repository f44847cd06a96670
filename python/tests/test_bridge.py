"""What the bridge asks of Dask, on a real scheduler and real workers in this process."""

import asyncio
import logging
import unittest
from collections.abc import Coroutine
from typing import Any

from distributed import Client, Scheduler, Worker

from afar_dask import messages
from afar_dask.bridge import Bridge

#: Tasks end when it is set, all at once. The workers are in this process.
GO = asyncio.Event()


async def double(epoch: int, n: int) -> int:
    """A task as the bridge submits them."""
    await GO.wait()
    return epoch * n


async def ask(bridge: Bridge, *workers: str) -> list[asyncio.Task[Any]]:
    """Asks for eight results, which come all at once."""
    GO.clear()
    calls = [asyncio.create_task(bridge.call(workers[n % len(workers)], double, n)) for n in range(8)]
    await asyncio.sleep(0.05)
    GO.set()
    return calls


async def cancelled(bridge: Bridge, one: Worker, _: Worker) -> None:
    """Some of those who ask are cancelled while all results are on their way."""
    for pause in range(40):
        calls = await ask(bridge, one.address)
        await asyncio.sleep(pause / 4000)
        for call in calls[::2]:
            call.cancel()
        assert await asyncio.wait_for(asyncio.gather(*calls[1::2]), 30) == [2, 6, 10, 14]


async def standing(bridge: Bridge, one: Worker, other: Worker) -> None:
    """A worker does not answer when it is asked for what it has."""

    async def never(**_: Any) -> None:
        await asyncio.sleep(3600)

    one.handlers["get_data"] = never
    for _ in range(4):
        calls = await ask(bridge, one.address, other.address)
        assert await asyncio.wait_for(asyncio.gather(*calls[1::2]), 30) == [2, 6, 10, 14]
        for call in calls[::2]:
            call.cancel()


async def on_dask(play: Any) -> None:
    global GO
    GO = asyncio.Event()
    async with Scheduler(protocol="inproc://", port=0, dashboard_address=None) as scheduler:
        async with Worker(scheduler.address, nthreads=8) as one, Worker(scheduler.address, nthreads=8) as other:
            async with Client(scheduler.address, asynchronous=True, set_as_default=False) as client:
                # It says nothing here.
                bridge = Bridge(client, None, messages.Begin("0", 2), b"")  # type: ignore[arg-type]
                await play(bridge, one, other)


def run(play: Coroutine[Any, Any, None]) -> None:
    logging.getLogger("distributed").setLevel(logging.WARNING)
    asyncio.run(play)


class Calls(unittest.TestCase):
    def test_who_is_cancelled_takes_nobody_along(self) -> None:
        run(on_dask(cancelled))

    def test_a_worker_that_stands_still_holds_up_nobody_else(self) -> None:
        run(on_dask(standing))


if __name__ == "__main__":
    unittest.main()
