"""What scripts that touch upstream's compiled modules find."""

from __future__ import annotations

from typing import Any, NoReturn

import torch


class _Property(property):
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self.fget(owner) if self.fget is not None else None


def accelerated(module: str, name: str, title: str) -> type:
    """A class of a module with an attribute ``module`` and a property ``name``.

    Kernels come compiled with lava-dl-core and ``dynamics`` itself uses them, so there
    is no module to give: the property raises and says so.
    """

    def compiled(owner: type) -> NoReturn:
        if not torch.cuda.is_available():
            raise RuntimeError(
                f"CUDA acceleration of {title} failed. "
                "CUDA is not available in the system."
            )
        raise RuntimeError(
            f"There is no separate CUDA module of {title}: call {name}.dynamics, "
            "which uses the compiled kernel."
        )

    body = {"__module__": module, "module": None, name: _Property(compiled)}
    return type("Accelerated", (), body)
