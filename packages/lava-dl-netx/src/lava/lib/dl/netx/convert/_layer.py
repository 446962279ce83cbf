"""One stage of a NIR graph as a layer of a network."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lava.lib.dl import spec
from lava.lib.dl.netx.convert._chain import Stage
from lava.lib.dl.netx.convert._dynamics import Dynamics, channels, dynamics
from lava.lib.dl.netx.convert._nir import Reals, along_channels
from lava.lib.dl.netx.convert._quantise import MOST_SCALE, Rounding, scale_for
from lava.lib.dl.netx.convert._synapses import Shape, Synapses, synapses
from lava.lib.dl.spec.layers import SILENT_THRESHOLD

MEMORYLESS = Dynamics(np.ones(1), np.ones(1), np.ones(1), np.zeros(1))
"""Adds a bias where there are no neurons: the voltage is the sum."""


def layer_of(
    stage: Stage,
    shape: Shape | None,
    dt: float,
    weight_scale: int | None,
    notes: list[str],
) -> spec.Layer:
    """The layer of a stage with synapses or neurons.

    Args:
        stage: The stage.
        shape: Shape of its input, None where nothing says it.
        dt: Seconds per step.
        weight_scale: Units in 1.0, None for those that lose least.
        notes: Takes what is rounded.

    Raises:
        NotImplementedError: The format has no such layer.
        ValueError: A number doesn't fit, or rounding changes the function.
    """
    forward, does = synapses(stage, shape), dynamics(stage, dt, notes)
    back = _recurrent(stage, forward)
    if does is None and np.any(forward.bias):
        does = MEMORYLESS
    if forward.shared and does is not None and _needs_channels(forward, does):
        forward = forward.per_channel()
    builder = _Builder(stage, forward, does, back, dt, notes)
    return builder.layer(weight_scale)


def _needs_channels(forward: Synapses, does: Dynamics) -> bool:
    return does.gain.size > 1 or bool(np.any(does.offset) or np.any(forward.bias))


def _recurrent(stage: Stage, forward: Synapses) -> Reals | None:
    if stage.recurrent is None:
        return None
    if forward.layer is not spec.Dense:
        raise NotImplementedError(
            f"{stage.name}: only neurons behind a matrix may come back to themselves"
        )
    return np.asarray(stage.recurrent.weight, np.float64)


class _Builder:
    """What belongs to one layer while it is rounded."""

    def __init__(
        self,
        stage: Stage,
        forward: Synapses,
        does: Dynamics | None,
        back: Reals | None,
        dt: float,
        notes: list[str],
    ) -> None:
        self.stage, self.made, self.does, self.dt = stage, forward, does, dt
        self.notes = notes
        gain = np.ones(1) if does is None else does.gain
        self.weight = along_channels(gain, forward.weight.ndim) * forward.weight
        self.back = None if back is None else along_channels(gain, back.ndim) * back
        self.bias = np.zeros(1) if does is None else self._bias(does)

    def _bias(self, does: Dynamics) -> Reals:
        """What the voltage gains at every step once the current is steady."""
        bias: Reals = self.made.bias
        if self.stage.recurrent is not None:
            back = getattr(self.stage.recurrent, "bias", None)
            bias = bias if back is None else bias + np.asarray(back, np.float64)
        steady = bias * does.gain / does.current
        if np.any(bias) and np.any(does.current < 1):
            self._say_transient(steady, does)
        return along_channels(steady, does.offset.ndim) + does.offset

    def _say_transient(self, steady: Reals, does: Dynamics) -> None:
        """How far the voltage is off while NIR's current still grows."""
        current, voltage = does.current.max(), does.voltage.min()
        slow = does.current.min()
        steps = np.arange(math.ceil(8 / slow))
        missing = (1 - slow) ** (steps + 1.0)
        state, worst = 0.0, 0.0
        for value in missing:
            state = (1 - voltage) * state + value
            worst = max(worst, state)
        level = 1.0 if does.threshold is None else float(does.threshold.max())
        share = np.abs(steady).max() * worst / level
        unit = "of the threshold" if does.threshold is not None else "in 1.0"
        self.notes.append(
            f"{self.stage.name}: bias acts from the first step, in NIR it grows over "
            f"about {math.ceil(1 / current)} steps: until then voltages are off by "
            f"{share:.2g} {unit} at most"
        )

    def layer(self, weight_scale: int | None) -> spec.Layer:
        """The layer, all of it rounded."""
        scale = self._scale() if weight_scale is None else float(weight_scale)
        rounding = Rounding(self.stage.name, scale, self.notes)
        weight = rounding.weights(self.weight)
        options: dict[str, Any] = {**self.made.options}
        options["weight_scale"] = max(int(scale), 1)
        if self.does is not None:
            options |= self._neurons(rounding, self.does)
        options |= self._delays(rounding)
        self._check_lost(rounding, weight, options)
        if self.back is not None:
            back = rounding.weights(self.back, "recurrent weight")
            options["weight_rec"] = back
            return spec.Recurrent(self.made.shape, weight, **options)
        return self.made.layer(self.made.shape, weight, **options)

    def _scale(self) -> float:
        does = self.does
        level = float(does.threshold[0]) if does and does.threshold is not None else 0.0
        weights = [self.weight] if self.back is None else [self.weight, self.back]
        scale = scale_for(weights, [self.bias], level, self.made.parts)
        if scale >= 1:
            return min(scale, MOST_SCALE)
        if not level:
            raise ValueError(
                f"{self.stage.name}: weights up to {np.abs(self.weight).max():.3g} are "
                "beyond 8 bits, and a read-out without threshold can't be scaled down"
            )
        self.notes.append(
            f"{self.stage.name}: weights, bias and threshold scaled down by {scale:g}, "
            "which leaves the spikes as they are"
        )
        return scale

    def _neurons(self, rounding: Rounding, does: Dynamics) -> dict[str, Any]:
        current = rounding.decay(does.current, "current")
        voltage = rounding.decay(does.voltage, "voltage")
        options: dict[str, Any] = {}
        if np.any(self.bias):
            options["bias"] = self._stored(rounding.bias(self.bias))
        level = SILENT_THRESHOLD
        if does.threshold is None:
            options["readout"] = "voltage"
        else:
            level = rounding.threshold(float(does.threshold[0]))
            self._check_bias(rounding, level)
        return {**options, "neuron": spec.Cuba(current, voltage, level)}

    def _stored(self, bias: Any) -> Any:
        """One per channel, or one per neuron in (width, height, channel) order."""
        if bias.ndim == 1:
            return bias
        rows = bias.reshape(len(bias), -1)
        if (rows == rows[:, :1]).all():
            return rows[:, 0]
        return bias.reshape(self.made.shape).transpose()

    def _check_bias(self, rounding: Rounding, level: int) -> None:
        """Neurons that fire on their bias alone must go on, and no others."""
        assert self.does is not None
        fade = np.maximum(along_channels(self.does.voltage, self.bias.ndim), 1e-9)
        rounded = np.rint(self.bias * rounding.scale)
        threshold = np.asarray(self.does.threshold)[0]
        before, after = self.bias / fade > threshold, rounded / fade > level
        if (before != after).any():
            raise ValueError(
                f"{rounding.name}: rounding to 1/{rounding.scale:g} changes for "
                f"{int((before != after).sum())} neurons whether they fire on their "
                "bias alone; use a larger weight scale"
            )

    def _check_lost(
        self, rounding: Rounding, weight: Any, options: dict[str, Any]
    ) -> None:
        """Neurons that their input can make fire must keep some of it."""
        rows = self.weight.reshape(len(self.weight), -1)
        lost = (rows != 0).any(1) & ~weight.reshape(len(weight), -1).any(1)
        does = self.does
        if does is not None and does.threshold is not None:
            fade = np.maximum(does.current * does.voltage, 1e-9)
            lost &= np.maximum(rows, 0).sum(1) / fade > does.threshold[0]
        if lost.any():
            raise ValueError(
                f"{rounding.name}: all weights of {int(lost.sum())} neurons round to 0 "
                f"at weight scale {rounding.scale:g}; use a larger one or another dt"
            )

    def _delays(self, rounding: Rounding) -> dict[str, Any]:
        stage, forward = self.stage, self.made
        after = None if stage.delay is None else channels(stage.delay.delay)
        before = None if stage.before is None else channels(stage.before.delay)
        if before is not None and before.size > 1:
            return self._input_delays(rounding, before, after)
        if after is None and before is None:
            return {}
        # A common delay of all inputs is one of all outputs, but for what comes back.
        if before is not None and (self.back is not None or np.any(self.bias)):
            before = np.repeat(before, forward.weight.shape[1])
            return self._input_delays(rounding, before, after)
        total = sum(d for d in (before, after) if d is not None)
        return {"delay": rounding.steps(np.atleast_1d(total), self.dt)}

    def _input_delays(
        self, rounding: Rounding, before: Reals, after: Reals | None
    ) -> dict[str, Any]:
        if after is not None or self.made.layer is not spec.Dense:
            raise NotImplementedError(
                f"{self.stage.name}: delays of single inputs only fit a matrix without "
                "delays of its outputs"
            )
        steps = rounding.steps(before, self.dt)
        # A row as long as the outputs would be taken as theirs.
        return {"delay": np.broadcast_to(steps, self.made.weight.shape).copy()}
