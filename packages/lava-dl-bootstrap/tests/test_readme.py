"""The README's example runs as it stands."""

import re
from pathlib import Path

import numpy as np

README = Path(__file__).parents[1] / "README.md"


def test_the_example_learns():
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)
    names = {}
    np.random.seed(0)
    exec(compile(code, str(README), "exec"), names)
    assert names["mode"].base_mode.name == "ANN"
    assert names["accuracy"] > 0.8
