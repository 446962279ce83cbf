"""Upstream's distribution beside these packages is named, with what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("beside", [True, False])
def test_the_other_distribution_is_named_at_import(
    tmp_path: Path, beside: bool
) -> None:
    if beside:
        folder = tmp_path / "lava_dl-0.6.0.dist-info"
        folder.mkdir()
        text = "Metadata-Version: 2.1\nName: lava-dl\nVersion: 0.6.0\n"
        (folder / "METADATA").write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", "from lava.lib.dl import spec"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    advice = "lava-dl 0.6.0 is installed, too"
    assert (advice in done.stderr) == beside
    assert ("pip uninstall lava-dl" in done.stderr) == beside
