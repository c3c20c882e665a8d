#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""cbor_oracle PROGRAM [ROUNDS [SEED]]: the CBOR reader against python3-cbor2.

PROGRAM is cbor_verdict. Random items and mutations of them go to both. cbor2 accepts
far more than the protocol; a text is right if what cbor2 makes of it, written again
with the keys in the bytewise order of RFC 8949 section 4.2.1, has the same bytes and
holds nothing that the protocol leaves out. (cbor2's own canonical=True has the old
length-first order.)"""
import io
import math
import random
import struct
import subprocess
import sys
from decimal import Decimal

import cbor2

MAX_DEPTH = 16
I64 = range(-(2**63), 2**63)


class LeftOut(Exception):
    """The value exists in CBOR, but not in the protocol."""


def head(major, number):
    for info, size in ((None, 0), (24, 1), (25, 2), (26, 4), (27, 8)):
        if info is None and number < 24:
            return bytes([major << 5 | number])
        if info is not None and number < 1 << 8 * size:
            return bytes([major << 5 | info]) + number.to_bytes(size, "big")
    raise LeftOut


def integer(value):
    return head(0, value) if value >= 0 else head(1, -1 - value)


def real(value):
    """The shortest float. (cbor2 writes no 16-bit float beyond 32768.)"""
    for first, layout in ((0xf9, ">e"), (0xfa, ">f"), (0xfb, ">d")):
        try:
            packed = struct.pack(layout, value)
        except OverflowError:
            continue
        if struct.unpack(layout, packed)[0] == value:
            return bytes([first]) + packed
    raise LeftOut


def encode(value, depth=0):
    """The one encoding of a value that the protocol has."""
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", False: b"\xf4", True: b"\xf5"}[value]
    if isinstance(value, int):
        return integer(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise LeftOut
        return real(value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, Decimal):
        sign, digits, exponent = value.as_tuple()
        mantissa = int("".join(map(str, digits))) * (-1 if sign else 1)
        if not isinstance(exponent, int) or mantissa not in I64 or exponent not in I64:
            raise LeftOut
        return b"\xc4\x82" + integer(exponent) + integer(mantissa)
    if isinstance(value, (list, dict)) and value and depth == MAX_DEPTH:
        raise LeftOut
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(encode(v, depth + 1) for v in value)
    if isinstance(value, dict):
        if any(type(k) not in (int, str) for k in value):
            raise LeftOut
        pairs = sorted((encode(k), encode(v, depth + 1)) for k, v in value.items())
        return head(5, len(pairs)) + b"".join(k + v for k, v in pairs)
    raise LeftOut


def is_right(text):
    stream = io.BytesIO(text)
    try:
        value = cbor2.CBORDecoder(stream).decode()
        return stream.tell() == len(text) and encode(value) == text
    except RecursionError:
        return False
    except Exception:  # cbor2 raises many kinds for what is not CBOR
        return False


def random_value(rng, depth=0):
    kind = rng.randrange(9 if depth < 4 else 7)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind == 1:
        return rng.getrandbits(rng.choice([4, 8, 16, 32, 64]))
    if kind == 2:
        return -1 - rng.getrandbits(rng.choice([4, 8, 16, 32, 64]))
    if kind == 3:
        return rng.choice([rng.uniform(-9, 9), rng.getrandbits(12) * 2.0**-rng.randrange(30),
                           rng.uniform(-1, 1) * 10.0 ** rng.randrange(-300, 300)])
    if kind == 4:
        return "".join(rng.choices("ab/é€𐄂", k=rng.choice([0, 1, 3, 23, 24, 30])))
    if kind == 5:
        return rng.randbytes(rng.choice([0, 1, 23, 24, 300]))
    if kind == 6:
        return Decimal((rng.randrange(2), tuple(rng.choices(range(10), k=5)), rng.randrange(-20, 20)))
    if kind == 7:
        return [random_value(rng, depth + 1) for _ in range(rng.randrange(5))]
    keys = [rng.choice([rng.randrange(-300, 300), "".join(rng.choices("az", k=rng.randrange(4)))])
            for _ in range(rng.randrange(6))]
    return {key: random_value(rng, depth + 1) for key in keys}


def mutations(rng, text):
    yield text
    flipped = bytearray(text)
    flipped[rng.randrange(len(text))] ^= 1 << rng.randrange(8)
    yield bytes(flipped)
    at = rng.randrange(len(text) + 1)
    yield text[:at]
    yield text[:at] + rng.randbytes(rng.randrange(1, 4)) + text[at:]
    yield bytes(rng.choices([0x00, 0x18, 0x19, 0x20, 0x61, 0x81, 0x82, 0xa1, 0xa2, 0xc4, 0xf4,
                             0xf9, 0xfa, 0x3c, 0x7f, 0xff], k=rng.randrange(1, 9)))


def main():
    program = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rng = random.Random(seed)
    texts = [t for _ in range(rounds) for t in mutations(rng, encode(random_value(rng)))]
    lines = "".join(t.hex() + "\n" for t in texts)
    answers = subprocess.run([program], input=lines, capture_output=True, text=True,
                             check=True).stdout.splitlines()
    assert len(answers) == len(texts), "one verdict a line"
    bad = [(t, a) for t, a in zip(texts, answers) if (a == "ok") != is_right(t)]
    for text, answer in bad[:10]:
        print(f"{text.hex()}: reader says {answer!r}, oracle says {is_right(text)}")
    accepted = sum(a == "ok" for a in answers)
    print(f"cbor_oracle: {len(texts)} texts, {accepted} accepted, {len(bad)} differences")
    return 1 if bad or accepted < rounds or accepted == len(texts) else 0


if __name__ == "__main__":
    sys.exit(main())
