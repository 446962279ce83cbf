"""Whether torch traces or transforms a module instead of running it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

Tensors = Sequence["Tensor | None"]

_PLAIN = {Tensor, torch.nn.Parameter, type(None)}
_compiling = torch.compiler.is_dynamo_compiling
_tracing = torch._C._is_tracing
_modes = torch._C._len_torch_dispatch_stack
_pre_dispatch_modes = partial(
    torch._C._dispatch_tls_is_dispatch_key_included, torch._C.DispatchKey.PreDispatch
)
_transforms = torch._C._are_functorch_transforms_active


def is_eager(*tensors: Tensor | None) -> bool:
    """Whether nothing traces, transforms or watches what these tensors go through.

    Only then do they hold values that may decide what is computed, and only then may
    a kernel run without torch's dispatcher, which takes longer than a small kernel.
    """
    return (
        not _compiling()
        and not _tracing()
        and not _modes()
        and not _pre_dispatch_modes()
        and not _transforms()
        and forward_ad._current_level < 0
        and _PLAIN.issuperset(map(type, tensors))
    )


def direct(function: type[torch.autograd.Function]) -> Any:
    """``function.apply`` without what it does for functorch, many times its own work.

    Only for tensors of which :func:`is_eager` is true.
    """
    return super(torch.autograd.Function, function).apply  # type: ignore[misc]


def is_transformed() -> bool:
    """Whether a transform of ``torch.func`` is at work, but no compiler."""
    return not _compiling() and _transforms()


def refuse_tangents(name: str, tensors: Tensors) -> None:
    """Raises where forward-mode differentiation would get a zero it must not believe.

    Raises:
        NotImplementedError: if a tensor carries a tangent.
    """
    if _compiling() or forward_ad._current_level < 0:
        return
    for each in tensors:
        while each is not None:
            if forward_ad.unpack_dual(each).tangent is not None:
                raise NotImplementedError(
                    f"lava_dl::{name} has no derivative in forward mode (jvp, jacfwd); "
                    "use backward mode (grad, vjp, jacrev)."
                )
            wrapped = torch._C._functorch.is_functorch_wrapped_tensor(each)
            each = torch._C._functorch.get_unwrapped(each) if wrapped else None


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
