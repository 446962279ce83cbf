"""The sigma-delta neuron and its halves against recorded runs."""

import copy
import pickle

import pytest
import torch

from lava.lib.dl.slayer.axon import Delta
from lava.lib.dl.slayer.dendrite import Sigma
from lava.lib.dl.slayer.neuron import Dropout, norm, sigma_delta

CASES = (
    "relu identity grad scale32 scale100 persistent persistent_b1 nonpersistent "
    "channel_fwd channel_fwd5 dims5 norm_mean norm_wgt"
)
HALVES = "delta_basic delta_grad delta_persistent delta_clamp sigma_persistent"


def identity(x):
    return x


ACTIVATIONS = {"relu": torch.relu, "identity": identity, "tanh": torch.tanh}


def make(case):
    args = dict(case.meta["args"])
    if case.meta["norm"]:
        args["norm"] = getattr(norm, case.meta["norm"])
    neuron = sigma_delta.Neuron(activation=ACTIVATIONS[case.meta["activation"]], **args)
    if "bias" in case:
        neuron.set_bias(case.tensor("bias"))
    return neuron


def run(case, module, exactly, states=()):
    loss, inputs = 0, []
    for k in range(case.meta.get("calls", 2)):
        x = case.tensor(f"input{k}", requires_grad=True)
        y = module(x)
        exactly(y, case[f"output{k}"], f"output{k}")
        for key, state in states:
            if f"{key}_end{k}" in case:
                exactly(getattr(*state), case[f"{key}_end{k}"], key)
        if f"w{k}" in case:
            loss = loss + (y * case.tensor(f"w{k}")).sum()
        inputs.append(x)
    return inputs, loss


def check_gradients(case, inputs, loss, nearly):
    if not isinstance(loss, torch.Tensor) or "grad_input0" not in case:
        return
    loss.backward()
    for k, x in enumerate(inputs):
        nearly(x.grad, case[f"grad_input{k}"], f"grad_input{k}")


@pytest.mark.parametrize("name", CASES.split())
@pytest.mark.usefixtures("path")
def test_neurons_run_as_recorded(name, vectors, exactly, nearly):
    case = vectors("neurons/sigma_delta.npz")[name]
    neuron = make(case)
    states = [
        ("sigma_pre_state", (neuron.sigma, "pre_state")),
        ("delta_pre_state", (neuron.delta, "pre_state")),
        ("delta_residual_state", (neuron.delta, "residual_state")),
    ]
    check_gradients(case, *run(case, neuron, exactly, states), nearly)
    exactly(neuron.delta.threshold, case["delta_threshold"])
    if "grad_threshold" in case:
        nearly(neuron.delta.threshold.grad, case["grad_threshold"])
    if "grad_bias" in case:
        nearly(neuron.bias.grad, case["grad_bias"])
    if case.meta["v_th_mant"] is not None:
        assert neuron.v_th_mant == case.meta["v_th_mant"]
    assert (neuron.w_scale, neuron.s_scale) == (
        case.meta["w_scale"],
        case.meta["s_scale"],
    )


@pytest.mark.parametrize("name", HALVES.split())
@pytest.mark.usefixtures("path")
def test_halves_run_as_recorded(name, vectors, exactly, nearly):
    case = vectors("neurons/sigma_delta.npz")[name]
    sigma = case.meta["kind"] == "sigma"
    module = Sigma(persistent_state=True) if sigma else Delta(**case.meta["args"])
    names = ("pre_state", "residual_state")[: 1 if sigma else 2]
    states = [(n, (module, n)) for n in names]
    check_gradients(case, *run(case, module, exactly, states), nearly)
    if "grad_threshold" in case:
        nearly(module.threshold.grad, case["grad_threshold"])


def test_every_recorded_case_is_listed(vectors):
    listed = set(CASES.split()) | set(HALVES.split())
    assert set(vectors("neurons/sigma_delta.npz")) == listed


@pytest.mark.parametrize("activation", [torch.relu, torch.nn.functional.relu])
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.usefixtures("path")
def test_fused_pass_equals_its_parts(activation, shared):
    options = {"shared_param": shared, "requires_grad": True, "tau_grad": 0.5}
    fused = sigma_delta.Neuron(0.3, activation, **options)
    parts = sigma_delta.Neuron(0.3, lambda x: x.relu(), **options)
    x = torch.randn(2, 3, 4, 20, requires_grad=True)
    for neuron in (fused, parts):
        neuron.set_bias(torch.tensor([0.1, -0.2, 0.3]))
    g = torch.randn(x.shape)
    results = []
    for neuron in (fused, parts):
        y = neuron(x)
        wanted = [x, neuron.delta.threshold, neuron.bias]
        results.append([y, *torch.autograd.grad(y, wanted, g)])
    assert torch.equal(results[0][0], results[1][0])
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


