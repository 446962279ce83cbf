"""What NIR's neurons do in one step of ``dt`` seconds, by Euler's rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lava.lib.dl.netx.convert._chain import Stage, kind
from lava.lib.dl.netx.convert._nir import Reals, along_channels


@dataclass(frozen=True)
class Dynamics:
    """``u = (1 - current) u + z``; ``v = (1 - voltage) v + u + offset``.

    Arrays hold one number, or one per channel; ``offset`` may hold one per neuron.

    Attributes:
        gain: Factor of the synapses' sum that gives z.
        current: Decay of the current per step; 1 leaves it without memory.
        voltage: Decay of the voltage per step.
        offset: Added to the voltage at every step.
        threshold: Voltage above which a neuron fires; None reads the voltage out.
    """

    gain: Reals
    current: Reals
    voltage: Reals
    offset: Reals
    threshold: Reals | None = None

    def equalised(self) -> Dynamics:
        """The same spikes under one threshold: the others' voltages are scaled."""
        if self.threshold is None or self.threshold.size == 1:
            return self
        most = self.threshold.max()
        factor = most / self.threshold
        return replace(
            self,
            gain=self.gain * factor,
            offset=along_channels(factor, self.offset.ndim) * self.offset,
            threshold=np.array([most]),
        )


def dynamics(stage: Stage, dt: float, notes: list[str]) -> Dynamics | None:
    """The dynamics of a stage's neurons; None where it has none.

    Raises:
        NotImplementedError: Neurons of one channel differ, or the threshold isn't
            above the reset.
        ValueError: A time constant is shorter than one step.
    """
    node = stage.neuron
    if node is None:
        return None
    reset = np.asarray(getattr(node, "v_reset", 0.0), np.float64)
    if np.any(reset):
        notes.append(f"{stage.name}: voltages start at v_reset and count from there")
    current, voltage, gain = _rates(node, dt)
    for decay in (current, voltage):
        _check_decay(decay, stage.name)
    leak = np.asarray(getattr(node, "v_leak", 0.0), np.float64) - reset
    offset = (along_channels(voltage, leak.ndim) * leak).reshape(leak.shape or (1,))
    threshold = _threshold(node, reset, stage.name)
    if kind(node) == "IF" and np.any(gain != 1):
        _say_step(stage, dt, notes)
    return Dynamics(gain, current, voltage, offset, threshold).equalised()


def _rates(node: Any, dt: float) -> tuple[Reals, Reals, Reals]:
    """Decays of current and voltage, and the gain, all per channel."""
    one = np.ones(1)
    if kind(node) == "Threshold":
        return one, one, one
    r = channels(node.r)
    if kind(node) in ("IF", "I"):
        return one, np.zeros(1), r * dt
    if kind(node) in ("LIF", "LI"):
        voltage = dt / channels(node.tau)
        return one, voltage, voltage * r
    current, voltage = dt / channels(node.tau_syn), dt / channels(node.tau_mem)
    return current, voltage, current * voltage * r * channels(node.w_in)


def _check_decay(decay: Reals, name: str) -> None:
    if decay.min() < 0 or decay.max() > 1 + 1e-6 or not np.isfinite(decay).all():
        raise ValueError(
            f"{name}: a time constant shorter than one step; use a smaller dt"
        )


def _threshold(node: Any, reset: Reals, name: str) -> Reals | None:
    value = getattr(node, "v_threshold", getattr(node, "threshold", None))
    if value is None:
        return None
    height = channels(np.asarray(value, np.float64) - reset)
    if height.min() <= 0:
        raise NotImplementedError(
            f"{name}: v_threshold must be above v_reset, but lies {height.min():.3g} "
            "above it"
        )
    return height


def _say_step(stage: Stage, dt: float, notes: list[str]) -> None:
    r = np.asarray(stage.neuron.r, np.float64)
    notes.append(
        f"{stage.name}: an IF of r = {r.flat[0]:.3g} adds r * dt = "
        f"{r.flat[0] * dt:.3g} of its input at each step of {dt:g} s; where its writer "
        "meant all of it, as sinabs, norse and snntorch do, use dt = 1"
    )


def channels(value: Any) -> Reals:
    """One number per channel, a single one where all are alike.

    Raises:
        NotImplementedError: Within a channel they differ.
    """
    rows = np.asarray(value, np.float64)
    rows = rows.reshape(len(rows) if rows.ndim else 1, -1)
    if not (rows == rows[:, :1]).all():
        raise NotImplementedError("neurons of one channel differ in their parameters")
    return rows[:1, 0] if (rows[:, 0] == rows[0, 0]).all() else rows[:, 0]
