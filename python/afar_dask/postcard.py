"""The part of the postcard format that the bridge's messages need: unsigned ints, bools, texts, lists and records.

A record is its fields, one after the other; a message is the number of its kind and then its record.
"""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Sequence
from typing import Any


class Broken(Exception):
    """What came is no message."""


def encode(message: Any, kinds: Sequence[type]) -> bytes:
    """The bytes of a message, which is of one of these kinds."""
    out = bytearray()
    _write_int(out, kinds.index(type(message)))
    _write(out, type(message), message)
    return bytes(out)


def decode(data: bytes, kinds: Sequence[type]) -> Any:
    """The message that the bytes are; raises `Broken` where they are none."""
    reader = _Reader(data)
    index = reader.int()
    if index >= len(kinds):
        raise Broken(f"there is no message {index}")
    message = _read(reader, kinds[index])
    if reader.at != len(data):
        raise Broken("a message with something behind it")
    return message


@functools.cache
def _fields(kind: type) -> tuple[tuple[str, Any], ...]:
    hints = typing.get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in dataclasses.fields(kind))


def _write_int(out: bytearray, n: int) -> None:
    if not 0 <= n < 1 << 64:
        raise ValueError(f"{n} is no unsigned int of 64 bits")
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)


def _write(out: bytearray, kind: Any, value: Any) -> None:
    if kind is bool:
        out.append(int(value))
    elif kind is int:
        _write_int(out, value)
    elif kind is str:
        data = value.encode()
        _write_int(out, len(data))
        out += data
    elif typing.get_origin(kind) is list:
        _write_int(out, len(value))
        for item in value:
            _write(out, typing.get_args(kind)[0], item)
    else:
        for name, of in _fields(kind):
            _write(out, of, getattr(value, name))


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, n: int) -> bytes:
        part = self.data[self.at : self.at + n]
        if len(part) != n:
            raise Broken("a message that ends early")
        self.at += n
        return part

    def int(self) -> int:
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
        if value >> 64:
            raise Broken("an int of more than 64 bits")
        return value


def _read(reader: _Reader, kind: Any) -> Any:
    if kind is bool:
        return reader.take(1) != b"\0"
    if kind is int:
        return reader.int()
    if kind is str:
        return reader.take(reader.int()).decode()
    if typing.get_origin(kind) is list:
        return [_read(reader, typing.get_args(kind)[0]) for _ in range(reader.int())]
    return kind(**{name: _read(reader, of) for name, of in _fields(kind)})
