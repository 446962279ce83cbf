"""Core's kernels on tensors: as on arrays, whatever PyTorch's version offers."""

import gc

import numpy as np
import pytest
import torch

from lava.lib.dl.core import training

SETTINGS = training.settings("cuba", 64.0, 0.5)
DECAYS = torch.tensor([500.0]), torch.tensor([200.0, 300.0, 400.0])
GEOMETRY = training.ConvGeometry((3, 3), (2, 2), (2, 2), (1, 1), (0, 0), (1, 1))


@pytest.fixture(params=[True, False], ids=["by table", "by numpy"])
def exchange(request, monkeypatch):
    """PyTorch with the table of DLPack's functions, and as before it had one."""
    if not request.param:
        monkeypatch.delattr(torch.Tensor, "__dlpack_c_exchange_api__", raising=False)
    elif not hasattr(torch.Tensor, "__dlpack_c_exchange_api__"):
        pytest.skip(f"PyTorch {torch.__version__} has no such table")


def cuba(x, decays=DECAYS):
    states = [torch.zeros(1), torch.full((2, 3), 0.25)]
    of_arrays = [s.numpy() for s in states] if isinstance(x, np.ndarray) else states
    result = training.run("cuba", [x], SETTINGS, decays, of_arrays, last=2)
    return [*result.outputs, *result.states]


def in_numpy(results):
    assert all(type(each) is torch.Tensor for each in results)
    return [each.numpy() for each in results]


@pytest.mark.usefixtures("exchange")
@pytest.mark.parametrize(
    "change",
    [
        lambda x: x,
        lambda x: x.requires_grad_(),
        torch.nn.Parameter,
        lambda x: x.mT.contiguous().mT,
        lambda x: torch.cat([x, x])[2:],
        lambda x: x[..., 1:],
        lambda x: x[..., :0],
        lambda x: x[:1].expand(2, 3, 20),
    ],
)
def test_a_kernel_gives_tensors_what_it_gives_arrays(change):
    x = change(torch.randn(2, 3, 20, generator=torch.Generator().manual_seed(1)))
    arrays = cuba(np.ascontiguousarray(x.detach().numpy()), [d.numpy() for d in DECAYS])
    for ours, wanted in zip(in_numpy(cuba(x)), arrays, strict=True):
        assert ours.shape == wanted.shape
        np.testing.assert_array_equal(ours, wanted)


@pytest.mark.usefixtures("exchange")
def test_products_and_weights_take_tensors():
    x, weight = torch.randn(2, 4, 3, 3, 5), torch.randn(6, 4, 2, 2)
    y = training.product(x, weight, GEOMETRY)
    back = training.product_adjoint(y, weight, GEOMETRY)
    gradient = training.product_weight_gradient(x, y, GEOMETRY)
    quantised = training.quantise(weight, 0.5, -1.0, 1.0)
    passed = training.quantise_backward(weight, quantised, 0.5, -1.0, 1.0)
    arrays = x.numpy(), weight.numpy()
    wanted = [
        training.product(*arrays, GEOMETRY),
        training.product_adjoint(y.numpy(), arrays[1], GEOMETRY),
        training.product_weight_gradient(arrays[0], y.numpy(), GEOMETRY),
        training.quantise(arrays[1], 0.5, -1.0, 1.0),
        training.quantise_backward(arrays[1], quantised.numpy(), 0.5, -1.0, 1.0),
    ]
    ours = in_numpy([y, back, gradient, quantised, passed])
    for one, other in zip(ours, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.usefixtures("exchange")
@pytest.mark.parametrize("steps", [10, 1 << 18])
def test_results_own_their_memory_and_arguments_keep_theirs(steps):
    x = torch.randn(2, 3, steps)
    before = x.clone()
    spikes, *last = cuba(x)
    kept = spikes.clone()
    part = spikes[..., 5:]
    del spikes, last
    gc.collect()
    others = [cuba(torch.ones(2, 3, steps)) for _ in range(3)]
    assert part.equal(kept[..., 5:])
    assert x.equal(before)
    part.fill_(7)
    assert all(each[0].max() <= 1 for each in others)


@pytest.mark.usefixtures("exchange")
@pytest.mark.parametrize(
    ("x", "error"),
    [
        (torch.zeros(2, 3, 4, dtype=torch.float64), TypeError),
        (torch.zeros(2, 3, 4, dtype=torch.int32), TypeError),
        (torch.zeros(2, 3, 4, device="meta"), Exception),
    ],
)
def test_tensors_that_no_kernel_takes_are_refused(x, error):
    with pytest.raises(error):
        cuba(x)