def test_thresholds_of_channels_learn_alone():
    delta = Delta(0.3, shared_param=False, requires_grad=True)
    x = torch.randn(2, 3, 4, 20, requires_grad=True)
    y = delta(x)
    g = torch.randn(y.shape)
    grad = torch.autograd.grad(y, delta.threshold, g)[0]
    assert grad.shape == delta.threshold.shape == (3, 1)
    for channel in range(3):
        alone = Delta(0.3, requires_grad=True)
        part = alone(x[:, channel : channel + 1])
        wanted = torch.autograd.grad(part, alone.threshold, g[:, channel : channel + 1])
        torch.testing.assert_close(grad[channel], wanted[0], rtol=1e-4, atol=1e-5)


def cumulative(x, threshold):
    """What Delta sends when it judges the sum of changes since the last event."""
    before = residual = error = torch.zeros(())
    sent = []
    for now in x:
        change = (now - before) + residual
        error = error + change
        y = change if error.abs() >= threshold else torch.zeros(())
        error = torch.zeros(()) if y != 0 else error
        residual, before = change - y, now
        sent.append(torch.floor(y * 64) / 64)
    return torch.stack(sent)


@pytest.mark.usefixtures("path")
def test_cumulative_errors_are_judged():
    x = torch.randn(30)
    found = Delta(0.5, cum_error=True)(x.reshape(1, 1, -1))
    assert torch.equal(found.reshape(-1), cumulative(x, 0.5))


def test_channel_bias_spreads_over_space():
    neuron = sigma_delta.Neuron(0.1, torch.tanh)
    neuron.set_bias(torch.tensor([1.0, -1.0]))
    y = neuron(torch.zeros(1, 2, 3, 4, 1))
    assert (y[:, 0] > 0).all()
    assert (y[:, 1] < 0).all()


def test_trained_thresholds_load_before_the_first_pass():
    trained = sigma_delta.Neuron(0.3, torch.relu, shared_param=False)
    x = torch.randn(2, 3, 20)
    trained(x)
    trained.delta.threshold.data *= torch.tensor([1.0, 2.0, 3.0])
    fresh = sigma_delta.Neuron(0.3, torch.relu, shared_param=False)
    fresh.load_state_dict(trained.state_dict())
    assert torch.equal(fresh(x), trained(x))


def test_device_params_name_the_activation_and_channels():
    neuron = sigma_delta.Neuron(0.3, torch.relu, shared_param=False)
    assert neuron.device_params == {"type": "SDNN", "activation": "relu", "vThMant": 19}
    neuron(torch.randn(1, 3, 4))
    assert neuron.device_params["vThMant"].tolist() == [19, 19, 19]
    assert sigma_delta.neuron_params({"vThMant": 19}) == {"threshold": 19 / 64}


def test_ungiven_bias_stays_out():
    neuron = sigma_delta.Neuron(0.1, torch.relu, requires_grad=True)
    neuron(torch.randn(1, 2, 9)).sum().backward()
    assert neuron.bias.grad is None


def test_copies_run_alike():
    neuron = sigma_delta.Neuron(
        0.1, torch.relu, norm=norm.MeanOnlyBatchNorm, dropout=Dropout(0.0)
    )
    x = torch.randn(2, 3, 9)
    neuron(x)
    neuron.eval()
    for copied in (copy.deepcopy(neuron), pickle.loads(pickle.dumps(neuron))):
        assert torch.equal(copied(x), neuron(x))
        assert copied.norm.pre_hook_fx.__self__ is copied


@pytest.mark.parametrize("threshold", [0.001, 0.0, -1.0])
def test_a_threshold_is_at_least_one_unit(threshold):
    neuron = sigma_delta.Neuron(threshold, torch.relu)
    assert neuron.v_th_mant == 1
    assert neuron(torch.tensor([[[1 / 128, 1 / 64]]])).tolist() == [[[0, 3 / 128]]]


@pytest.mark.parametrize("make_module", [Sigma, lambda: Delta(0.1)])
def test_wrong_shapes_are_refused(make_module):
    module = make_module()
    with pytest.raises(AssertionError, match="at least 3 dimensions"):
        module(torch.zeros(2, 3))
    assert module.shape is None
    module(torch.zeros(2, 3, 4))
    with pytest.raises(AssertionError, match="does not match with Neuron shape"):
        module(torch.zeros(2, 4, 4))


@pytest.mark.parametrize("scale", [64, 100])
@pytest.mark.usefixtures("path")
def test_a_learned_threshold_is_that_of_the_file(scale):
    """Between two steps of the file's grid the neuron keeps to the lower one."""
    neurons = [
        sigma_delta.Neuron(7 / scale, torch.relu, scale=scale, requires_grad=True)
        for _ in range(2)
    ]
    neurons[1].delta.threshold.data += 0.6 / scale
    assert neurons[0].v_th_mant == neurons[1].v_th_mant == 7
    input = torch.randn(2, 3, 50) / 10
    outputs = [neuron(input) for neuron in neurons]
    assert outputs[0].any()
    assert torch.equal(*outputs)
    for output in outputs:
        output.square().sum().backward()
    assert neurons[0].threshold.grad.abs() > 0
    assert torch.equal(neurons[0].threshold.grad, neurons[1].threshold.grad)
