"""A worker of a cluster of this machine, with the nanny that keeps it: `python -m afar_dask.worker FILE NAME FOLDER`.

The nanny is `afar_dask.service.keep`, not that of Dask, which would load all modules anew for each worker.
"""

from __future__ import annotations

import asyncio
import pathlib
import sys

from distributed import Worker

from afar_dask import service

#: So many tasks run at once in a worker. They are coroutines, and mostly wait: for each node some that ask what it says.
N_TASKS = 2048


async def serve(path: pathlib.Path, name: str, folder: str) -> None:
    """Runs a worker, as long as the scheduler is the same."""
    address, security = await service.await_cluster(path)
    going = asyncio.create_task(service.scheduler_goes(path, address))
    working = asyncio.create_task(_work(address, security, name, folder))
    # Without its scheduler a worker would first end in order, which takes its time.
    done, _ = await asyncio.wait([going, working], return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


async def _work(address: str, security: service.Security, name: str, folder: str) -> None:
    async with Worker(
        address,
        host="127.0.0.1",
        security=security,
        name=name,
        nthreads=N_TASKS,
        local_directory=folder,
        # Values are held by the nodes, which have limits of their own.
        memory_limit=0,
        dashboard=False,
        dashboard_address="127.0.0.1:0",
    ) as worker:
        await worker.finished()


if __name__ == "__main__":
    service.keep(lambda: serve(pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]), lambda: None)
