"""Lava's processes can be imported whatever ran before."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("lava.magma.core", reason="needs lava-nc (Python 3.10)")

from lava.lib.dl.netx import blocks, hdf5

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


def modules_that_lava_searches():
    """Of the folders that hold a process: Lava runs all of them for its models."""
    folders = [Path(m.__file__).parent for m in (blocks, hdf5)]
    return sorted(path for folder in folders for path in folder.glob("*.py"))


@pytest.mark.parametrize("path", modules_that_lava_searches(), ids=lambda p: p.stem)
def test_a_module_runs_under_the_name_that_lava_gives_it(path):
    found = importlib.util.spec_from_file_location(path.stem, path)
    found.loader.exec_module(importlib.util.module_from_spec(found))
