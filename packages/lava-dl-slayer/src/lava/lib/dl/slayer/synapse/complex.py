"""Complex synapses: one real synapse for each part of a complex neuron's input."""

from __future__ import annotations

import inspect
import math
from typing import Any, ClassVar

import torch
from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._fusion import fusable
from lava.lib.dl.slayer.synapse import layer
from lava.lib.dl.slayer.synapse._weights import Hook, Hooked, Weights

__all__ = ["ComplexLayer", "Conv", "ConvTranspose", "Dense", "Pool", "Unpool"]

_SHARED = frozenset(
    (
        "in_channels",
        "out_channels",
        "kernel_size",
        "stride",
        "padding",
        "dilation",
        "groups",
        "weight_norm_enabled",
        "mask",
    )
)


class ComplexLayer(Hooked):
    """Two synapses of the same kind, fed with the same spikes.

    Takes the arguments of the real synapse. What describes the geometry is read
    from the real part.

    Attributes:
        real: Synapse of the real part.
        imag: Synapse of the imaginary part.
    """

    part: ClassVar[type[Weights]]
    __signature__: ClassVar[inspect.Signature]
    complex = True

    def __init_subclass__(cls) -> None:
        cls.__signature__ = inspect.signature(cls.part)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self.real = self.part(*args, **kwargs)
        self.imag = self.part(*args, **kwargs)

    def forward(self, input: Tensor) -> tuple[Tensor, Tensor]:
        """Weighs an input to its real and its imaginary part."""
        return self.real(input), self.imag(input)

    def pending_sum(self, input: Tensor) -> Any:
        """Both parts of the weighted input, or what gives them to a neuron."""
        pending = self.real.pending_sum(input)
        if isinstance(pending, ops.PendingSum):
            return pending.beside(self.imag.taps())
        return pending, self.imag.forward(input)

    def enable_weight_norm(self) -> None:
        """Normalises the weights of both parts."""
        self.real.enable_weight_norm()
        self.imag.enable_weight_norm()

    def disable_weight_norm(self) -> None:
        """Makes the weights of both parts plain again."""
        self.real.disable_weight_norm()
        self.imag.disable_weight_norm()

    @property
    def grad_norm(self) -> float:
        """Root of the sum of both parts' squared gradient norms."""
        return math.hypot(self.real.grad_norm, self.imag.grad_norm)

    @property
    def shape(self) -> torch.Size:
        """Shape of the weights of one part."""
        return self.real.shape

    @property
    def pre_hook_fx(self) -> Hook | None:
        """Function applied to the weights of both parts, or None.

        Raises:
            ValueError: If the parts have different ones.
        """
        if self.real.pre_hook_fx != self.imag.pre_hook_fx:
            raise ValueError(
                "the real and the imaginary synapse have different pre_hook_fx; "
                "read real.pre_hook_fx or imag.pre_hook_fx"
            )
        return self.real.pre_hook_fx

    @pre_hook_fx.setter
    def pre_hook_fx(self, function: Hook | None) -> None:
        self.real.pre_hook_fx = self.imag.pre_hook_fx = function

    def __getattr__(self, name: str) -> Any:
        if name in _SHARED:
            return getattr(self.real, name)
        return super().__getattr__(name)


def _complex(part: type[Weights]) -> type[ComplexLayer]:
    """The complex class made of two synapses of a kind."""
    doc = f"Two :class:`~{layer.__name__}.{part.__name__}` with its arguments."
    names = {"part": part, "__doc__": doc, "__module__": __name__}
    return fusable(type(part.__name__, (ComplexLayer,), names))


Dense = _complex(layer.Dense)
Conv = _complex(layer.Conv)
Pool = _complex(layer.Pool)
ConvTranspose = _complex(layer.ConvTranspose)
Unpool = _complex(layer.Unpool)
