"""A plain PyTorch network as the row of its layers, batch norms folded in."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

Weighted = (nn.Linear, nn.Conv2d)
Norms = (nn.BatchNorm1d, nn.BatchNorm2d)
Known = (*Weighted, *Norms, nn.AvgPool2d, nn.Flatten, nn.ReLU)
Dropped = (nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d)

Stage = tuple[nn.Module, bool]
"""A layer, and whether a ReLU follows."""


def stages(module: nn.Module) -> list[Stage]:
    """The layers from input to output, none of them the module's own.

    Raises:
        ValueError: if they aren't in a row, or one has no spiking counterpart.
    """
    layers: list[Stage] = []
    for layer in _row(module):
        last, rectified = layers[-1] if layers else (None, False)
        if isinstance(layer, Norms):
            layers[-1:] = [(_fused(last, rectified, layer), False)]
        elif isinstance(layer, nn.ReLU):
            if not isinstance(last, Weighted):
                raise ValueError("a ReLU must follow a Linear or Conv2d directly")
            layers[-1] = (last, True)
        else:
            if isinstance(last, Weighted) and not rectified:
                raise ValueError(f"{last} has no ReLU after it; only the last may")
            layers.append((layer, False))
    if not any(isinstance(layer, Weighted) for layer, _ in layers):
        raise ValueError("the network has no Linear and no Conv2d")
    return layers


def _row(module: nn.Module) -> list[nn.Module]:
    """What is called one after the other."""
    traced = torch.fx.symbolic_trace(nn.Sequential(copy.deepcopy(module)).eval())
    row: list[nn.Module] = []
    last = None
    for node in traced.graph.nodes:
        if last is not None and node.all_input_nodes != [last]:
            raise ValueError(
                f"{node.name} takes more or other than the output of {last.name}; "
                "only layers in a row can be converted"
            )
        if node.op not in ("placeholder", "output"):
            row.append(_layer(traced, node))
        last = node
    return [layer for layer in row if not isinstance(layer, Dropped)]


def _layer(traced: nn.Module, node: torch.fx.Node) -> nn.Module:
    if node.op == "call_module":
        layer = traced.get_submodule(str(node.target))
    else:
        layer = _functional(node)
    if not isinstance(layer, (*Known, *Dropped)):
        raise ValueError(
            f"{layer} has no spiking counterpart; known are "
            + ", ".join(kind.__name__ for kind in Known)
        )
    return layer


def _functional(node: torch.fx.Node) -> Any:
    """The module that does what the function does."""
    name = getattr(node.target, "__name__", node.target)
    if name in ("relu", "relu_"):
        return nn.ReLU()
    if name == "flatten":
        start: Any = (*node.args[1:], *node.kwargs.values()) or (0,)
        return nn.Flatten(*start)
    return name


def _fused(layer: nn.Module | None, rectified: bool, norm: Any) -> nn.Module:
    if isinstance(layer, nn.Conv2d) and not rectified:
        return fuse_conv_bn_eval(layer, norm)
    if isinstance(layer, nn.Linear) and not rectified:
        return fuse_linear_bn_eval(layer, norm)
    raise ValueError(f"{norm} must follow a Linear or Conv2d directly")
