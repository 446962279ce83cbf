"""What the six spiking neurons share: decays, states, pieces, fused passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._fusion import fuses, is_exactly_ours
from lava.lib.dl.slayer._plain.recurrent import Late
from lava.lib.dl.slayer._plain.surrogate import Shape, shape_number
from lava.lib.dl.slayer._quantize import quantize
from lava.lib.dl.slayer._settings import Settings
from lava.lib.dl.slayer._shapes import check_tensor, inner_shape
from lava.lib.dl.slayer._states import exact_state, lasting
from lava.lib.dl.slayer._tracing import exporting
from lava.lib.dl.slayer.neuron import base
from lava.lib.dl.slayer.neuron._decays import Range, drawn_range, shared_value

P_SCALE = 1 << 12
TAU_RHO_MULT = 100
SCALE_RHO_MULT = 0.1

# Names of the chip's parameters, in its order, with the properties that give them.
_CHIP = {
    "iDecay": "cx_current_decay",
    "vDecay": "cx_voltage_decay",
    "sinDecay": "cx_sin_decay",
    "cosDecay": "cx_cos_decay",
    "thDecay": "cx_threshold_decay",
    "refDecay": "cx_refractory_decay",
    "vThMant": "v_th_mant",
    "vThStep": "v_th_step",
    "refDelay": "ref_delay",
}

Norm = Callable[[], torch.nn.Module]


def integer_decay(name: str) -> property:
    """A property that gives a decay as the chip's integers."""

    def get(self: SpikingNeuron) -> Any:
        self.clamp()
        return self._integers(name)

    return property(get, doc=f"``{name}`` as integers over 4096, one or per channel.")


