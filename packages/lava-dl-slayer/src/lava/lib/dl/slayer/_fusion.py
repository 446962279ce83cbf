"""Whether a pass over several parts of a block may stand for them.

A fused pass calls no part by itself. That is the same only where each part is exactly
of a class that the pass was written for, and where nobody watches or changes it.
"""

from __future__ import annotations

from typing import TypeVar

import torch
from torch.nn.modules import module as _torch

Kind = TypeVar("Kind", bound=type[torch.nn.Module])

_METHODS: dict[type, frozenset[str]] = {}
"""The methods of each class that fused passes were written for."""


def fusable(kind: Kind) -> Kind:
    """Declares that a fused pass computes what this class does, but no subclass."""
    names = (name for name in dir(kind) if not name.startswith("__"))
    _METHODS[kind] = frozenset(n for n in names if callable(getattr(kind, n)))
    return kind


fusable(torch.nn.ReLU)


def is_exactly_ours(part: torch.nn.Module) -> bool:
    """Whether no subclass, parametrisation or instance replaces one of its methods."""
    methods = _METHODS.get(type(part))
    return methods is not None and methods.isdisjoint(part.__dict__)


def fuses(*parts: torch.nn.Module) -> bool:
    """Whether the parts are exactly ours, and without hooks, global ones included."""
    if (
        _torch._global_forward_hooks
        or _torch._global_forward_pre_hooks
        or _torch._global_backward_hooks
        or _torch._global_backward_pre_hooks
    ):
        return False
    for part in parts:
        methods = _METHODS.get(type(part))
        if methods is None or not methods.isdisjoint(part.__dict__):
            return False
        if part._forward_hooks or part._backward_hooks or part._backward_pre_hooks:
            return False
        if part._forward_pre_hooks and not _are_ours(part):
            return False
    return True


def _are_ours(part: torch.nn.Module) -> bool:
    """Whether all hooks before the forward pass are this library's own."""
    hooks = part._forward_pre_hooks.values()
    return all(getattr(hook, "changes_nothing", False) for hook in hooks)
