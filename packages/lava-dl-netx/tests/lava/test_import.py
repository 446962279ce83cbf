"""Lava's processes can be imported whatever ran before."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("lava.magma.core", reason="needs lava-nc (Python 3.10)")

pytestmark = pytest.mark.lava
BEFORE = {
    "nothing": "",
    "a lock": "multiprocessing.RLock()",
    "a progress bar": "import tqdm; tqdm.tqdm(range(1), disable=False).close()",
    "the same method": "multiprocessing.set_start_method('fork')",
}


@pytest.mark.parametrize("before", BEFORE)
def test_lava_can_be_imported_after(before):
    script = f"import multiprocessing; {BEFORE[before]}\n"
    script += "from lava.lib.dl.netx import hdf5\n"
    script += "print(multiprocessing.get_start_method())"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (run.stdout.strip(), run.returncode) == ("fork", 0), run.stderr
