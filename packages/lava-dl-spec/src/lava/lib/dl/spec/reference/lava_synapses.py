"""lava-nc 0.10's synapses: weights squeezed into a few bits, sums that wrap, delays."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from itertools import chain

from lava.lib.dl.spec.lava import MAX_DELAY
from lava.lib.dl.spec.layers import Dense, SynapseLayer
from lava.lib.dl.spec.reference.integers import clip, shift, wrap
from lava.lib.dl.spec.reference.synapses import Table, table

__all__ = ["LavaConv", "LavaDense", "LavaSynapse", "prepare", "stack"]

Matrix = list[list[int]]


def flatten(rows: Matrix) -> list[int]:
    """All weights of a matrix."""
    return [w for row in rows for w in row]


def squeeze(rows: Matrix) -> tuple[Matrix, int, int]:
    """Weights shifted up to use all bits.

    Returns:
        The shifted weights, the shift, and the number of weight bits.
    """
    low, high = min(flatten(rows)), max(flatten(rows))
    if (high > 254 and low < 0) or (low < -256 and high > 0):
        rows = [[clip(w, -256, 254) for w in row] for row in rows]
        low, high = min(flatten(rows)), max(flatten(rows))
    if low == high == 0:
        return rows, 0, 8
    if high < 0:
        bits = log2_floor(256, -low)
    elif low >= 0:
        bits = log2_floor(255, high)
    else:
        bits = min([log2_floor(128, -low)] + [log2_floor(127, high)] * (high > 0)) + 1
    mixed = int(low < 0 <= high)
    zeros = next(
        (k for k in range(8, 0, -1) if not any(w % 2**k for w in flatten(rows))), 0
    )
    # Lava shifts up by a negative number, which leaves nothing.
    shifted = [[w << bits if bits >= 0 else 0 for w in row] for row in rows]
    return shifted, bits, 8 - bits - (zeros - mixed)


def log2_floor(top: int, bottom: int) -> int:
    """``floor(log2(top / bottom))``."""
    power = top.bit_length() - bottom.bit_length()
    return power if bottom * 2.0**power <= top else power - 1


def cut(rows: Matrix, bits: int) -> Matrix:
    """What a synapse with this many weight bits keeps of shifted weights."""
    low, high = min(flatten(rows)), max(flatten(rows))
    mixed = low < 0 < high
    lost = 8 - bits + int(mixed)
    limits = (-256, 255) if mixed else (0, 255) if low >= 0 else (-255, 0)

    def keep(w: int) -> int:
        if lost < 0:
            # Lava shifts down by a negative number, which leaves nothing.
            return 0
        w = clip(w, *limits)
        return -(-w >> lost << lost) if high <= 0 and low < 0 else w >> lost << lost

    return [[keep(w) for w in row] for row in rows]


def prepare(*parts: Matrix) -> tuple[list[Matrix], int]:
    """Weights as the synapse holds them, several matrices squeezed together."""
    joined: Matrix = [list(chain(*rows)) for rows in zip(*parts, strict=True)]
    shifted, bits_up, bits = squeeze(joined)
    result, start = [], 0
    for part in parts:
        width = len(part[0])
        result.append(cut([row[start : start + width] for row in shifted], bits))
        start += width
    return result, bits_up


class LavaSynapse(ABC):
    """Synapses of one layer: what they send was computed one step before."""

    @abstractmethod
    def step(self, messages: list[int], graded: bool) -> list[int]:
        """Send the last result and compute the next."""


class LavaDense(LavaSynapse):
    """A weight matrix, with delays of up to 62 steps."""

    def __init__(
        self, rows: Matrix, bits_up: int, delays: Matrix | None = None
    ) -> None:
        self.rows, self.bits_up, self.delays = rows, bits_up, delays
        depth = MAX_DELAY + 1 if delays else 1
        self.line = [[0] * len(rows) for _ in range(depth)]

    @property
    def waiting(self) -> list[int]:
        """What the next step will send."""
        return self.line[0]

    def step(self, messages: list[int], graded: bool) -> list[int]:
        """Sums wrap at 32 bits before they are shifted back, delayed ones after it."""
        sent = self.line.pop(0)
        self.line.append([0] * len(self.rows))
        received = messages if graded else [int(m != 0) for m in messages]
        for i, row in enumerate(self.rows):
            sums: dict[int, int] = {}
            for j, (w, m) in enumerate(zip(row, received, strict=True)):
                delay = self.delays[i][j] if self.delays else 0
                sums[delay] = sums.get(delay, 0) + wrap(w * m, 32)
            for delay, total in sums.items():
                kept = total if self.delays else wrap(total, 32)
                value = shift(kept, -self.bits_up)
                self.line[delay][i] = wrap(self.line[delay][i] + value, 32)
        return sent


class LavaConv(LavaSynapse):
    """A convolution; its sums wrap at 24 bits."""

    def __init__(self, layer: SynapseLayer, given: tuple[int, ...]) -> None:
        self.table: Table = table(layer, given)
        self.buffer = [0] * math.prod(layer.shape)

    def step(self, messages: list[int], graded: bool) -> list[int]:
        """Weights are used as they are."""
        sent = self.buffer
        received = messages if graded else [int(m != 0) for m in messages]
        self.buffer = [
            wrap(sum(w * received[j] for j, w in row), 24) for row in self.table
        ]
        return sent


def stack(layer: Dense) -> Matrix | None:
    """The delay of every synapse, at most 62; None where there is none."""
    if layer.delay is None:
        return None
    delay = [
        [min(d, MAX_DELAY) for d in row]
        for row in layer.delay.reshape(-1, layer.delay.shape[-1]).tolist()
    ]
    if layer.delay.ndim == 2:
        return delay
    row = delay[0]
    if len(row) == 1:
        return [row * layer.in_features] * layer.out_features
    if len(row) == layer.out_features:
        return [[d] * layer.in_features for d in row]
    return [row] * layer.out_features
