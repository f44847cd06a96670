"""A service with its nanny: real processes, which are killed."""

import os
import signal
import subprocess
import sys
import time
import unittest

#: Says who it is, and goes on.
SERVICE = """
import asyncio, os, sys
from afar_dask import service

async def serve():
    print(f"{os.getppid()} {os.getpid()}", flush=True)
    await asyncio.sleep(3600)

service.keep(serve, lambda: print("forgotten", flush=True))
"""


class Service(unittest.TestCase):
    def setUp(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVICE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def tearDown(self) -> None:
        self.process.kill()
        self.process.communicate()

    def line(self) -> str:
        """What it says next, without the dots that show that it lives."""
        assert self.process.stdout is not None
        while not (line := self.process.stdout.readline().strip().lstrip(".")):
            self.assertIsNone(self.process.poll())
        return line

    def began(self) -> int:
        """The process of the service that has begun."""
        nanny, own = map(int, self.line().split())
        self.assertEqual(nanny, self.process.pid)
        return own

    def test_what_is_lost_is_forgotten_and_begins_anew(self) -> None:
        first = self.began()
        os.kill(first, signal.SIGKILL)
        self.assertEqual(self.line(), "forgotten")
        self.assertNotEqual(self.began(), first)

    def test_all_of_it_ends_with_its_input(self) -> None:
        self.began()
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.assertEqual(self.process.wait(timeout=10), 0)
        self.process.stdin = None

    def test_a_service_does_not_outlive_its_nanny(self) -> None:
        service = self.began()
        self.process.kill()
        deadline = time.monotonic() + 10
        while os.path.exists(f"/proc/{service}") and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertFalse(os.path.exists(f"/proc/{service}"))


if __name__ == "__main__":
    unittest.main()
