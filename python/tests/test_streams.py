"""Streams, and the messages that carry them, however they are cut up and repeated."""

import random
import unittest
from dataclasses import dataclass

from afar_dask import messages, postcard
from afar_dask.streams import Inlet, Outlet


class Streams(unittest.TestCase):
    def test_what_is_lost_doubled_and_out_of_order_arrives_once_and_in_order(self) -> None:
        for seed in range(200):
            rng = random.Random(seed)
            data = rng.randbytes(rng.randrange(600))
            outlet, inlet, arrived = Outlet(), Inlet(), b""
            given = 0
            under_way: list[tuple[int, bytes]] = []
            while inlet.base < len(data):
                if given < len(data):
                    n = rng.randrange(1, 300)
                    outlet.add(data[given : given + n])
                    given = min(given + n, len(data))
                at = rng.randrange(outlet.base, outlet.end + 1)
                under_way.append((at, outlet.peek_from(at, rng.randrange(1, 200))))
                rng.shuffle(under_way)
                while under_way and rng.random() < 0.7:
                    offset, part = under_way.pop()
                    arrived += b"".join(inlet.take(offset, part))
                    if rng.random() < 0.2:
                        under_way.append((offset, part))
                if rng.random() < 0.3:
                    under_way.clear()
                if rng.random() < 0.5:
                    outlet.acknowledge(inlet.base)
            self.assertEqual(arrived, data, f"seed {seed}")

    def test_what_is_acknowledged_is_forgotten(self) -> None:
        outlet = Outlet(10)
        outlet.add(b"abcdef")
        outlet.acknowledge(12)
        self.assertEqual((outlet.peek(3), len(outlet), outlet.end), (b"cde", 4, 16))
        for wrong in (11, 17):
            with self.assertRaises(ValueError):
                outlet.acknowledge(wrong)


class Messages(unittest.TestCase):
    def test_the_format_is_that_of_postcard(self) -> None:
        # As `postcard::to_stdvec` writes them.
        asked = messages.Open(300, "tls://w", ["afar", "node"], True, 1 << 40, 0)
        data = b"\x01\xac\x02\x07tls://w\x02\x04afar\x04node\x01\x80\x80\x80\x80\x80\x20\x00"
        self.assertEqual(postcard.encode(asked, messages.TO_BRIDGE), data)
        self.assertEqual(postcard.decode(data, messages.TO_BRIDGE), asked)
        places = messages.Places([messages.Place("a", "b"), messages.Place("c", "")])
        self.assertEqual(postcard.encode(places, messages.FROM_BRIDGE), b"\x01\x02\x01a\x01b\x01c\x00")

    def test_what_is_broken_is_refused(self) -> None:
        for data in (b"", b"\x63", b"\x02\x01", b"\x03\x01\x00", b"\x03" + b"\xff" * 11):
            with self.assertRaises(postcard.Broken):
                postcard.decode(data, messages.TO_BRIDGE)

    def test_ints_have_64_bits_and_no_sign(self) -> None:
        @dataclass(frozen=True)
        class Number:
            n: int

        for n in (0, 127, 128, (1 << 64) - 1):
            self.assertEqual(postcard.decode(postcard.encode(Number(n), [Number]), [Number]), Number(n))
        for n in (-1, 1 << 64):
            with self.assertRaises(ValueError):
                postcard.encode(Number(n), [Number])


if __name__ == "__main__":
    unittest.main()
