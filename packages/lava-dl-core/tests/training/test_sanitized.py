"""The GPU's kernels stay within their arrays, their threads off each other's values.

The tests that run each kernel on the card run again under NVIDIA's compute-sanitizer,
which comes with CUDA's toolkit and as ``nvidia-cuda-sanitizer-api``. Every array is an
allocation of its own there, so that a step past its end is seen.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# racecheck takes a hundred times as long, so that it sees a case or two a kernel.
CASES = {
    "memcheck": "",
    "racecheck": "3-4096.0-False or surrogate0-1.0 or 65-True or "
    "37-1-4096.0-True or gpu-37-surrogate0-False or "
    "dynamics or sigma_delta or shifts or quantised",
}

# What PyTorch asks the driver and gets no answer to is no fault of a kernel.
SANITIZER = ("--error-exitcode", "9", "--report-api-errors", "no")


def tool():
    """Path of compute-sanitizer, of the toolkit or of its wheel."""
    wheel = Path(sysconfig.get_path("purelib")).glob(
        "nvidia/**/compute-sanitizer/compute-sanitizer"
    )
    return shutil.which("compute-sanitizer") or next(map(str, wheel), None)


@pytest.mark.gpu
@pytest.mark.parametrize("check", CASES)
def test_kernels_run_clean(check):
    sanitizer = tool()
    if sanitizer is None:
        pytest.skip("compute-sanitizer isn't here: install nvidia-cuda-sanitizer-api")
    pytest_here = (sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-m", "gpu")
    inner = (*pytest_here, "-p", "no:benchmark", "-k", f"({CASES[check] or 'test'})")
    files = [str(p) for p in HERE.glob("test_gpu*.py")]
    done = subprocess.run(
        [sanitizer, "--tool", check, *SANITIZER, *inner, *files],
        env={**os.environ, "PYTORCH_NO_CUDA_MEMORY_CACHING": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    print(done.stdout[-5000:])
    assert done.returncode == 0
    assert " passed" in done.stdout
    assert "ERROR SUMMARY: 0 errors" in done.stdout or "0 hazards" in done.stdout
