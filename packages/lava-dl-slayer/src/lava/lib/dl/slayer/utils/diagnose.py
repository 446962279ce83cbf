"""What is wrong with a network that doesn't learn: silence, saturation, gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lava.lib.dl.slayer.utils import _checkpoint, _finite

__all__ = ["Diagnosis", "LayerDiagnosis", "diagnose"]

SATURATED = 0.95


@dataclass(frozen=True)
class LayerDiagnosis:
    """One layer's behaviour on a batch.

    Attributes:
        name: name of the module.
        kind: its class.
        neurons: number of neurons.
        event_rate: events per neuron and time step.
        silent: share of neurons without any event.
        saturated: share of neurons with an event in 95 % of the steps or more.
        gradient_norm: Euclidean norm of the gradient of its parameters; 0 if it has
            none.
        not_finite: which of the layer's values hold NaN or infinity: its output, its
            parameters and their gradients.
    """

    name: str
    kind: str
    neurons: int
    event_rate: float
    silent: float
    saturated: float
    gradient_norm: float
    not_finite: tuple[str, ...] = ()


@dataclass(frozen=True)
class Diagnosis:
    """Layers in the order in which they ran; prints as a table.

    Attributes:
        layers: a ``LayerDiagnosis`` each.
        input_is_finite: whether the batch holds neither NaN nor infinity, which
            neurons take for silence.
    """

    layers: tuple[LayerDiagnosis, ...]
    input_is_finite: bool = True

    def __str__(self) -> str:
        head = f"{'layer':24}{'neurons':>9}{'rate':>9}{'silent':>9}"
        lines = [head + f"{'saturated':>11}{'gradient':>11}"]
        for layer in self.layers:
            label = f"{layer.name} {layer.kind}"
            lines.append(
                f"{label:24}{layer.neurons:9}{layer.event_rate:9.4f}"
                f"{layer.silent:9.1%}{layer.saturated:11.1%}"
                f"{layer.gradient_norm:11.3g}"
            )
        if not self.input_is_finite:
            lines.append("NaN or infinity in the input")
        lines += [
            f"NaN or infinity in {layer.name} {layer.kind}: "
            + ", ".join(layer.not_finite)
            for layer in self.layers
            if layer.not_finite
        ]
        return "\n".join(lines)


def diagnose(
    net: torch.nn.Module, batch: Tensor, loss: Callable[[Any], Tensor] | None = None
) -> Diagnosis:
    """Runs a batch and reports on each layer.

    The network's parameters, gradients and states are left as they were.

    Args:
        net: the network; its layers are the modules with a ``neuron``, or all
            modules without children if it has no such.
        batch: input of shape (N, ..., T).
        loss: called with the network's output, returns what the gradient norm is of;
            the mean of the output if None.

    Returns:
        A ``Diagnosis``.
    """
    outputs: dict[str, Tensor] = {}
    layers = _layers(net)
    hooks = [
        layer.register_forward_hook(_recorder(outputs, name))
        for name, layer in layers.items()
    ]
    states = _checkpoint.buffers(net)
    try:
        net_output = net(batch)
        gradients = _gradients(net, net_output, loss)
    finally:
        for hook in hooks:
            hook.remove()
        _checkpoint.restore_buffers(net, states)
    return Diagnosis(
        tuple(_report(n, layers[n], out, gradients) for n, out in outputs.items()),
        not _finite.broken({"input": batch}),
    )


def _layers(net: torch.nn.Module) -> dict[str, torch.nn.Module]:
    modules = dict(net.named_modules())
    blocks = {n: m for n, m in modules.items() if hasattr(m, "neuron")}
    return blocks or {n: m for n, m in modules.items() if not list(m.children())}


def _recorder(outputs: dict[str, Tensor], name: str) -> Callable[..., None]:
    def record(module: torch.nn.Module, inputs: Any, output: Any) -> None:
        outputs[name] = output[0] if isinstance(output, tuple) else output

    return record


def _gradients(
    net: torch.nn.Module, net_output: Any, loss: Callable[[Any], Tensor] | None
) -> dict[str, Tensor]:
    if loss is None:
        value = (net_output[0] if isinstance(net_output, tuple) else net_output).mean()
    else:
        value = loss(net_output)
    named = {n: p for n, p in net.named_parameters() if p.requires_grad}
    if not named or not value.requires_grad:
        return {}
    gradients = torch.autograd.grad(value, list(named.values()), allow_unused=True)
    return {n: g for n, g in zip(named, gradients, strict=True) if g is not None}


def _report(
    name: str, layer: torch.nn.Module, output: Tensor, gradients: dict[str, Tensor]
) -> LayerDiagnosis:
    events = (output.detach() != 0).to(torch.float32)
    rate = events.mean(dim=(0, -1)).flatten()
    start = f"{name}." if name else ""
    own = {n[len(start) :]: g for n, g in gradients.items() if n.startswith(start)}
    norms = [g.norm() for g in own.values()]
    checked = {"output": output, **dict(layer.named_parameters())}
    checked |= {f"the gradient of {n}": g for n, g in own.items()}
    return LayerDiagnosis(
        name=name,
        kind=type(layer).__name__,
        neurons=rate.numel(),
        event_rate=rate.mean().item(),
        silent=(rate == 0).float().mean().item(),
        saturated=(rate >= SATURATED).float().mean().item(),
        gradient_norm=torch.stack(norms).norm().item() if norms else 0.0,
        not_finite=tuple(_finite.broken(checked)),
    )
