"""What each block of a trained model puts out, whatever module holds the blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl import spec

Values = npt.NDArray[Any]


def trained_outputs(
    model: Any, network: spec.Network, data: Values
) -> dict[int, Values]:
    """Outputs of the model's blocks for one sample, by the index of their layer.

    Args:
        model: A module with ``blocks``, each called with the output of the one before,
            or any module: then its outermost blocks, in the order it calls them.
        network: What the model was written as.
        data: One sample, time last.

    Raises:
        ValueError: The model holds no block.
    """
    value = _like(model).new_tensor(np.ascontiguousarray(data[np.newaxis], np.float32))
    training = model.training
    model.eval()
    try:
        run = _chained if hasattr(model, "blocks") else _called
        outputs = [_plain(y) for y in run(model, value)]
    finally:
        model.train(training)
    return {
        index: y.reshape(*layer.shape, y.shape[-1])
        for index, (layer, y) in enumerate(zip(network, outputs, strict=False))
    }


def _chained(model: Any, value: Any) -> Iterator[Any]:
    for block in model.blocks:
        value = _output(block(value))
        yield value


def _called(model: Any, value: Any) -> list[Any]:
    blocks = list(_outermost(model))
    if not blocks:
        raise ValueError(
            f"{type(model).__name__} holds no block of slayer's; give the module that "
            "was exported"
        )
    outputs: list[Any] = []
    note: Callable[..., None] = lambda *call: outputs.append(_output(call[2]))  # noqa: E731
    hooks = [block.register_forward_hook(note) for block in blocks]
    try:
        model(value)
    finally:
        for hook in hooks:
            hook.remove()
    return outputs


def _outermost(module: Any) -> Iterator[Any]:
    if hasattr(module, "to_spec"):
        yield module
        return
    for child in module.children():
        yield from _outermost(child)


def _output(value: Any) -> Any:
    """The output without the event rate that counting blocks add."""
    return value[0] if isinstance(value, tuple) else value


def _plain(value: Any) -> Values:
    values: Values = value.detach().cpu().numpy()[0]
    return values


def _like(model: Any) -> Any:
    """A tensor on the model's device."""
    parameter = next(iter(model.parameters()), None)
    if parameter is None:
        import torch

        return torch.zeros(())
    return parameter.detach()
