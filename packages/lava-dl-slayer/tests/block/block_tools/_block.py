"""What the tools ask of a block: output, parts, and that results are the same."""

import torch


def output(block, x):
    y = block(x)
    return y[0] if isinstance(y, tuple) else y


def synapses(block):
    """Real synapses: of complex ones both parts."""
    names = ("synapse", "input_synapse", "recurrent_synapse")
    found = [getattr(block, name) for name in names if hasattr(block, name)]
    return [p for s in found for p in ((s.real, s.imag) if s.complex else (s,))]


def parts(kind, block):
    """The modules inside a block that its forward pass runs through."""
    neuron = getattr(block, "neuron", None)
    if kind.family == "sigma_delta" and neuron is not None:
        inner = {"Input": [neuron.delta], "Output": [neuron.sigma]}
        whole = [neuron, neuron.sigma, neuron.delta]
        neurons = inner.get(kind.layer, whole)
    else:  # A read-out takes the neuron's dynamics, never its spikes.
        neurons = [] if neuron is None or kind.layer == "Affine" else [neuron]
    delay = getattr(block, "delay", None)
    named = (getattr(block, n, None) for n in ("synapse", "input_synapse"))
    whole = [m for m in (*named, getattr(block, "recurrent_synapse", None), delay) if m]
    return [*whole, *synapses(block), *neurons]


def trained(block, x, steps=2):
    """The output of as many steps that learn nothing, each with a backward pass."""
    for _ in range(steps):
        y = output(block, x.clone().requires_grad_())
        y.square().sum().backward()
    return y.detach()


def same(found, wanted):
    assert torch.equal(found.detach(), wanted.detach())
