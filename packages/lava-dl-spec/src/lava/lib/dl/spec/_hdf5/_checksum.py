"""The two checksums of HDF5."""

from __future__ import annotations

import struct

import numpy as np

from lava.lib.dl.spec._hdf5._source import damaged

WORD = 2**32 - 1


def checked(block: bytes) -> bytes:
    """A structure without the checksum at its end, which must be right."""
    if len(block) < 4 or lookup3(block[:-4]) != int.from_bytes(block[-4:], "little"):
        raise damaged("a checksum is wrong")
    return block[:-4]


def lookup3(content: bytes) -> int:
    """Jenkins' lookup3, with which HDF5's newer structures end."""
    a = b = c = (0xDEADBEEF + len(content)) & WORD
    if not content:
        return c
    padded = content + bytes(-len(content) % 12)
    words = list(struct.iter_unpack("<3I", padded))
    for x, y, z in words[:-1]:
        a, b, c = _mix((a + x) & WORD, (b + y) & WORD, (c + z) & WORD)
    x, y, z = words[-1]
    return _last((a + x) & WORD, (b + y) & WORD, (c + z) & WORD)


def _mix(a: int, b: int, c: int) -> tuple[int, int, int]:
    # Written out, as every byte of a newer file's structures goes through it.
    a = (a - c ^ (c << 4 | c >> 28)) & WORD
    c = (c + b) & WORD
    b = (b - a ^ (a << 6 | a >> 26)) & WORD
    a = (a + c) & WORD
    c = (c - b ^ (b << 8 | b >> 24)) & WORD
    b = (b + a) & WORD
    a = (a - c ^ (c << 16 | c >> 16)) & WORD
    c = (c + b) & WORD
    b = (b - a ^ (a << 19 | a >> 13)) & WORD
    a = (a + c) & WORD
    c = (c - b ^ (b << 4 | b >> 28)) & WORD
    return a, (b + a) & WORD, c


def _last(a: int, b: int, c: int) -> int:
    for bits in (14, 11, 25, 16, 4, 14, 24):
        c = ((c ^ b) - _rotated(b, bits)) & WORD
        a, b, c = b, c, a
    return b


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> (32 - bits)) & WORD


def fletcher32(content: bytes) -> int:
    """Fletcher's sums of big-endian 16-bit words, with which filtered chunks end."""
    even = len(content) & ~1
    words = np.frombuffer(content[:even], ">u2").astype(np.uint64)
    first = second = 0
    # Sums of so few words stay within 64 bits.
    for start in range(0, len(words), 2**20):
        block = words[start : start + 2**20]
        weights = np.arange(len(block), 0, -1, dtype=np.uint64)
        second += len(block) * first + int(block @ weights)
        first += int(block.sum())
    if len(content) & 1:
        first += content[-1] << 8
        second += first
    return _folded(second) << 16 | _folded(first)


def _folded(total: int) -> int:
    """The sum modulo 65535, where only a sum of nothing is zero."""
    return (total - 1) % 65535 + 1 if total else 0
