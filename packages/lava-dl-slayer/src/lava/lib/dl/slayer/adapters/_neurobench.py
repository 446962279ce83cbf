"""What NeuroBench counts of our networks."""

from __future__ import annotations

import copy
from typing import Any

import torch
from neurobench.hooks.layer import LayerHook
from neurobench.hooks.neuron import NeuronHook
from neurobench.models import NeuroBenchModel
from torch import Tensor

from lava.lib.dl.slayer.neuron.base import Neuron
from lava.lib.dl.slayer.synapse._weights import Weights


class Model(NeuroBenchModel):  # type: ignore[misc]
    """A network of blocks; see ``slayer.adapters.neurobench``."""

    def __init__(self, net: torch.nn.Module, time_axis: int) -> None:
        super().__init__()
        self.net, self.time_axis = net.eval(), time_axis
        self.add_activation_module(Neuron)

    def __call__(self, batch: Tensor) -> Tensor:
        """The network's output for a batch of data, time at its axis."""
        with torch.no_grad():
            outputs = self.net(batch.movedim(self.time_axis, -1))
        output = outputs[0] if isinstance(outputs, tuple) else outputs
        return output.movedim(-1, self.time_axis)

    def __net__(self) -> torch.nn.Module:
        """The network."""
        return self.net

    def connection_layers(self) -> list[Any]:
        """All synapses, real and imaginary ones each."""
        return [m for m in self.net.modules() if isinstance(m, Weights)]

    def register_hooks(self) -> None:
        """Watches neurons and synapses."""
        for named_layer in self.activation_layers():
            hook = NeuronHook(named_layer["layer"], named_layer["layer_name"])
            self.activation_hooks.append(hook)
        self.connection_hooks += map(SynapseHook, self.connection_layers())


class SynapseHook(LayerHook):  # type: ignore[misc]
    """Notes what a synapse receives, and shows NeuroBench the weights that it uses."""

    def __init__(self, synapse: Weights) -> None:
        super().__init__(None)
        self.synapse, self.layer = synapse, Counted(synapse)
        self.register_hook()

    def register_hook(self) -> None:
        """Watches the synapse."""
        self.hook = self.synapse.register_forward_pre_hook(self.hook_fn)


class Counted(torch.nn.Conv3d):
    """A synapse with its effective weights as plain ones, of a class that counts."""

    def __init__(self, synapse: Weights) -> None:
        super().__init__(1, 1, 1, bias=False)
        with torch.no_grad():
            synapse.refresh()
            effective = synapse.effective_weight().clone()
        inner = copy.deepcopy(synapse)
        inner.disable_weight_norm()
        inner._forward_pre_hooks.clear()
        inner.pre_hook_fx, inner.mask = None, None
        inner.weight = torch.nn.Parameter(effective, requires_grad=False)
        self.inner = inner
        self.weight = torch.nn.Parameter(effective, requires_grad=False)

    def forward(self, input: Tensor) -> Tensor:
        """Sums over the synapse's connections with weights that NeuroBench may set."""
        self.inner.weight.data = self.weight.data
        return self.inner(input)
