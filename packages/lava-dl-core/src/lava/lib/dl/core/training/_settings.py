"""The scalars of a kernel's call, checked."""

from __future__ import annotations

from functools import lru_cache

from lava.lib.dl.core import _training
from lava.lib.dl.core._training import Settings

SURROGATES = tuple(_training.surrogates)
"""Names of the surrogate derivatives' shapes."""


@lru_cache(maxsize=1024)
def settings(
    neuron: str,
    scale: float,
    threshold: float = -1.0,
    threshold_step: float = 0.0,
    tau: float = 1.0,
    surrogate_scale: float = 1.0,
    graded: bool = False,
    exact: bool = False,
    latency: int = 0,
    surrogate: int = 0,
    stepwise: bool = False,
    by_steps: bool = False,
    true_decays: bool = False,
    simd: str = "",
) -> Settings:
    """The scalars of a neuron's kernel, or of one of its parts.

    Args:
        neuron: whose levels its state is compared with.
        scale: integers per unit of a state.
        threshold: of reset and spike in real units; a negative one never resets.
        threshold_step: growth of an adaptive threshold at a spike.
        tau: width of the surrogate derivative.
        surrogate_scale: height of it.
        graded: spikes carry the state that made them.
        exact: the gradient includes what a spike does to the neuron.
        latency: steps by which spikes are delayed.
        surrogate: shape of the surrogate derivative by its place in `SURROGATES`.
        stepwise: gradients of recurrent neurons go back in time by spikes alone.
        by_steps: inputs of recurrent neurons are (N, T, C).
        true_decays: decays' gradients count what the decays multiplied.
        simd: an instruction set to force.

    Raises:
        ValueError: if a number is outside its range.
    """
    if latency < 0:
        raise ValueError(f"latency is {latency}, needs 0 steps or more.")
    return Settings(
        scale=check_scale(scale),
        threshold=threshold,
        tau=check_surrogate(tau),
        surrogate_scale=surrogate_scale,
        graded=graded,
        exact_gradient=exact,
        latency=latency,
        surrogate_shape=check_shape(surrogate),
        stepwise=stepwise,
        by_steps=by_steps,
        true_decays=true_decays,
        simd=simd,
        **_training.neuron_levels(neuron, threshold, threshold_step, scale),
    )


def delta_settings(
    scale: float,
    tau: float = 1.0,
    surrogate_scale: float = 1.0,
    cumulative: bool = False,
    rectified: bool = False,
    surrogate: int = 0,
    simd: str = "",
) -> Settings:
    """The scalars of delta, or of the whole sigma-delta neuron.

    Args:
        scale: what is sent is floored to multiples of 1 / scale.
        tau: width of the threshold's surrogate gradient.
        surrogate_scale: height of it.
        cumulative: judge the sum of changes instead of each.
        rectified: a ReLU comes before.
        surrogate: shape of that gradient by its place in `SURROGATES`.
        simd: an instruction set to force.
    """
    return Settings(
        scale=check_scale(scale),
        tau=check_surrogate(tau),
        surrogate_scale=surrogate_scale,
        cumulative=cumulative,
        rectified=rectified,
        surrogate_shape=check_shape(surrogate),
        simd=simd,
    )


def spike_settings(
    threshold: float,
    scale: float = 1.0,
    tau: float = 1.0,
    surrogate_scale: float = 1.0,
    graded: bool = False,
    surrogate: int = 0,
    simd: str = "",
) -> Settings:
    """The scalars of a spike function; graded spikes are divided by the scale."""
    return Settings(
        scale=check_scale(scale),
        threshold=threshold,
        tau=check_surrogate(tau),
        surrogate_scale=surrogate_scale,
        graded=graded,
        surrogate_shape=check_shape(surrogate),
        simd=simd,
    )


def shift_settings(
    sampling_time: float, correlates: bool = False, simd: str = ""
) -> Settings:
    """The scalars of a delay or of a filter."""
    if not 0 < sampling_time < float("inf"):
        raise ValueError(f"sampling_time is {sampling_time}, needs a positive number.")
    return Settings(sampling_time=sampling_time, correlates=correlates, simd=simd)


def check_scale(scale: float) -> float:
    """A positive finite scale."""
    if not 0 < scale < float("inf"):
        raise ValueError(f"scale is {scale}, needs a positive number such as 4096.")
    return scale


def check_shape(surrogate: int) -> int:
    """The place of one of the shapes."""
    if not 0 <= surrogate < len(SURROGATES):
        raise ValueError(
            f"surrogate is {surrogate}, needs 0 to {len(SURROGATES) - 1}, the place of "
            f"one of {', '.join(SURROGATES)}."
        )
    return surrogate


def surrogate_index(name: str) -> int:
    """The place of a shape by its name."""
    if name not in SURROGATES:
        raise ValueError(
            f"surrogate is {name!r}, needs one of {', '.join(SURROGATES)}."
        )
    return SURROGATES.index(name)


def check_surrogate(tau: float) -> float:
    """A surrogate width that can be divided by."""
    if not tau > 0:
        raise ValueError(
            f"tau is {tau}, needs a positive number: a threshold that quantises to "
            "zero makes it 0; use at least one step of the weight scale."
        )
    return tau
