"""Ctrl-C, an error or a refused thread stops a call soon and mixes nothing up."""

from __future__ import annotations

import os
import signal
import threading
import time
from functools import partial

import numpy as np
import pytest

from lava.lib.dl import netx, spec
from lava.lib.dl.netx._native.crew import share

CUBA = spec.Cuba(100, 100, 50)


@pytest.fixture(autouse=True)
def hear_ctrl_c():
    """A shell starts what it runs in the background with the signal ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def network():
    draw = np.random.default_rng(3)
    return spec.Network(
        [
            spec.Dense((400,), draw.integers(-50, 50, (400, 400)), neuron=CUBA)
            for _ in range(4)
        ]
    )


def interrupted(call, after, ready=lambda: True):
    """Processor time between Ctrl-C and the end of a call."""
    begun = []

    def press():
        while not ready():
            time.sleep(0.001)
        begun.append(time.process_time())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(after, press)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        try:
            call()
        finally:
            timer.join()
    return time.process_time() - begun[0]


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="needs POSIX signals")
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("after", [0.1, 1.0])
def test_ctrl_c_stops_a_batch_within_half_a_second(network, threads, after):
    net = netx.load(network, threads=threads)
    batch = np.ones((2, 400, 150_000), bool)
    assert interrupted(lambda: net(batch), after) < 0.5 * threads


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="needs POSIX signals")
def test_a_stopped_stream_says_so_until_its_reset(network):
    net = netx.load(network)
    given = np.ones((400, 200), bool)
    wanted, state = net.run(given), net.state_dict()
    long = np.ones((400, 50_000), bool)
    time_taken = interrupted(lambda: net.run(long), 0.1, lambda: not net._is_whole)
    assert time_taken < 0.5
    for call in (lambda: net.run(given), lambda: net.probe(given), net.state_dict):
        with pytest.raises(RuntimeError, match="stopped half-way"):
            call()
    net.load_state_dict(state)
    assert net.time == 200
    net.reset()
    np.testing.assert_array_equal(net.run(given), wanted)


def test_a_refused_input_does_not_stop_a_stream(network):
    net = netx.load(network)
    net.run(np.ones((400, 5)))
    with pytest.raises(ValueError, match="not finite"):
        net.run(np.full((400, 5), np.nan))
    assert net.run(np.ones((400, 5))).shape == (400, 5)


def test_refused_threads_leave_the_work_to_those_there_are(network, monkeypatch):
    net = netx.load(network, threads=4)
    batch = np.random.default_rng(1).random((8, 400, 10)) < 0.3
    wanted, started = net(batch), []
    start = threading.Thread.start

    def refuse(self):
        if started:
            raise RuntimeError("can't start new thread")
        started.append(self)
        start(self)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    np.testing.assert_array_equal(net(batch), wanted)
    assert len(started) == 1


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_stops_everybody(threads):
    done = []

    def work(item, check):
        check()
        if item == 3:
            raise ValueError("item 3")
        done.append(item)
        while item > 3:  # until told to stop
            check()
            time.sleep(0.001)
        return item

    with pytest.raises(ValueError, match="item 3"):
        share(work, list(range(30)), threads)
    assert len(done) < 3 + threads
    assert threading.active_count() == 1


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("count", [0, 1, 40])
def test_results_come_in_order(threads, count):
    items = list(range(count))
    assert share(lambda item, check: item * 2, items, threads) == [i * 2 for i in items]


@pytest.mark.parametrize("kind", ["?", "f4", "f8", "f2"])
def test_long_sequences_are_packed_as_short_ones(network, kind, monkeypatch):
    from lava.lib.dl.core import runtime

    values = (np.random.default_rng(2).random((2, 40, 333)) < 0.3).astype(kind)
    for steps in (100, 333, 400):
        wanted = runtime.transposed(values, steps, np.float32)
        with monkeypatch.context() as patch:
            patch.setattr(runtime, "_BLOCK", 50)
            checks = []
            found = runtime.transposed(
                values, steps, np.float32, partial(checks.append, 1)
            )
            np.testing.assert_array_equal(found, wanted)
            assert len(checks) > 100
            if kind.startswith("f"):
                spoilt = values.copy()
                spoilt[1, 39, 332] = np.nan
                with pytest.raises(ValueError, match="not finite"):
                    runtime.transposed(spoilt, steps, np.float32)
