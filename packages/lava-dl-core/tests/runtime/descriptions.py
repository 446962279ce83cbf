"""Small layers of every kind, as the runtime's kernels take them."""

from __future__ import annotations

import numpy as np

from lava.lib.dl.core import _training

N, INPUTS = 3, 4
ROW = np.full(N, 4000)
ROWS = {
    name: dict.fromkeys(each["parameters"] if each["spikes"] else (), ROW)
    for name, each in _training.neurons().items()
}
ROWS = {
    **ROWS,
    "none": {},
    "delta": {"thresholds": ROW},
    "sigma_delta": {"thresholds": ROW},
}
LAVA = ("cuba", "rf", "rf_iz", "sigma", "delta", "sigma_delta")


def part(inputs=INPUTS, **changed):
    made = {
        "inputs": inputs,
        "outputs": N,
        "length": N,
        "begin": list(range(inputs + 1)),
        "output": [0] * inputs,
        "weight": [N * i for i in range(inputs)],
        "values": list(range(N * inputs)),
        "delay": 1,
    }
    return {**made, **changed}


def described(kind, lava=False, **changed):
    planes = 2 if kind in ("rf", "rf_iz", "adrf", "adrf_iz") else 1
    made = {
        "kind": kind,
        "lava": lava,
        "inputs": INPUTS,
        "neurons": N,
        "threshold": 64,
        "forward": [[part()]] * planes,
        "back": [[part(N)]],
        "delay": [0, 1, 2],
        **ROWS[kind],
    }
    return {**made, **changed}
