"""Memory of large arrays that is kept for the next ones."""

import gc
import sys
from pathlib import Path

import numpy as np
import pytest

from lava.lib.dl import core
from lava.lib.dl.core import _training

LARGE = (2, 3, 4, 1 << 16)  # 6 MiB

on_linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="memory is kept on Linux alone"
)


@pytest.fixture(autouse=True)
def limit():
    before = core.get_kept_memory()
    core.set_kept_memory(0)
    core.set_kept_memory(64 << 20)
    yield
    core.set_kept_memory(before)


def address(array):
    return array.__array_interface__["data"][0]


@pytest.mark.parametrize("shape", [(1, 1, 1, 3), LARGE, (0, 5, 1, 7)])
def test_an_array_can_be_written_and_read(shape):
    array = _training.empty(shape)
    assert array.shape == shape and array.dtype == np.float32
    assert array.flags.c_contiguous and array.flags.writeable
    array[...] = np.arange(array.size).reshape(shape)
    assert array.sum(dtype=np.float64) == array.size * (array.size - 1) / 2


@on_linux
def test_the_next_array_of_a_size_gets_the_memory_of_the_last():
    first = _training.empty(LARGE)
    where = address(first)
    del first
    gc.collect()
    assert address(_training.empty(LARGE)) == where


@on_linux
def test_an_array_keeps_its_memory_as_long_as_a_view_of_it_lives():
    first = _training.empty(LARGE)
    first[...] = 7
    view = first[1, 2]
    del first
    gc.collect()
    others = [_training.empty(LARGE) for _ in range(3)]
    for other in others:
        other[...] = 1
    assert (view == 7).all()


@on_linux
def test_arrays_beside_each_other_share_nothing():
    arrays = [_training.empty(LARGE) for _ in range(5)]
    for i, array in enumerate(arrays):
        array[...] = i
    assert all((array == i).all() for i, array in enumerate(arrays))


@on_linux
def test_no_more_is_kept_than_the_limit_says():
    assert core.get_kept_memory() == 64 << 20
    before = resident()
    arrays = [_training.empty((1, 1, 16, 1 << 20)) for _ in range(3)]  # 64 MiB each
    for array in arrays:
        array[...] = 1
    del arrays, array
    gc.collect()
    assert resident() - before < 100 << 20
    core.set_kept_memory(0)
    assert resident() - before < 40 << 20


def resident():
    status = Path("/proc/self/status").read_text().splitlines()
    lines = [line for line in status if line.startswith("VmRSS")]
    return int(lines[0].split()[1]) * 1024


@pytest.mark.parametrize("limit", [-1, 1.5, None])
def test_a_limit_that_is_no_number_of_bytes_is_refused(limit):
    with pytest.raises(ValueError, match="needs a number of bytes"):
        core.set_kept_memory(limit)
