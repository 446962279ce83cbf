"""Where lava-nc is missing, one sentence says how to get it and what runs anyway."""

from __future__ import annotations

import subprocess
import sys

import pytest

HIDE = "import sys; sys.modules['lava.magma'] = None; "


@pytest.mark.parametrize(
    "statement",
    [
        "from lava.lib.dl.netx import hdf5",
        "from lava.lib.dl.netx import blocks",
        "import lava.lib.dl.netx.blocks.process",
    ],
)
def test_missing_lava_is_named(statement):
    done = subprocess.run(
        [sys.executable, "-c", HIDE + statement],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert "pip install lava-dl-netx[lava]" in last
    assert "netx.load" in last


def test_the_rest_needs_no_lava():
    subprocess.run(
        [
            sys.executable,
            "-c",
            "from lava.lib.dl import netx; netx.convert.to_nir, netx.convert.from_nir",
        ],
        check=True,
    )
    names = ("utils", "sequential_modules", "cli", "convert", "_profile")
    imports = "; ".join(f"import lava.lib.dl.netx.{name}" for name in names)
    check = "; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", HIDE + imports + check], check=True)
