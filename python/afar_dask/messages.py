"""What the gateway and the bridge say to each other, and the frames that it is put into.

The same messages, in the same order, stand in `distrib/src/bridge/messages.rs`.
A frame is the length of its head (4 bytes), the length of its body (8 bytes), the head, which is a message, and the body.
"""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass
from typing import Any

from afar_dask import postcard

#: What stands before each message, also of nodes: the length of its head, and that of its body.
LENGTHS = struct.Struct("<IQ")
_MAX_HEAD = 64 << 20


# What the gateway says.


@dataclass(frozen=True)
class Begin:
    """First of all. The body is what a node says when it only says that it lives."""

    version: str
    #: Nodes of other epochs are those of a gateway that has gone.
    epoch: int


@dataclass(frozen=True)
class Open:
    """Begin a link to a node, or go on with one that the bridge before this one had."""

    link: int
    worker: str
    program: list[str]
    is_new: bool
    #: How many bytes for the node have arrived there.
    sent: int
    #: How many bytes of the node the gateway has.
    received: int


@dataclass(frozen=True)
class Push:
    """The body is for the node; the offset is where it belongs among all bytes for it."""

    link: int
    offset: int


@dataclass(frozen=True)
class Close:
    """The node is to end."""

    link: int


TO_BRIDGE = (Begin, Open, Push, Close)


# What the bridge says.


@dataclass(frozen=True)
class Ready:
    """It has a scheduler."""

    version: str
    distributed: str


@dataclass(frozen=True)
class Place:
    """A worker on which a node can be."""

    address: str
    name: str


@dataclass(frozen=True)
class Places:
    """All workers that can take a node."""

    all: list[Place]


@dataclass(frozen=True)
class Opened:
    """The node has been started."""

    link: int


@dataclass(frozen=True)
class Took:
    """The node has been given all bytes below this offset."""

    link: int
    offset: int


@dataclass(frozen=True)
class Got:
    """The body is what the node says; the offset is where it belongs among all that it says."""

    link: int
    offset: int


@dataclass(frozen=True)
class Closed:
    """The link is at its end."""

    link: int
    #: The node itself has ended; otherwise the way to it is gone.
    is_node: bool
    why: str


@dataclass(frozen=True)
class Beat:
    """The bridge lives; several times in a few seconds."""

    #: The scheduler answers.
    is_clear: bool


@dataclass(frozen=True)
class Failed:
    """It cannot go on, and another one could not either."""

    why: str


FROM_BRIDGE = (Ready, Places, Opened, Took, Got, Closed, Beat, Failed)


def pack(message: Any, body: bytes = b"") -> list[bytes]:
    """A frame of the bridge, in parts."""
    head = postcard.encode(message, FROM_BRIDGE)
    return [LENGTHS.pack(len(head), len(body)) + head, body]


async def receive(reader: asyncio.StreamReader) -> tuple[Any, bytes]:
    """Waits for a message of the gateway; raises `EOFError` where it has gone."""
    try:
        n_head, n_body = LENGTHS.unpack(await reader.readexactly(LENGTHS.size))
        if n_head > _MAX_HEAD:
            raise postcard.Broken("a head that is too long")
        head = await reader.readexactly(n_head)
        body = await reader.readexactly(n_body) if n_body else b""
    except (asyncio.IncompleteReadError, ConnectionError) as gone:
        raise EOFError("the gateway has gone") from gone
    return postcard.decode(head, TO_BRIDGE), body
