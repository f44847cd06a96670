"""A worker of a cluster of this machine, with the nanny that keeps it: `python -m afar_dask.worker FILE NAME FOLDER`."""

from __future__ import annotations

import asyncio
import logging
import os
import pathlib
import signal
import sys
import time

from distributed import Nanny

from afar_dask import service
from afar_dask.plugin import SIGN_OF_LIFE

#: So many tasks run at once in a worker. They are coroutines, and mostly wait: for each node one that asks what it says.
N_TASKS = 512
#: A worker that has shown no sign of life for so many seconds is started anew.
SILENCE_S = 30.0


async def serve(path: pathlib.Path, name: str, folder: str) -> None:
    """Runs a worker under a nanny."""
    address, security = await service.await_cluster(path)
    async with Nanny(
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
        silence_logs=logging.WARNING,
    ) as nanny:
        watching = asyncio.create_task(_watch(nanny))
        await nanny.finished()
        watching.cancel()


async def _watch(nanny: Nanny) -> None:
    """Kills a worker that does not go on: its nanny starts another one."""
    silent_since = time.monotonic()
    last: tuple[int | None, float] = (None, 0.0)
    while True:
        await asyncio.sleep(1.0)
        now = time.monotonic()
        seen = (nanny.pid, _touched(nanny.worker_dir))
        if seen != last:
            silent_since = now
        elif nanny.pid is not None and seen[1] and now - silent_since > SILENCE_S:
            os.kill(nanny.pid, signal.SIGKILL)
            silent_since = now
        last = seen


def _touched(folder: str | None) -> float:
    """When the worker in a folder last showed that it lives; 0 where it never did."""
    try:
        return (pathlib.Path(folder or "") / SIGN_OF_LIFE).stat().st_mtime
    except OSError:
        return 0.0


if __name__ == "__main__":
    service.run(lambda: serve(pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
