"""Recorded vectors and random boxes."""

import numpy as np
import pytest
import torch


@pytest.fixture(scope="session")
def golden(reference):
    with np.load(reference("slayer/obd.npz")) as file:
        arrays = {name: file[name] for name in file}
    return {name: torch.from_numpy(np.array(value)) for name, value in arrays.items()}


@pytest.fixture
def random_boxes():
    def make(count, classes=3, seed=0):
        generator = torch.Generator().manual_seed(seed)
        boxes = torch.rand(count, 6, generator=generator)
        boxes[:, 2:4] = 0.05 + 0.3 * boxes[:, 2:4]
        boxes[:, 5] = (boxes[:, 5] * classes).floor()
        return boxes

    return make
