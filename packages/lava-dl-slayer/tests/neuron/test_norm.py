"""Norms and dropout against recorded runs."""

import numpy as np
import pytest
import torch

from lava.lib.dl.slayer.neuron import Dropout, cuba, norm

CASES = (
    "mean_d2 mean_d3 mean_d4 mean_d5 mean_nohook mean_noupdate "
    "wgt_d2 wgt_d3 wgt_d4 wgt_d5 wgt_nohook wgt_noupdate wgt_bits1 wgt_tiny"
)


def make(meta):
    module = getattr(norm, meta["cls"])(**meta["args"])
    module.update = meta["update"]
    if meta["hook_scale"] is not None:
        neuron = cuba.Neuron(1, 0.1, 0.1, scale=meta["hook_scale"])
        module.pre_hook_fx = neuron.quantize_8bit
    return module


@pytest.mark.parametrize("name", CASES.split())
def test_norms_run_as_recorded(name, vectors, exactly, nearly):
    case = vectors("neurons/norm.npz")[name]
    module = make(case.meta)
    k = 0
    while f"input{k}" in case:
        module.train(bool(case[f"training{k}"]))
        x = case.tensor(f"input{k}", requires_grad=True)
        y = module(x)
        hooked = case.meta["hook_scale"] is not None
        (exactly if hooked else nearly)(y, case[f"output{k}"])
        (y * case.tensor(f"w{k}")).sum().backward()
        if f"grad_input{k}" in case:
            nearly(x.grad, case[f"grad_input{k}"])
        check_statistics(module, case, k, nearly, exactly)
        k += 1
    assert k > 0


def check_statistics(module, case, k, nearly, exactly):
    nearly(module.running_mean, case[f"running_mean_end{k}"])
    if f"bias_end{k}" in case:
        exactly(module.bias, case[f"bias_end{k}"])
    if f"running_var_end{k}" in case:
        nearly(module.running_var, case[f"running_var_end{k}"])
        bits = module.weight_exp_bits
        exactly(module.weight_exp, np.clip(case[f"weight_exp_end{k}"], -bits, bits))


def test_every_recorded_case_is_listed(vectors):
    assert set(vectors("neurons/norm.npz")) == set(CASES.split())


def test_exponent_is_the_one_that_was_applied():
    module = norm.WgtScaleBatchNorm(weight_exp_bits=1, momentum=1.0)
    x = 100 * torch.randn(4, 3, 50)
    module(x)
    module.eval()
    centred = x - module.running_mean.reshape(1, 3, 1)
    assert torch.equal(module(x), centred / 2**module.weight_exp)


@pytest.mark.parametrize("cls", [norm.MeanOnlyBatchNorm, norm.WgtScaleBatchNorm])
def test_trained_statistics_load_before_the_first_pass(cls):
    trained, fresh = cls(), cls()
    x = torch.randn(4, 3, 5)
    trained(x)
    fresh.load_state_dict(trained.state_dict())
    assert torch.equal(trained.eval()(x), fresh.eval()(x))


def test_bias_without_a_hook_is_the_negative_mean():
    module = norm.MeanOnlyBatchNorm()
    module(torch.randn(4, 3, 5))
    assert torch.equal(module.bias, -module.running_mean)


@pytest.mark.parametrize("cls", [norm.MeanOnlyBatchNorm, norm.WgtScaleBatchNorm])
def test_any_rank_and_strides_are_normalised(cls):
    x = torch.randn(2, 2, 2, 2, 3, 4).transpose(0, -1)
    assert cls()(x).shape == x.shape
    with pytest.raises(ValueError, match="Expected input of shape"):
        cls()(torch.zeros(3))


def test_resetting_forgets_statistics():
    module = norm.WgtScaleBatchNorm()
    module(torch.randn(4, 3, 5))
    module.reset_parameters()
    assert not module.running_mean.any()
    assert not module.running_var.any()


def statistics(module):
    return {name: value.clone() for name, value in module.state_dict().items()}


@pytest.mark.parametrize("cls", [norm.MeanOnlyBatchNorm, norm.WgtScaleBatchNorm])
def test_statistics_do_not_leak_out_of_vmap(cls):
    module, x = cls(3), torch.randn(2, 4, 3, 5)
    module(x[0])
    before = statistics(module)
    with pytest.raises(RuntimeError, match=r"eval\(\)"):
        torch.vmap(module)(x)
    assert all(torch.equal(before[n], v) for n, v in module.state_dict().items())
    module.eval()
    assert torch.equal(torch.vmap(module)(x)[1], module(x[1]))


@pytest.mark.parametrize("cls", [norm.MeanOnlyBatchNorm, norm.WgtScaleBatchNorm])
def test_statistics_of_a_training_pass_in_grad_are_plain(cls):
    module, plain, x = cls(3), cls(3), torch.randn(4, 3, 5)
    torch.func.grad(lambda x: module(x).sum())(x)
    plain(x)
    for name, value in module.state_dict().items():
        assert not torch._C._functorch.is_functorch_wrapped_tensor(value)
        assert torch.equal(value, plain.state_dict()[name])


@pytest.mark.parametrize("name", ["train3", "train5", "eval", "p0"])
def test_dropout_runs_as_recorded(name, vectors, nearly):
    case = vectors("neurons/dropout.npz")[name]
    module = Dropout(case.meta["p"]).train(case.meta["training"])
    x = case.tensor("input", requires_grad=True)
    torch.manual_seed(case.meta["seed"])
    y = module(x)
    nearly(y, case["output"])
    (y * case.tensor("w")).sum().backward()
    nearly(x.grad, case["grad_input"])
