"""The GPU's kernels give the CPU's bits forward and its gradients within rounding."""

import numpy as np
import pytest

from lava.lib.dl.core import training

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(bool(training.cuda_problem()), reason=training.cuda_problem()),
]

NEURONS = [
    training.CUBA,
    training.ALIF,
    training.RF,
    training.RF_IZ,
    training.ADRF,
    training.ADRF_IZ,
]
SHAPE = (3, 5, 7, 83)


@pytest.mark.parametrize("neuron", NEURONS, ids=lambda neuron: neuron.name)
def test_gpu_equals_cpu(neuron, near):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    inputs = [rng.normal(0, 1, SHAPE).astype(np.float32) for _ in neuron.inputs]
    decays = [rng.integers(0, 3000, 5).astype(np.float32) for _ in neuron.decays]
    states = [np.zeros(SHAPE[:-1], np.float32) for _ in neuron.states]
    grads = [rng.normal(0, 1, SHAPE).astype(np.float32) for _ in range(3)]
    threshold, surrogate = training.Threshold(1.0, 4096, 0.3), training.Surrogate(2, 1)
    cpu = training.neuron_forward(
        neuron, inputs, decays, states, threshold, traces=True
    )
    back = training.neuron_backward(
        neuron,
        inputs,
        decays,
        states,
        grads,
        threshold,
        surrogate,
        decay_gradients=True,
    )

    def device(arrays):
        return [torch.from_numpy(array).cuda() for array in arrays]

    stream = torch.cuda.current_stream().cuda_stream
    gpu = device(inputs), device(decays), device(states)
    out = [torch.empty(SHAPE, device="cuda") for _ in neuron.outputs]
    last = [torch.empty(SHAPE[:-1], device="cuda") for _ in neuron.states]
    training.neuron_forward_cuda(
        neuron, *gpu, threshold, out=out, last=last, stream=stream
    )
    for got, wanted in zip(out + last, cpu.outputs + cpu.states, strict=True):
        np.testing.assert_array_equal(got.cpu().numpy(), wanted)

    d_inputs = [torch.empty(SHAPE, device="cuda") for _ in neuron.inputs]
    rows = [
        torch.empty(SHAPE[:-1], dtype=torch.float64, device="cuda") for _ in range(2)
    ]
    training.neuron_backward_cuda(
        neuron,
        *gpu,
        device(grads),
        threshold,
        surrogate,
        out=d_inputs,
        row_gradients=rows,
        scratch=torch.empty((len(neuron.outputs), *SHAPE), device="cuda"),
        stream=stream,
    )
    for got, wanted in zip(d_inputs, back.inputs, strict=True):
        near(got.cpu().numpy(), wanted)
    for got, wanted in zip(rows, back.decays, strict=True):
        near(got.sum(dim=(0, 2)).cpu().numpy() / 4096, wanted)
