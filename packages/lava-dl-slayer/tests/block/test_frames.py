"""A block calls few Python functions, which cost small layers more than kernels do."""

from __future__ import annotations

import sys

import torch

from lava.lib.dl import slayer

MOST = 70


def test_forward_pass_runs_few_functions():
    neuron = {"threshold": 1.0, "current_decay": 0.2, "voltage_decay": 0.1}
    layer, x = slayer.block.cuba.Dense(neuron, 1, 1), torch.ones(1, 1, 1)
    calls = []
    with torch.no_grad():
        layer(x)  # what the first call alone does
        sys.setprofile(lambda frame, event, _: calls.append((event, frame.f_code)))
        layer(x)
        sys.setprofile(None)
    entered = [code.co_name for event, code in calls if event == "call"]
    assert 0 < len(entered) <= MOST, entered
