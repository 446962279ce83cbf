"""Launches find the device and its context by themselves; a stub driver shows it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2]
EMULATION = CORE / "tests" / "emulation"
DRIVER = CORE / "src" / "training" / "cuda" / "driver.cpp"


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What the driver was asked by launches from threads that have no context."""
    if sys.platform != "linux":
        pytest.skip("the CUDA driver is opened on Linux only")
    folder = tmp_path_factory.mktemp("driver")
    compiler = ["c++", "-std=c++17", "-pthread"]
    fake = [EMULATION / "fake_libcuda.cpp", "-o", folder / "libcuda.so.1"]
    subprocess.run([*compiler, "-shared", "-fPIC", *fake], check=True)
    places = [CORE / "include", CORE / "src" / "training"]
    options = [*(f"-I{p}" for p in places), f'-DLAVA_DL_FATBIN="{__file__}"']
    options.append('-DLAVA_DL_CUDA_ARCHITECTURES="75 90"')
    sources = [EMULATION / "launches.cpp", DRIVER]
    program = folder / "launches"
    subprocess.run([*compiler, *options, *sources, "-ldl", "-o", program], check=True)
    environment = {**os.environ, "LD_LIBRARY_PATH": str(folder)}
    run = subprocess.run(
        [program], env=environment, check=True, capture_output=True, text=True
    )
    return run.stdout.splitlines()


def test_a_launch_makes_the_context_of_its_arrays_device_current(said):
    """And goes to the caller's stream."""
    launches = [line for line in said if line.startswith("launch")]
    first, second = "launch 300 in 100 on 5", "launch 301 in 101 on 7"
    assert launches[:5] == [first, second, first, second, second]


def test_recurrent_neurons_hold_the_weights_that_fit_shared_memory(said):
    """5 of 40 rows in what the kernel's own arrays leave; none for a few steps."""
    assert [line for line in said if line.startswith("attribute")] == [
        "attribute 8 of 300 is 900"
    ]
    grids = [line for line in said if "blocks" in line][-2:]
    assert grids == [
        "3 blocks of 64 threads and 800 bytes",
        "3 blocks of 64 threads and 0 bytes",
    ]


def test_contexts_are_retained_and_modules_loaded_once_a_device(said):
    once = [line for line in said if line.startswith(("retain", "load"))]
    assert once == ["retain 0", "load in 100", "retain 1", "load in 101"]


def test_no_launch_leaves_a_context_behind(said):
    left = [line for line in said if line.endswith("left")]
    assert left == ["0 contexts left"] * 7


def test_cards_and_driver_are_named(said):
    assert said[-3:] == ["driver 12040", "card 0 has 7.5", "card 1 has 8.5"]
