"""Integrators, resonators and adaptive thresholds as operators."""

from __future__ import annotations

from collections.abc import Callable

from lava.lib.dl.core import training
from lava.lib.dl.slayer._plain import backward as plain_backward
from lava.lib.dl.slayer._plain import parts as plain
from lava.lib.dl.slayer._settings import Settings
from lava.lib.dl.slayer.ops._kernel import Kernel, Plain, neuron_settings
from lava.lib.dl.slayer.ops._operator import Tensors

Names = tuple[str, ...]
Gradients = Callable[[Tensors, Tensors, Tensors, Settings], tuple[Tensors, Tensors]]


def _part(
    name: str,
    arrays: tuple[Names, Names, Names, Names],
    neuron: str,
    traces: Callable[..., plain.Result],
    gradients: Gradients | None = None,
    backward_kernel: str = "",
) -> Kernel:
    """A part with a neuron's levels; gradients are those of the linear recursion."""
    planes = len(arrays[0])

    def settings(numbers: Settings, forward: bool) -> training.Settings:
        if forward:
            return neuron_settings(neuron, numbers._replace(latency=0), True)
        return training.Settings()

    def forward(*arguments: Tensors) -> Tensors:
        return traces(*arguments)[0]

    def backward(
        grads: Tensors, saved: Tensors, decays: Tensors, _: Tensors, numbers: Settings
    ) -> tuple[Tensors, Tensors]:
        assert gradients is not None
        return gradients(grads[:planes], decays[:planes], saved[:planes], numbers)

    return Kernel(
        name,
        arrays,
        settings,
        Plain(forward, backward if gradients else None),
        learned=planes if gradients else 0,
        saves_outputs=gradients is not None,
        backward_kernel=backward_kernel,
    )


_OSCILLATOR = ("real", "imag")
_OSCILLATOR_INPUTS = ("real_input", "imag_input")
_OSCILLATOR_DECAYS = ("sin_decay", "cos_decay")
_OSCILLATOR_STATES = ("real_state", "imag_state")
_LEVELS = ("threshold", "refractory")
_LEVEL_DECAYS = ("refractory_decay", "threshold_decay")
_LEVEL_STATES = ("refractory_state", "threshold_state")

LEAKY_INTEGRATOR = _part(
    "leaky_integrator",
    (("input",), ("decay",), ("state",), ("output",)),
    "cuba",
    plain.leaky_integrator,
    plain_backward.leaky_integrator,
)
"""A state that leaks and adds its input, reset where it reaches a threshold."""
RESONATOR = _part(
    "resonator",
    (_OSCILLATOR_INPUTS, _OSCILLATOR_DECAYS, _OSCILLATOR_STATES, _OSCILLATOR),
    "rf_iz",
    plain.resonator,
    plain_backward.resonator,
)
"""A complex state that rotates and decays: real and imaginary part of each step."""
ADAPTIVE_THRESHOLD = _part(
    "adaptive_threshold",
    (("input",), _LEVEL_DECAYS, _LEVEL_STATES, _LEVELS),
    "alif",
    plain.adaptive_threshold,
)
"""Threshold and refractory level that a voltage raises where it reaches their sum;
without gradient."""
ADAPTIVE_PHASE_THRESHOLD = _part(
    "adaptive_phase_threshold",
    (_OSCILLATOR_INPUTS, _LEVEL_DECAYS, (*_LEVEL_STATES, "imag_state"), _LEVELS),
    "alif",
    plain.adaptive_phase_threshold,
)
"""The same levels, raised where a complex state crosses phase zero above them."""
ADAPTIVE_RESONATOR = _part(
    "adaptive_resonator",
    (
        _OSCILLATOR_INPUTS,
        _OSCILLATOR_DECAYS + _LEVEL_DECAYS,
        _OSCILLATOR_STATES + _LEVEL_STATES,
        _OSCILLATOR + _LEVELS,
    ),
    "alif",
    plain.adaptive_resonator,
    plain_backward.resonator,
    "resonator_backward",
)
"""RESONATOR and the levels that its imaginary part raises, in one pass."""
