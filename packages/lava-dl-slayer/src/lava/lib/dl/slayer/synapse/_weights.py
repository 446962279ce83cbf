"""Weights of a synapse: their norm, mask and quantisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from lava.lib.dl.slayer import ops

Hook = Callable[..., Tensor]

_OTHER_NAMES = {"weight_g": "original0", "weight_v": "original1"}
"""What ``torch.nn.utils.parametrizations.weight_norm`` calls the two parts."""


_RECOMPUTING = (BasePruningMethod, SpectralNorm, WeightNorm)
"""torch's hooks that compute the weights before each forward pass."""


class _OwnNorm(WeightNorm):
    """Lets ``torch.nn.utils.remove_weight_norm`` find this library's weight norm.

    The weights are computed whenever they are read, so there is nothing to do before
    a forward pass.
    """

    changes_nothing = True

    def __init__(self) -> None:
        super().__init__("weight", 0)

    def __call__(self, module: torch.nn.Module, inputs: Any) -> None:
        """Does nothing."""

    def remove(self, module: Any) -> None:
        """Joins magnitude and direction; torch takes the hook away."""
        module._join()


class Hooked(torch.nn.Module):
    """A module whose ``pre_hook_fx`` may be set to any callable, a module too."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Sets an attribute; torch would take a module past the property."""
        if name == "pre_hook_fx":
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)


class Weights(Hooked):
    """What all synapses share: weights with optional norm, mask and quantisation.

    With weight normalisation the parameters are ``weight_g`` and ``weight_v``, and
    ``weight`` is :math:`g v / |v|` with one norm per entry of the first axis,
    computed whenever it's read.

    Attributes:
        complex: Whether the product is complex.
        weight_norm_enabled: Whether the weights are normalised.
        mask: Factor of the weights, broadcastable to them, or None.
    """

    weight: Tensor
    mask: Tensor | None
    complex = False
    weight_norm_enabled = False
    _pre_hook_fx: Hook | None

    def _prepare(
        self, weight_scale: float, weight_norm: bool, pre_hook_fx: Hook | None
    ) -> None:
        """Completes the construction once torch has drawn the weights."""
        if weight_scale != 1:
            self.weight = torch.nn.Parameter(weight_scale * self.weight.detach())
        self.register_buffer("mask", None, persistent=False)
        self._pre_hook_fx = pre_hook_fx
        if weight_norm:
            self.enable_weight_norm()

    @property
    def pre_hook_fx(self) -> Hook | None:
        """Function applied to the weights in every forward pass, or None."""
        return self._pre_hook_fx

    @pre_hook_fx.setter
    def pre_hook_fx(self, function: Hook | None) -> None:
        self._pre_hook_fx = function

    @property
    def shape(self) -> torch.Size:
        """Shape of the weights."""
        return self._direction.shape

    @property
    def grad_norm(self) -> float:
        """Norm of the weights' gradient, per entry; 0 without a gradient."""
        names = ("weight", "weight_g", "weight_orig")
        learned = next(
            (self._parameters[n] for n in names if n in self._parameters), None
        )
        if learned is None or learned.grad is None:
            return 0
        return float(torch.norm(learned.grad) / learned.grad.numel())

    @property
    def _direction(self) -> Tensor:
        return self.weight_v if self.weight_norm_enabled else self.weight

    def enable_weight_norm(self) -> None:
        """Splits the weights into magnitude and direction."""
        if self.weight_norm_enabled:
            return
        weight, learned = self.weight.detach(), self.weight.requires_grad
        del self.weight
        magnitude = torch.norm_except_dim(weight, 2, 0)
        self.weight_g = torch.nn.Parameter(magnitude, learned)
        self.weight_v = torch.nn.Parameter(weight, learned)
        self.weight_norm_enabled = True
        self.register_forward_pre_hook(_OwnNorm())

    def disable_weight_norm(self) -> None:
        """Joins magnitude and direction into plain weights again."""
        if self.weight_norm_enabled:
            torch.nn.utils.remove_weight_norm(self)

    def _join(self) -> None:
        weight = self.weight.detach()
        learned = self.weight_v.requires_grad
        del self.weight_g, self.weight_v
        self.weight = torch.nn.Parameter(weight, learned)
        self.weight_norm_enabled = False

    def __getattr__(self, name: str) -> Any:
        if name == "weight" and self.__dict__.get("weight_norm_enabled"):
            return torch._weight_norm(self.weight_v, self.weight_g, 0)
        if name == "_pre_hook_fx" and name not in self._modules:
            return None
        return super().__getattr__(name)

    def effective_weight(self, **options: bool) -> Tensor:
        """The weights as used: normalised, masked and quantised.

        Quantising 1.2 million weights takes as long as comparing them with a
        remembered copy, the only safe test of "unchanged" since writing to
        ``weight.data`` leaves no trace; so nothing is remembered.

        Args:
            options: Passed to the hook, such as ``descale=True`` for integers.
        """
        own, mask = self._parameters.get("weight"), self._buffers.get("mask")
        # Else it is normalised, pruned or parametrised.
        weight: Tensor = self.weight if own is None else own
        if mask is not None:
            weight = weight * mask
        hook = self._pre_hook_fx
        return weight if hook is None else hook(weight, **options)

    @torch.no_grad()
    def refresh(self) -> None:
        """Recomputes weights that torch prunes or normalises before a forward pass.

        Their attribute ``weight`` is that of the last forward pass otherwise.
        """
        training = self.training
        self.eval()
        for hook in self._forward_pre_hooks.values():
            if isinstance(hook, _RECOMPUTING):
                hook(self, ())
        self.train(training)

    def pending_sum(self, input: Tensor) -> Tensor | ops.PendingSum:
        """The weighted input, or what gives it where a neuron can sum on its own.

        Calls no hooks.
        """
        return self.forward(input)

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any
    ) -> None:
        for ours, theirs in _OTHER_NAMES.items() if self.weight_norm_enabled else ():
            other = f"{prefix}parametrizations.weight.{theirs}"
            if other in state_dict:
                state_dict[prefix + ours] = state_dict.pop(other)
        super()._load_from_state_dict(state_dict, prefix, *args)
