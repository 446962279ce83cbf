"""Fixtures the package's tests share: recorded cases and how to compare with them."""

import json

import numpy as np
import pytest
import torch


class Case(dict):
    """Arrays of one recorded case by name, its facts as ``meta``."""

    def __init__(self, arrays):
        super().__init__(arrays)
        self.meta = json.loads(str(self.pop("meta"))) if "meta" in arrays else {}

    def tensor(self, name, requires_grad=False):
        return torch.tensor(self[name], requires_grad=requires_grad)


@pytest.fixture(scope="session")
def vectors(arrays_of):
    """All cases of a file of vectors: ``vectors("neurons/spike.npz")["real_d5"]``."""

    def load(name):
        cases = {}
        for key, value in arrays_of(name).items():
            case, _, array = key.partition("/")
            cases.setdefault(case, {})[array] = value
        return {case: Case(arrays) for case, arrays in cases.items()}

    return load


@pytest.fixture(scope="session")
def exactly():
    """Asserts that a tensor has an array's values and dtype."""

    def check(found, wanted, what=""):
        found = found.detach().numpy()
        assert found.dtype == wanted.dtype, what
        np.testing.assert_array_equal(found, wanted, err_msg=what)

    return check


@pytest.fixture(scope="session")
def nearly():
    """Asserts that a tensor is an array's within 1e-5 of its largest value."""

    def check(found, wanted, what="", tolerance=1e-5):
        found = found.detach().numpy()
        assert found.shape == wanted.shape, what
        limit = tolerance * max(1.0, float(np.abs(wanted).max(initial=0)))
        assert float(np.abs(found - wanted).max(initial=0)) <= limit, what

    return check


@pytest.fixture(params=["kernel", "plain"])
def path(request, monkeypatch):
    """Runs a test on the compiled kernels and again on the plain recurrences."""
    if request.param == "plain":
        take_kernels_away(monkeypatch)
    return request.param


@pytest.fixture
def by_recurrence(monkeypatch):
    """Calls a function on the plain recurrences."""

    def call(function, *arguments):
        with monkeypatch.context() as patch:
            take_kernels_away(patch)
            return function(*arguments)

    return call


def take_kernels_away(patch):
    ops = "lava.lib.dl.slayer.ops"
    for module in ("_kernel", "_time", "_recurrent"):
        patch.setattr(f"{ops}.{module}.runs_on", lambda x: "")
    patch.setattr(f"{ops}._spikes.compiled", lambda x: False)
