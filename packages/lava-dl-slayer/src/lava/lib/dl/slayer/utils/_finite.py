"""Which values hold NaN or infinity."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


def broken(values: Mapping[str, Tensor | None]) -> list[str]:
    """Names of the tensors with NaN or infinity.

    One value is read from the device where all is well.
    """
    present = {n: _stored(v) for n, v in values.items() if v is not None}
    # Sums show NaN and infinity, and need no array as large as the values.
    flags = [v.sum().isfinite() for v in present.values()]
    if not flags or bool(torch.stack([f.to(flags[0].device) for f in flags]).all()):
        return []
    return [n for n, v in present.items() if not bool(v.isfinite().all())]


def weights(net: torch.nn.Module) -> dict[str, Tensor | None]:
    """Parameters and their gradients, by what they are called in a sentence."""
    parameters: dict[str, Tensor | None] = dict(net.named_parameters())
    grads = {f"the gradient of {n}": p.grad for n, p in net.named_parameters()}
    return parameters | grads


def _stored(values: Tensor) -> Tensor:
    values = values.detach()
    return values.coalesce().values() if values.is_sparse else values
