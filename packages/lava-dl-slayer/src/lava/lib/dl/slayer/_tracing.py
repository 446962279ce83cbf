"""Whether torch traces a module instead of running it."""

from __future__ import annotations

import torch

__all__ = ["exporting"]


def exporting() -> bool:
    """Whether ``torch.export`` traces, where parameters can't be changed in place.

    Parameters stay within their ranges by being clamped in every forward pass; the
    passes before an export have done that.
    """
    asked = getattr(torch.compiler, "is_exporting", None)  # From torch 2.7 on.
    return asked is not None and asked()
