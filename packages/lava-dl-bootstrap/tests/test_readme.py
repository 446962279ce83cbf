"""The README's examples run as they stand."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from lava.lib.dl import spec

README = Path(__file__).parents[1] / "README.md"


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """What the examples leave behind, one after the other."""
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    found = {}
    np.random.seed(0)
    torch.manual_seed(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("readme"))
        for code in re.findall(r"```python\n(.*?)```", README.read_text(), re.S):
            exec(compile(code, str(README), "exec"), found)
        found["layers"] = [
            [layer.type for layer in spec.read(name)]
            for name in ("network.net", "converted.net")
        ]
    plt.close("all")
    return found


def test_the_example_learns_as_a_spiking_network(names):
    assert names["mode"].base_mode.name == "SNN"
    assert names["accuracy"] > 0.8


def test_the_files_hold_what_was_made(names):
    assert names["layers"] == [["input", "dense", "dense"]] * 2
