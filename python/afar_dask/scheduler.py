"""The scheduler of a cluster of this machine, with the nanny that keeps it: `python -m afar_dask.scheduler FILE`.

It listens on the loopback address, to those who have the key that it writes into the file.
"""

from __future__ import annotations

import pathlib
import sys

from distributed import Scheduler, Security

from afar_dask import service


async def serve(path: pathlib.Path) -> None:
    """Runs a scheduler that is told of in a file."""
    security = Security.temporary()
    async with Scheduler(
        host="127.0.0.1",
        port=0,
        protocol="tls",
        security=security,
        dashboard=False,
        dashboard_address="127.0.0.1:0",
    ) as scheduler:
        service.write_cluster(path, scheduler.address, security)
        await scheduler.finished()


if __name__ == "__main__":
    cluster = pathlib.Path(sys.argv[1])
    service.keep(lambda: serve(cluster), lambda: cluster.unlink(missing_ok=True))
