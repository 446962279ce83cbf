"""Quantise, dequantise, queue, and work done after each call."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from lava.lib.dl.netx.sequential_modules import (
    FIFO,
    AbstractSeqModule,
    Dequantize,
    Quantize,
)


def test_quantisation_rounds_halves_to_even():
    quantize = Quantize(exp=1)
    assert quantize([0.25, 0.75, -0.25, 1.2]).tolist() == [0, 2, 0, 2]
    assert quantize(np.zeros((2, 3))).dtype == np.int64
    assert quantize.time_step == 2


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_dequantising_reads_low_bits_as_a_signed_number(bits):
    low = np.array([0, 1, -1, (1 << (bits - 1)) - 1, -(1 << (bits - 1))])
    raw = low & ((1 << bits) - 1)
    np.testing.assert_array_equal(
        Dequantize(exp=3, num_raw_bits=bits)(raw.astype(np.uint32)), low / 8
    )


def test_dequantising_inverts_quantising():
    values = np.linspace(-100, 100, 81)
    np.testing.assert_array_equal(Dequantize(6)(Quantize(6)(values)), values)


def test_messages_have_32_bits_at_most():
    with pytest.raises(RuntimeError, match="num_raw_bits is 33"):
        Dequantize(num_raw_bits=33)


def test_queue_returns_what_went_in_depth_calls_ago():
    queue = FIFO(depth=2)
    assert [queue(x) for x in "abcd"] == [None, None, "a", "b"]
    with pytest.raises(ValueError, match="depth is 0"):
        FIFO(depth=0)


def test_next_call_waits_for_what_the_last_left_running():
    class Slow(AbstractSeqModule):
        def __init__(self):
            super().__init__()
            self.go, self.done = threading.Event(), 0

        def forward(self, value):
            return value, self.done

        def post_forward(self):
            assert self.go.wait(5)
            self.done += 1

    slow = Slow()
    assert slow(1) == (1, 0)
    slow.go.set()
    assert slow(2) == (2, 1)
    slow.join()
    assert (slow.done, slow.time_step) == (2, 2)
