"""Quantisation against recorded runs."""

import pytest
import torch

from lava.lib.dl.slayer.neuron import cuba
from lava.lib.dl.slayer.utils.quantize import MODE, quantize, quantize_hook_fx

QUANTIZE = "round_1 floor_1 round_half round_2_64 floor_1_4096 round_2_100 floor_0p3"
EIGHT_BIT = "q8_64_0 q8_64_1 q8_32_0 q8_32_1 q8_100_0 q8_100_1"
HOOK = "hook_64_8_0 hook_64_8_1 hook_64_4_0 hook_32_6_1"


def check(case, function, exactly, nearly, bounds=None):
    x = case.tensor("input", requires_grad=True)
    y = function(x)
    exactly(y, case["output"])
    (y * case.tensor("w")).sum().backward()
    grad, wanted = x.grad, case["grad_input"]
    if bounds is not None:
        # At exactly the bounds torch versions differ.
        inside = ~torch.isin(y.detach(), torch.tensor(bounds))
        grad, wanted = grad * inside, wanted * inside.numpy()
    nearly(grad, wanted)


@pytest.mark.parametrize("name", QUANTIZE.split())
def test_quantize_is_as_recorded(name, vectors, exactly, nearly):
    case = vectors("neurons/quantize.npz")[name]
    mode = MODE[case.meta["mode"]]
    check(case, lambda x: quantize(x, case.meta["step"], mode), exactly, nearly)


@pytest.mark.parametrize("name", EIGHT_BIT.split())
def test_weights_are_as_recorded(name, vectors, exactly, nearly):
    case = vectors("neurons/quantize.npz")[name]
    scale, descale = case.meta["scale"], case.meta["descale"]
    neuron = cuba.Neuron(1, 0.1, 0.1, scale=scale)
    unit = 1 if descale else scale
    bounds = [-256 / unit, 254 / unit]
    check(case, lambda x: neuron.quantize_8bit(x, descale), exactly, nearly, bounds)


@pytest.mark.parametrize("name", HOOK.split())
def test_hook_is_as_recorded(name, vectors, exactly, nearly):
    case = vectors("neurons/quantize.npz")[name]
    meta = case.meta
    unit = 1 if meta["descale"] else meta["scale"]
    bits = 1 << meta["num_bits"]
    bounds = [-2 * bits / unit, 2 * (bits - 1) / unit]
    arguments = {k: meta[k] for k in ("scale", "num_bits", "descale")}
    check(case, lambda x: quantize_hook_fx(x, **arguments), exactly, nearly, bounds)


@pytest.mark.parametrize("step", ["1", "0.5", "0.03125"])
@pytest.mark.parametrize("mode", ["round", "floor"])
def test_quantize_meets_the_second_set(step, mode, arrays_of, exactly):
    case = arrays_of("slayer/utils.npz")
    y = quantize(torch.tensor(case["q.x"]), float(step), MODE[mode.upper()])
    exactly(y, case[f"q.{mode}.{step}"])


@pytest.mark.parametrize("bits", [5, 8])
@pytest.mark.parametrize("descale", [False, True])
def test_hook_meets_the_second_set(bits, descale, arrays_of, exactly):
    case = arrays_of("slayer/utils.npz")
    y = quantize_hook_fx(torch.tensor(case["q.x"]), num_bits=bits, descale=descale)
    exactly(y, case[f"hook.{bits}.{int(descale)}"])


@pytest.mark.parametrize("descale", [False, True])
def test_weights_meet_the_second_set(descale, arrays_of, exactly):
    case = arrays_of("slayer/utils.npz")
    y = cuba.Neuron(1, 0.1, 0.1).quantize_8bit(torch.tensor(case["q.x"]), descale)
    exactly(y, case["quantize_8bit.descale" if descale else "quantize_8bit"])


def test_unknown_modes_are_refused():
    with pytest.raises(ValueError, match="mode=2 is not recognized"):
        quantize(torch.zeros(1), 1, 2)


def test_plain_integers_name_modes():
    assert quantize(torch.tensor([1.7]), 1, 1).item() == 1
