"""On a GPU a backward pass in pieces of time is the whole one, to the bit.

Each test runs on a GPU, if there is one, and on the same source made for the CPU.
"""

import numpy as np
import pytest

from lava.lib.dl.core import training

SHAPE = (3, 5, 7, 83)


def launch(device, name, arrays, settings, decays, states, later=(), earlier=0):
    """Gradients of the inputs, of decays, and what goes to earlier steps."""
    shape = arrays[0].shape
    sizes = [d.size for d in decays]
    made = {
        "inputs": arrays,
        "outputs": [np.full_like(arrays[0], np.nan)] * (len(arrays) - 1),
        "parameters": decays,
        "states": states,
        "gradients": [np.full_like(d, np.nan) for d in decays],
        "later": later,
        "earlier": [np.full(shape[:-1], np.nan, np.float32)] * earlier,
    }
    on = {role: [device.put(a.copy()) for a in each] for role, each in made.items()}
    at = {role: [device.address(a) for a in each] for role, each in on.items()}
    sums = device.put(np.empty(training.sums_size(int(np.prod(shape[:-1])), sizes)))
    training.run_on_gpu(
        name,
        shape,
        settings,
        device.stream,
        sizes=sizes,
        sums=device.address(sums),
        gradient_factor=1 / 4096,
        **at,
    )
    written = ("outputs", "gradients", "earlier")
    return [[device.get(a) for a in on[role]] for role in written]


@pytest.mark.parametrize("cut", [32, 45])
@pytest.mark.parametrize("gradient", ["slayer", "exact"])
def test_pieces_are_the_whole(neuron, gradient, cut, device, same, near):
    """Wherever they are cut."""
    rng = np.random.default_rng(7)
    parts = len(neuron.inputs)
    arrays = [rng.normal(0, size, SHAPE).astype("f4") for size in [0.5] * parts + [1]]
    surrogate = training.Surrogate(0.6, 1.0, gradient)
    threshold = training.Threshold(0.6, 4096.0, 0.2)
    settings = training.neuron_settings(neuron, threshold, surrogate)
    decays = [
        np.float32([{"sin": 900, "cos": 3500}.get(d, 500)]) for d in neuron.decays
    ]
    learned = len(surrogate.learned(decays))
    count = len(neuron.states) if gradient == "exact" else 2
    rest = [rng.normal(0, 1, SHAPE[:-1]).astype("f4") for _ in neuron.states]

    def backward(steps, states, **ends):
        cut_out = [np.ascontiguousarray(x[..., steps]) for x in arrays]
        name = f"{neuron.name}_backward"
        return launch(device, name, cut_out, settings, decays, states, **ends)

    first, second = slice(0, cut), slice(cut, None)
    begun = [np.ascontiguousarray(x[..., first]) for x in arrays[:parts]]
    between = training.neuron_forward(neuron, begun, decays, rest, threshold).states
    whole, sums, _ = backward(slice(None), rest)
    after, late_sums, handed = backward(second, between, earlier=count)
    before, early_sums, _ = backward(first, rest, later=handed)
    for a, b, c in zip(whole, before, after, strict=True):
        same(np.concatenate([b, c], axis=-1), a)
    for a, b, c in zip(
        sums[:learned], early_sums[:learned], late_sums[:learned], strict=True
    ):
        near(b + c, a)
