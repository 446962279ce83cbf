"""What every neuron has: quantised threshold, scales, norm and dropout."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._states import Stateful, cut_to_steps

__all__ = ["Neuron"]


def check_positive(**numbers: float) -> None:
    """Refuses numbers that aren't positive and finite."""
    for name, value in numbers.items():
        if not 0 < value < math.inf:
            raise ValueError(f"{name} is {value}, needs a positive number.")


def _shown(values: Tensor) -> str:
    """One number, or the range and count of several."""
    if values.is_meta:
        return f"meta{tuple(values.shape)}"
    low, high = values.min().item(), values.max().item()
    if values.numel() == 1:
        return f"{low:.4g}"
    return f"{low:.4g} to {high:.4g} ({values.numel()} channels)"


class Neuron(Stateful):
    """Base class of all neurons.

    Weights are multiples of ``2 / w_scale``, states are integers over ``s_scale``,
    thresholds are integers over ``w_scale`` and decays integers over ``p_scale``.

    Args:
        threshold: firing threshold; truncated to a multiple of ``1 / w_scale``.
        tau_grad: width of the surrogate derivative, in thresholds.
        scale_grad: height of the surrogate derivative.
        p_scale: units of a decay per 1.0.
        w_scale: units of a weight or threshold per 1.0.
        s_scale: units of a state per 1.0.
        norm: class (or function) that makes the input's normalisation.
        dropout: module applied to the spikes.
        persistent_state: keep states from one call to the next.
        shared_param: one set of parameters for all channels.
        requires_grad: learn the parameters.
        complex: two norms, of the real and the imaginary input.

    Raises:
        AssertionError: if ``s_scale`` is below ``w_scale``.
        ValueError: if the threshold is not finite.
    """

    def __init__(
        self,
        threshold: float,
        tau_grad: float = 1,
        scale_grad: float = 1,
        p_scale: int = 1,
        w_scale: int = 1,
        s_scale: int = 1,
        norm: Callable[[], torch.nn.Module] | None = None,
        dropout: torch.nn.Module | None = None,
        persistent_state: bool = False,
        shared_param: bool = True,
        requires_grad: bool = True,
        complex: bool = False,
    ) -> None:
        super().__init__()
        self.num_neurons: int | None = None
        self.shape: torch.Size | None = None
        self.p_scale = p_scale
        self.w_scale = int(w_scale)
        self.s_scale = int(s_scale)
        if self.s_scale < self.w_scale:
            raise AssertionError(
                "State scale is expected to be greater than weight scale. "
                f"Found following\nstate scale = {self.s_scale}\n"
                f"weight scale = {self.w_scale}\n"
            )
        if not math.isfinite(threshold):
            raise ValueError(f"threshold is {threshold}, needs a finite number.")
        self._threshold = cut_to_steps(threshold, self.w_scale)
        self.tau_rho = tau_grad * self._threshold
        self.scale_rho = scale_grad
        self.shared_param = shared_param
        self.persistent_state = persistent_state
        self.requires_grad = requires_grad
        self.complex = complex
        self.debug = False
        self.norm = self._hooked(norm) if not complex else None
        if complex:
            self.real_norm = self._hooked(norm)
            self.imag_norm = self._hooked(norm)
        self.drop = dropout

    def _hooked(
        self, norm: Callable[[], torch.nn.Module] | None
    ) -> torch.nn.Module | None:
        if norm is None:
            return None
        normalisation = norm()
        if hasattr(normalisation, "pre_hook_fx"):
            normalisation.pre_hook_fx = self.quantize_8bit  # type: ignore[assignment]
        return normalisation

    @property
    def threshold(self) -> float:
        """Firing threshold as quantised."""
        return self._threshold

    @property
    def v_th_mant(self) -> int:
        """Threshold as the integer that the chip holds."""
        return int(self.threshold * self.w_scale)

    @property
    def weight_exponent(self) -> int:
        """Exponent of the weights on the chip."""
        return int(math.log2(self.s_scale // self.w_scale) - 6)

    @property
    def device(self) -> torch.device | None:
        """Device of the parameters."""
        return None

    def clamp(self) -> None:
        """Brings the parameters into their range."""

    def fix_channels(self, channels: int, axes: int = 1) -> None:
        """Shapes what has a value per channel, as the first input would.

        Args:
            channels: number of channels.
            axes: number of axes between batch and time.
        """
        names = ("real_norm", "imag_norm") if self.complex else ("norm",)
        for fix in (getattr(getattr(self, n), "fix_channels", None) for n in names):
            if fix is not None:
                fix(channels)

    def extra_repr(self) -> str:
        """Threshold and learnable parameters in real units, for ``repr``."""
        shown: dict[str, Any] = {"threshold": self._threshold}
        for name, value in self.named_parameters(recurse=False):
            scale = self.p_scale if name.endswith("_decay") else 1
            shown[name] = _shown(value.detach() / scale)
        shown["scale"] = self.w_scale
        options = ("persistent_state", "requires_grad", "graded_spike")
        shown.update({n: True for n in options if getattr(self, n, False) is True})
        return ", ".join(f"{name}={value}" for name, value in shown.items())

    def quantize_8bit(self, weight: Tensor, descale: bool = False) -> Tensor:
        """Quantises weights to 8 bits: even multiples of 1 / w_scale, -256 to 254.

        Args:
            weight: synaptic weights.
            descale: return integers in units of ``1 / w_scale``.

        Returns:
            Tensor of the same shape; its gradient is 0 outside the range.
        """
        scale = self.w_scale
        steps = ops.quantise(weight, 2 / scale, -256 / scale, 254 / scale)
        return steps if descale is False else steps * scale
