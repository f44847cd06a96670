"""What the services have in common: how Dask is set, where the scheduler is told of, who keeps a service, and when it ends."""

from __future__ import annotations

import asyncio
import ctypes
import json
import logging
import os
import pathlib
import select
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

import dask
import distributed
from distributed.security import Security

from afar_dask import MIN_DISTRIBUTED
from afar_dask.plugin import how_it_ended

#: So often a service shows that it lives.
BEAT_S = 1.0
#: A service that ends sooner than that waits before it begins anew, each time twice as long, up to the other.
SOON_S = 0.5
LONGEST_NAP_S = 5.0
#: So often it is looked whether the scheduler is another one.
LOOK_S = 0.05
#: See `prctl(2)`.
PR_SET_PDEATHSIG = 1

#: What is not asked for costs time on every machine; what the user's own files of settings say is for other clusters.
_SETTINGS = {
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.tick.limit": "30s",
    "distributed.comm.compression": None,
    "distributed.comm.require-encryption": True,
    "distributed.comm.timeouts.connect": "10s",
    "distributed.nanny.preload": [],
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.preload": [],
    # Pages that show how things are would be open to everybody on this machine.
    "distributed.scheduler.http.routes": [],
    "distributed.scheduler.work-stealing": False,
    "distributed.worker.http.routes": [],
    "distributed.worker.preload": [],
    "distributed.worker.profile.enabled": False,
    "scheduler-address": None,
}


def configure() -> None:
    """Sets Dask for this process and those that it starts."""
    dask.config.set(_SETTINGS)
    logging.getLogger("distributed").setLevel(logging.WARNING)


def too_old() -> str | None:
    """What is wrong with the version of `distributed`, where something is."""
    parts = distributed.__version__.split(".")[:2]
    found = tuple(int(part) for part in parts if part.isdigit())
    if found >= MIN_DISTRIBUTED:
        return None
    wanted = ".".join(str(part) for part in MIN_DISTRIBUTED)
    return f"distributed {distributed.__version__} is too old: {wanted} or newer is needed"


def write_cluster(path: pathlib.Path, address: str, security: Security) -> None:
    """Says where the scheduler is, and how one shows that one may speak to it; to this user alone."""
    text = json.dumps(
        {"address": address, "certificate": security.tls_ca_file, "key": security.tls_client_key}
    )
    # Made for its owner alone from the start, and never seen half written.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    os.replace(name, path)


def read_cluster(path: pathlib.Path) -> tuple[str, Security] | None:
    """The address of the scheduler; `None` where there is none yet."""
    try:
        told = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    certificate, key = told["certificate"], told["key"]
    roles = {
        f"tls_{role}_{what}": value
        for role in ("client", "scheduler", "worker")
        for what, value in (("cert", certificate), ("key", key))
    }
    return told["address"], Security(require_encryption=True, tls_ca_file=certificate, **roles)


async def await_cluster(path: pathlib.Path) -> tuple[str, Security]:
    """Waits until there is a scheduler."""
    while (told := read_cluster(path)) is None:
        await asyncio.sleep(0.02)
    return told


async def scheduler_goes(path: pathlib.Path, address: str) -> None:
    """Waits until this scheduler is not the one of the cluster any more."""
    while (told := read_cluster(path)) is not None and told[0] == address:
        await asyncio.sleep(LOOK_S)


def _say(text: bytes) -> None:
    try:
        os.write(sys.__stdout__.fileno(), text)  # type: ignore[union-attr]
    except OSError:
        # Whoever started it has gone; what counts is when the input ends.
        pass


async def _beat() -> None:
    while True:
        _say(b".")
        await asyncio.sleep(BEAT_S)


async def _input_ends() -> None:
    """Waits until nobody holds the other end of the standard input any more: the cluster has ended."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    while await reader.read(1 << 10):
        pass


def keep(service: Callable[[], Coroutine[Any, Any, None]], forget: Callable[[], None]) -> NoReturn:
    """Runs a service in a process of its own, and runs it anew where it ends; before that, what told of it is forgotten.

    This process has loaded all that a service needs, and does nothing else: so the next one is there at once.
    """
    configure()
    nanny, nap_s = os.getpid(), 0.0
    while True:
        began = time.monotonic()
        child = os.fork()
        if child == 0:
            _die_with(nanny)
            _run(service)
        _, status = os.waitpid(child, 0)
        forget()
        if select.select([sys.stdin], [], [], 0)[0]:
            # Nothing is ever said there: the cluster has ended.
            leave(None)
        name, how = pathlib.Path(sys.argv[0]).stem, how_it_ended(os.waitstatus_to_exitcode(status))
        print(f"afar nanny: the {name} is lost: {how}", file=sys.stderr, flush=True)
        is_early = time.monotonic() - began < SOON_S
        nap_s = min(max(2 * nap_s, 0.05), LONGEST_NAP_S) if is_early else 0.0
        time.sleep(nap_s)


def _die_with(nanny: int) -> None:
    """Where its nanny is gone, nobody would look after this process."""
    # Where the system has no such thing, it ends with the cluster.
    if prctl := getattr(ctypes.CDLL(None), "prctl", None):
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != nanny:
        os._exit(1)


def _run(service: Callable[[], Coroutine[Any, Any, None]]) -> NoReturn:
    """Runs a service until it ends, or until whoever keeps the cluster has gone. Nothing of the process goes on after that."""

    async def main() -> None:
        tasks = [asyncio.create_task(part) for part in (service(), _input_ends(), _beat())]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        # What is tidied up in order waits for processes that are gone, or are about to be ended.
        leave([task.exception() for task in done][0])

    asyncio.run(main())
    raise AssertionError("whoever leaves does not come back")


def leave(why: BaseException | None) -> NoReturn:
    """Ends this process at once; where something went wrong, that is told."""
    if why is not None:
        traceback.print_exception(why)
    sys.stderr.flush()
    os._exit(0 if why is None else 1)