class SpikingNeuron(base.Neuron):
    """Base of the spiking neurons; a subclass says what is integrated how.

    Attributes:
        _type: name of the kind on the chip and in files.
        _is_complex: whether its input is a pair.
        _whole: the fused operator from input to spikes.
        _decays: names of the parameters in the operators' order.
        _states: names of the states in the operators' order.
        _multipliers: of tau_rho and scale_rho.
    """

    _type: ClassVar[str]
    _is_complex: ClassVar[bool] = False
    _whole: ClassVar[ops.Kernel]
    _decays: ClassVar[tuple[str, ...]]
    _multipliers: ClassVar[tuple[float, float]] = (TAU_RHO_MULT, SCALE_RHO_MULT)
    dynamics: Callable[..., tuple[Tensor, ...]]
    spike: Callable[..., Tensor]
    _surrogate_name: str | Shape = "exponential"
    _surrogate_shape: int | Shape = 0
    _rest_of: float | None = None
    _rest_level = 0.0

    def __init_subclass__(cls) -> None:
        """Names decays and states as the operator does."""
        super().__init_subclass__()
        if "_whole" in cls.__dict__:
            cls._decays, cls._states = cls._whole.parameters, cls._whole.states

    def __init__(
        self,
        threshold: float,
        tau_grad: float,
        scale_grad: float,
        scale: int,
        norm: Norm | None,
        dropout: torch.nn.Module | None,
        shared_param: bool,
        persistent_state: bool,
        requires_grad: bool,
        graded_spike: bool,
        gradient: str,
        surrogate: str | Shape = "exponential",
    ) -> None:
        base.check_positive(scale=scale, tau_grad=tau_grad)
        options = (norm, dropout, persistent_state, shared_param, requires_grad)
        super().__init__(
            threshold,
            tau_grad,
            scale_grad,
            P_SCALE,
            scale,
            scale * (1 << 6),
            *options,
            complex=self._is_complex,
        )
        if self._threshold == 0:
            raise ValueError(
                f"threshold {threshold} rounds to 0 at scale {scale}; use at least "
                f"{1 / self.w_scale}."
            )
        if gradient not in ("slayer", "exact"):
            raise ValueError(f"gradient is {gradient!r}, needs 'slayer' or 'exact'.")
        self.graded_spike = graded_spike
        self.gradient = gradient
        self.surrogate = surrogate
        self._drawn = shared_param is True
        self._ranges: dict[str, Range] = {}

    @property
    def surrogate(self) -> str | Shape:
        """Shape of the surrogate derivative: a name, or a function."""
        return self._surrogate_name

    @surrogate.setter
    def surrogate(self, surrogate: str | Shape) -> None:
        chosen = {"_surrogate_shape": shape_number(surrogate)}
        self.__dict__.update(chosen, _surrogate_name=surrogate)

    # --- parameters ---

    def _add_decay(self, name: str, value: Any, spread: float, checked: bool) -> None:
        label = name.replace("_", " ")
        if self.shared_param is True:
            start = shared_value(label, name, value) if checked else value
        else:
            start = self._add_range(label, name, value, spread).low
        self._add_parameter(name, torch.tensor([start], dtype=torch.float32) * P_SCALE)

    def _add_parameter(self, name: str, values: Tensor) -> None:
        parameter = torch.nn.Parameter(values, requires_grad=bool(self.requires_grad))
        self.register_parameter(name, parameter)

    def _add_range(self, label: str, name: str, value: Any, spread: float) -> Range:
        limits = drawn_range(label, name, value, spread)
        setattr(self, f"{name}_min", limits.low)
        setattr(self, f"{name}_max", limits.high)
        self._ranges[name] = limits
        return limits

    def _draw(self, channels: int) -> None:
        """Gives each channel its own decays, drawn from their ranges."""
        for name in list(self._ranges):
            self._set(name, P_SCALE * self._uniform(name, channels))

    def _uniform(self, name: str, channels: int) -> Tensor:
        low, high = self._ranges[name]
        return low + (high - low) * torch.rand(channels, dtype=torch.float32)

    def _set(self, name: str, values: Tensor) -> None:
        parameter = getattr(self, name)
        parameter.data = lasting(values.to(parameter.device))

    def _finish_draw(self) -> None:
        for name in self._ranges:
            delattr(self, f"{name}_min")
            delattr(self, f"{name}_max")
        self._ranges = {}
        self._drawn = True

    def fix_channels(self, channels: int, axes: int = 1) -> None:
        """Draws decays and shapes norms, as the first input would.

        Args:
            channels: number of channels.
            axes: number of axes between batch and time.
        """
        super().fix_channels(channels, axes)
        if not self._drawn:
            self._draw(channels)
            self._finish_draw()

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any
    ) -> None:
        """Takes decays per channel, and leaves out those that were never drawn."""
        for name in self._decays:
            saved, own = state_dict.get(prefix + name), getattr(self, name)
            if self.shared_param is True or saved is None or saved.shape == own.shape:
                continue
            if saved.numel() == 1:
                state_dict[prefix + name] = own.detach()
            elif not self._drawn:
                self._set(name, torch.empty(saved.shape))
        super()._load_from_state_dict(state_dict, prefix, *args)
        if not self._drawn and getattr(self, self._decays[0]).numel() > 1:
            self._finish_draw()

    def _integers(self, name: str) -> np.int64 | NDArray[np.int64]:
        values = quantize(getattr(self, name).detach()).cpu().numpy().astype(np.int64)
        return values[0] if values.size == 1 else values

    @property
    def device(self) -> torch.device:
        """Device of the parameters."""
        return self._values(self._decays[:1])[0].device

    @property
    def scale(self) -> int:
        """Units of a weight per 1.0."""
        return self.w_scale

    @property
    def device_params(self) -> dict[str, Any]:
        """The neuron as the chip's parameters."""
        mine = {k: getattr(self, v) for k, v in _CHIP.items() if hasattr(self, v)}
        return {"type": self._type, **mine, "gradedSpike": self.graded_spike}

    # --- states ---

    def _rest(self, name: str) -> float:
        if name != "threshold_state":
            return 0.0
        if self._rest_of != self._threshold:
            threshold = torch.tensor(self._threshold, device="cpu")
            self._rest_level = exact_state(threshold, self.s_scale).item()
            self._rest_of = self._threshold
        return self._rest_level

    def _prepare(self, *inputs: Tensor) -> list[Tensor]:
        """Inputs, checked, in float32; parameters and states ready for them."""
        device, floats = self._values(self._decays[:1])[0].device, []
        for x in inputs:
            check_tensor(x, device)
            floats.append(x if x.dtype is torch.float32 else x.float())
        if len(inputs) > 1:
            self._check_pair(*inputs)
        self._get_ready(inputs[0].shape)
        return floats

    def _check_pair(self, *inputs: Tensor) -> None:
        """Refuses parts of an input that don't fit to each other."""

    def _get_ready(self, shape: torch.Size) -> None:
        """Draws and limits decays for inputs of a shape (N, C, ..., T)."""
        if self.shape != shape[1:-1] or len(shape) < 3:
            self._check_shape(shape)
        if self.requires_grad is True and not exporting():
            self.clamp()

    def _check_shape(self, shape: torch.Size) -> None:
        kind = "Real input" if self.complex else "Input"
        inner = inner_shape(self.shape, shape, kind)
        if self.shape is None:
            self.shape = inner
            self.num_neurons = inner.numel()
            self.fix_channels(inner[0], len(inner))

    def _store(self, **states: Tensor) -> None:
        """Keeps the last step of each trace where states persist."""
        for name, trace in states.items():
            if self.persistent_state is True and trace.shape[-1] > 0:
                self._keep(name, trace[..., -1])

    def _keep(self, name: str, state: Tensor) -> None:
        detached = state.detach()
        exact = exact_state(detached.clone(), self.s_scale)
        if self._carries:
            exact = state + (exact - detached)
        setattr(self, name, self._kept(exact))

    def _after(
        self, state: Tensor, reset: Tensor, gate: Tensor, rest: float = 0.0
    ) -> Tensor:
        """The state after its reset to ``rest``, and the gradients that pass it."""
        if not self._carries:
            return reset
        if self.gradient != "exact":
            return state + (reset - state).detach()
        return reset + (gate - gate.detach()) * (rest - state.detach())

    def _firing(
        self,
        spike: type[Any],
        values: Sequence[Tensor],
        level: float | Tensor,
        before: Tensor,
    ) -> Callable[[bool], Tensor]:
        """A function that gives the spikes of such values, graded or not.

        Args:
            spike: what makes spikes of a membrane, and of the phase beside it.
            values: that membrane and that phase.
            level: what the membrane is compared with.
            before: state before the first step.
        """

        def fire(graded: bool) -> Tensor:
            numbers = (level, *self._surrogate, graded, before, 1, self.surrogate)
            return spike.apply(*values, *numbers)

        return fire

    def _gate(self, spikes: Tensor, fire: Callable[[bool], Tensor]) -> Tensor:
        """The spikes of the last step, which reset the neuron.

        They have a gradient where it is exact, and are then 0 or 1.

        Args:
            spikes: what was sent.
            fire: gives the spikes, graded or not.
        """
        if not self._carries or self.gradient != "exact":
            return spikes[..., -1].detach()
        return (fire(False) if self.graded_spike else spikes)[..., -1]

    # --- passes ---

    def _run(
        self,
        part: ops.Kernel,
        inputs: Sequence[Tensor],
        decays: Sequence[str],
        states: Sequence[str],
        threshold: float = -1.0,
        latency: int = 0,
    ) -> Sequence[Tensor]:
        """Runs a part of the dynamics, or the whole neuron."""
        arguments = (
            part,
            inputs,
            self._quantised(decays),
            self._start_states(inputs[0].shape[:-1], states),
            self._settings(threshold, latency),
        )
        return (
            ops.carry(*arguments)
            if self._by_kernel
            else ops.apply(*arguments, self._carries)
        )

    def _values(self, names: Sequence[str]) -> list[Tensor]:
        """Parameters by name; pruned and parametrised ones are computed."""
        own: Any = self._parameters
        try:  # Faster than getattr, which goes through torch's __getattr__.
            return [*map(own.__getitem__, names)]
        except KeyError:
            return [getattr(self, name) for name in names]

    def _quantised(self, names: Sequence[str]) -> list[Tensor]:
        whole = []
        for p in self._values(names):
            whole.append(quantize(p) if p.requires_grad else torch.round(p))
        return whole

    def _settings(self, threshold: float, latency: int = 0) -> Settings:
        tau, scale = self._multipliers
        exact, shape = self.gradient == "exact", self._surrogate_shape
        if callable(shape) and not exact:
            shape = 0  # Only the spike function needs it, which plain torch calls.
        return Settings(
            scale=float(self.s_scale),
            threshold=threshold,
            threshold_step=self.__dict__.get("threshold_step", 0.0),
            tau=self.tau_rho * tau,
            surrogate_scale=self.scale_rho * scale,
            graded=self.graded_spike is True,
            exact=exact,
            latency=latency,
            surrogate=shape,
        )

    @property
    def _surrogate(self) -> tuple[float, float]:
        tau, scale = self._multipliers
        return self.tau_rho * tau, self.scale_rho * scale

    @property
    def _level(self) -> float:
        """What the membrane is compared with."""
        return self._threshold

    def can_recur(self, stepwise: bool) -> bool:
        """Whether :meth:`recur` computes what stepping through time does.

        Where no state carries a gradient from step to step, both gradients are the same
        but for decays that learn, to which the exact one gives what the states hold.
        """
        learns = any(p.requires_grad for p in self._values(self._decays))
        alike = not (stepwise and learns and self.gradient == "exact")
        stays = self.persistent_state is True and alike
        return stays and self.drop is None and self._can_fuse() and fuses(self)

    def _can_fuse(self) -> bool:
        """Whether one operator computes what dynamics and spikes do."""
        norm = self.real_norm if self.complex else self.norm
        if norm is not None or callable(self._surrogate_shape):
            return False
        return self._threshold is not None and is_exactly_ours(self)

    def fused(self, *inputs: Tensor, latency: int = 0) -> Tensor:
        """Spikes in one pass over the inputs, ``latency`` steps late.

        States are kept where they persist.
        """
        spikes, *last = self._run(
            self._whole,
            self._prepare(*inputs),
            self._decays,
            self._states,
            self._level,
            latency,
        )
        if self.persistent_state is True:
            self._keep_all(spikes, last)
        if spikes.dtype is not inputs[0].dtype:
            spikes = spikes.to(inputs[0].dtype)
        return spikes if self.drop is None else self.drop(spikes)

    @property
    def takes_pending_sums(self) -> bool:
        """Whether :meth:`fused_with_synapse` does with a sum what :meth:`forward` does.

        That is if :func:`fuses` says so of the neuron, too.
        """
        norm = self.real_norm if self.complex else self.norm
        if (
            norm is not None
            or callable(self._surrogate_shape)
            or self._threshold is None
        ):
            return False
        if self.persistent_state is True:
            return False
        return self.gradient != "exact" or self._whole.exact

    def fused_with_synapse(
        self, product: ops.PendingSum, latency: int = 0, delay: Tensor | None = None
    ) -> Tensor:
        """Spikes of what a synapse sums, in one pass, ``latency`` steps late.

        A channel's ``delay`` comes on top; what drops spikes must come before it.
        """
        check_tensor(product.weights[0], self.device)
        shape = torch.Size(product.shape)
        self._get_ready(shape)
        spikes, *_ = ops.apply_fused(
            self._whole,
            product,
            self._quantised(self._decays),
            self._start_states(shape[:-1]),
            self._settings(self._level, latency),
            delay,
        )
        return self._dropped(spikes)

    def recur(
        self,
        inputs: Sequence[Tensor],
        feedback: Sequence[Tensor],
        continues: bool,
        stepwise: bool,
        late: Late | None = None,
        latency: int = 0,
    ) -> Tensor:
        """Spikes that return through weights (C, C), one for each input.

        States start where the last call ended and are kept if it ``continues``, else
        at rest. Gradients go back ``stepwise`` by those spikes alone, or through time.
        A channel's spikes return ``late``, each by its delay; all that are given are
        ``latency`` steps late.
        """
        prepared = self._prepare(*inputs)
        shape = prepared[0].shape[:-1]
        rest = self._rest_states(shape, prepared[0].device)
        spikes, *last = ops.recur(
            self._whole,
            prepared,
            self._quantised(self._decays),
            self._start_states(shape) if continues else rest,
            self._settings(self._level, latency),
            feedback,
            stepwise,
            self._by_kernel and not stepwise,
            late,
        )
        if continues:
            self._keep_all(spikes, last)
        return spikes.to(inputs[0].dtype)

    def _keep_all(self, spikes: Tensor, last: Sequence[Tensor]) -> None:
        if spikes.shape[-1] > 0:
            for name, state in zip(self._states, last, strict=True):
                self._keep(name, state)

    def _dropped(self, spikes: Tensor) -> Tensor:
        return spikes if self.drop is None else self.drop(spikes)
