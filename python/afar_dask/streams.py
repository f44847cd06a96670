"""Streams of bytes with offsets: nothing is lost, doubled or out of order, however often a part is sent.

Whoever sends keeps what is not acknowledged; whoever receives knows how much it has, and takes a part only where that ends.
"""

from __future__ import annotations

from collections import deque


class Outlet:
    """The sending end: bytes that were not acknowledged."""

    def __init__(self, base: int = 0) -> None:
        #: The offset of the first byte that is kept.
        self.base = base
        # Views, so that what is left of a large part is not copied.
        self._parts: deque[memoryview] = deque()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def end(self) -> int:
        """The offset behind the last byte."""
        return self.base + self._size

    def add(self, data: bytes) -> None:
        """Takes what is to be sent."""
        if data:
            self._parts.append(memoryview(data))
            self._size += len(data)

    def acknowledge(self, offset: int) -> None:
        """Forgets all bytes below this offset."""
        if not self.base <= offset <= self.end:
            raise ValueError(f"offset {offset} is not within {self.base}..{self.end}")
        while self.base < offset:
            first = self._parts.popleft()
            n = min(len(first), offset - self.base)
            if n < len(first):
                self._parts.appendleft(first[n:])
            self.base += n
            self._size -= n

    def peek(self, limit: int) -> bytes:
        """The first bytes that are kept, at most so many."""
        return self.peek_from(self.base, limit)

    def peek_from(self, offset: int, limit: int) -> bytes:
        """Bytes that are kept, from an offset on, at most so many."""
        taken: list[memoryview] = []
        at = self.base
        for part in self._parts:
            if limit <= 0:
                break
            fresh = part[max(0, offset - at) :][:limit]
            at += len(part)
            limit -= len(fresh)
            taken.append(fresh)
        return b"".join(taken)


class Inlet:
    """The receiving end: how much has come, and the parts that came early."""

    def __init__(self, base: int = 0) -> None:
        #: The offset of the first byte that is missing.
        self.base = base
        self._early: dict[int, bytes] = {}

    def take(self, offset: int, data: bytes) -> list[bytes]:
        """Takes a part; gives what can go on, in order: nothing where bytes before it are missing, or where it is known."""
        if len(data) > len(self._early.get(offset, b"")):
            self._early[offset] = data
        ready: list[bytes] = []
        while self._early:
            first = min(self._early)
            if first > self.base:
                break
            part = self._early.pop(first)[self.base - first :]
            if part:
                ready.append(part)
                self.base += len(part)
        return ready
