"""What the bridge asks of Dask, on a real scheduler and worker in this process."""

import asyncio
import logging
import unittest

from distributed import Client, Scheduler, Worker

from afar_dask import messages
from afar_dask.bridge import Bridge

#: Tasks end when it is set, all at once. The worker is in this process.
GO = asyncio.Event()


async def double(epoch: int, n: int) -> int:
    """A task as the bridge submits them."""
    await GO.wait()
    return epoch * n


async def play(bridge: Bridge, worker: str, pause_s: float) -> list[int]:
    """Asks for eight results, and cancels each other one when all of them are on their way."""
    GO.clear()
    calls = [asyncio.create_task(bridge.call(worker, double, n)) for n in range(8)]
    await asyncio.sleep(0.05)
    GO.set()
    await asyncio.sleep(pause_s)
    for call in calls[::2]:
        call.cancel()
    return await asyncio.wait_for(asyncio.gather(*calls[1::2]), 30)


async def all_that_was_kept() -> list[list[int]]:
    """What came of some games, each of which was interrupted at another moment."""
    async with Scheduler(protocol="inproc://", port=0, dashboard_address=None) as scheduler:
        async with Worker(scheduler.address, nthreads=8) as worker:
            async with Client(scheduler.address, asynchronous=True, set_as_default=False) as client:
                # It says nothing here.
                bridge = Bridge(client, None, messages.Begin("0", 2), b"")  # type: ignore[arg-type]
                return [await play(bridge, worker.address, pause / 4000) for pause in range(40)]


class Calls(unittest.TestCase):
    def test_who_is_cancelled_takes_nobody_along(self) -> None:
        logging.getLogger("distributed").setLevel(logging.WARNING)
        kept = asyncio.run(all_that_was_kept())
        self.assertEqual(kept, [[2, 6, 10, 14]] * 40)


if __name__ == "__main__":
    unittest.main()
