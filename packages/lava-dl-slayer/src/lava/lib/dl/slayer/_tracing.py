"""Whether torch traces or transforms a module instead of running it."""

from __future__ import annotations

import torch

__all__ = ["exporting", "traced"]


def exporting() -> bool:
    """Whether parameters can't be changed in place: ``torch.export``, ``torch.func``.

    Parameters stay within their ranges by being clamped in every forward pass; the
    passes before an export have done that.
    """
    if torch.compiler.is_dynamo_compiling():
        return _is_exporting()
    transformed: bool = torch._C._are_functorch_transforms_active()
    return transformed or _is_exporting()


def _is_exporting() -> bool:
    asked = getattr(torch.compiler, "is_exporting", None)  # From torch 2.7 on.
    return asked is not None and asked()


def traced() -> bool:
    """Whether torch traces or transforms a module, whose attributes must stay then."""
    return bool(
        torch.compiler.is_compiling()
        or torch._C._is_tracing()
        or torch._C._are_functorch_transforms_active()
    )
