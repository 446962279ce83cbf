"""Layers that feed their spikes back: recurrent, and k winners take all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from lava.lib.dl import spec
from lava.lib.dl.slayer._plain.recurrent import Late
from lava.lib.dl.slayer._tracing import exporting
from lava.lib.dl.slayer.axon import Delay
from lava.lib.dl.slayer.block._block import NEURON_HOOK, Block, Output, longest
from lava.lib.dl.slayer.block._records import delays, weights
from lava.lib.dl.slayer.synapse._weights import Hook
from lava.lib.dl.slayer.utils.recurrent import (
    Feedback,
    feedback_of,
    step_through,
    weighted_input,
)
from lava.lib.dl.spec.lava import MAX_DELAY

Params = Mapping[str, Any]

GRADIENTS = ("step", "time", "exact")
DEFAULT = "time"


class _Feedback(Block):
    """Spikes of the last step act on the next.

    The neuron keeps its states while it steps, so a call would go on where the last
    one ended. That happens only if ``persistent_state`` was asked for.

    Attributes:
        gradient: How gradients go back in time.
        recurrent_delay: Learnable delay of what returns, or None.
        spike_state: Last spikes of the last call, with time last where they are
            delayed; shape (1,) at rest.
    """

    spike_state: Tensor
    _states = (*Block._states, "spike_state")

    def __init__(
        self,
        neuron_params: Params,
        gradient: str | None,
        recurrent_delay: bool,
        **options: Any,
    ) -> None:
        exactly = neuron_params.get("gradient") == "exact"
        gradient = gradient or ("exact" if exactly else DEFAULT)
        if gradient not in GRADIENTS:
            raise ValueError(f"gradient is {gradient!r}, needs one of {GRADIENTS}.")
        if gradient == "exact":
            options["gradient"] = "exact"  # of the neuron
        if gradient != "step":
            returning: Any = getattr(self, "recurrent_params", dict)
            neuron_params = returning(neuron_params)
        super().__init__(neuron_params, persistent_state=True, **options)
        self.gradient = gradient
        delays = recurrent_delay is True
        self.recurrent_delay = Delay(max_delay=MAX_DELAY) if delays else None
        self._continues = neuron_params.get("persistent_state", False) is True
        self.spike_state = torch.zeros(1)

    def _delays(self) -> list[Delay]:
        own = [] if self.recurrent_delay is None else [self.recurrent_delay]
        return [*super()._delays(), *own]

    @property
    def persistent_state(self) -> bool:
        """Whether a call continues where the last one ended."""
        return self._continues

    def reset_state(self) -> None:
        """Brings neurons, feedback and delays to rest."""
        super().reset_state()
        self.spike_state = self.spike_state.new_zeros(1)

    def _step(
        self,
        z: Tensor | tuple[Tensor, ...],
        feedback: Feedback,
        offset: Tensor | None = None,
    ) -> Output:
        """Steps through time from rest, or from where the last call ended."""
        parts = z if isinstance(z, tuple) else (z,)
        if offset is not None:
            parts = (parts[0] + offset, *parts[1:])
        shape = parts[0].shape
        known = self._continues and self.spike_state.shape[:2] == shape[:-1]
        start = self.spike_state if known else None
        delay, stepwise = self.recurrent_delay, self.gradient == "step"
        feedback_delays = (
            None if delay is None else Late(delay.ready(shape), longest(delay))
        )
        latency = int(self.delay_shift is True and not self._continues)
        how = (start, self._continues, stepwise, feedback_delays, latency)
        x = step_through(parts, self.neuron, feedback, *how)
        if self._continues and x.shape[-1]:
            self.spike_state = self._kept(self._last(x, start).clone())
        return self._emit(x) if self._continues else self._emit_late(x)

    def _last(self, x: Tensor, start: Tensor | None) -> Tensor:
        """The spikes that later ones may get: those of the last step, or of many."""
        if self.recurrent_delay is None:
            return x[..., -1]
        past = x if start is None else torch.cat([start, x], dim=-1)
        limit: Any = self.recurrent_delay.max_delay
        # The gradient of the longest delay looks at the step before.
        return past[..., -2 - math.floor(limit) :]

    def _save_to_state_dict(
        self, destination: dict[str, Any], prefix: str, keep_vars: bool
    ) -> None:
        """Saves parameters, and spikes at rest, which lava-dl 0.6 looks for."""
        super()._save_to_state_dict(destination, prefix, keep_vars)
        destination[f"{prefix}spike_state"] = self.spike_state.new_zeros(1)

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any
    ) -> None:
        """Loads parameters; a file's spikes belong to states it doesn't hold."""
        state_dict.pop(f"{prefix}spike_state", None)
        super()._load_from_state_dict(state_dict, prefix, *args)


class AbstractRecurrent(_Feedback):
    """All-to-all synapses from the input and from the layer's own spikes.

    Args:
        neuron_params: Arguments of the neuron.
        in_neurons: Number of inputs.
        out_neurons: Number of outputs.
        weight_scale: Factor of the initial weights, both of them.
        weight_norm: Normalise the weights.
        pre_hook_fx: Has no effect: the neuron's quantisation is always used.
        requires_grad: Learn the recurrent weights.
        delay: Learn an axonal delay per neuron, outside the loop.
        delay_shift: Output one step late, as on the chip.
        count_log: Return the mean event rate, too.
        gradient: How gradients go back in time: ``"time"`` through the spikes that
            return and through the neuron's states, all of backpropagation through time
            but for resets; ``"exact"`` through these as well; ``"step"``, as lava-dl
            0.6, through the spikes alone. None is ``"exact"`` where ``neuron_params``
            say so, else ``"time"``.
        recurrent_delay: Learn a delay for each neuron of what it sends to the layer
            itself, beyond the one step that this takes.

    Raises:
        ValueError: If ``gradient`` is none of these.
    """

    def __init__(
        self,
        neuron_params: Params,
        in_neurons: int,
        out_neurons: int,
        weight_scale: float = 1,
        weight_norm: bool = False,
        pre_hook_fx: Hook | None = None,
        requires_grad: bool = True,
        delay: bool = False,
        delay_shift: bool = True,
        count_log: bool = False,
        gradient: str | None = None,
        recurrent_delay: bool = False,
    ) -> None:
        super().__init__(
            neuron_params,
            gradient,
            recurrent_delay,
            delay=delay,
            delay_shift=delay_shift,
            count_log=count_log,
        )
        self.bias = None
        self.requires_grad = requires_grad
        options = (weight_scale, weight_norm, self._hook(NEURON_HOOK))
        make = self.synapses.Dense
        self.input_synapse = make(in_neurons, out_neurons, *options)
        self.recurrent_synapse = make(out_neurons, out_neurons, *options)
        self.recurrent_synapse.requires_grad_(requires_grad)
        self._fix_channels(out_neurons)

    def forward(self, x: Tensor) -> Output:
        """Spikes of an input (N, C, T)."""
        z = weighted_input(self.input_synapse, x)
        return self._step(z, feedback_of(self.recurrent_synapse), self.bias)

    def _known_shape(self) -> tuple[int, ...]:
        return (self.input_synapse.out_channels,)

    def to_spec(self) -> spec.Recurrent:
        """The block as a record of the file format, in integers."""
        recurrent_delay = self.recurrent_delay
        kind: Any = spec.Recurrent if recurrent_delay is None else spec.RecurrentDelay
        return kind(
            self._known_shape(),
            **weights(self.input_synapse),
            **weights(self.recurrent_synapse, "weight_rec"),
            **delays(self.delay),
            **delays(recurrent_delay, "delay_rec"),
            **self._neuron_fields(),
        )


class AbstractKWTA(_Feedback):
    r"""Dense synapses under lateral inhibition: k winners take all.

    .. math::
       s_t = neuron(W x_t + R s_{t-1} + b), \quad R = (1 + a) I - 1, \quad
       b = \vartheta (N - 2 k) / N / w_{scale}

    with a the self-excitation; R and b are quantised as weights. The spikes act on the
    real part of complex neurons.

    Args:
        neuron_params: Arguments of the neuron.
        in_neurons: Number of inputs.
        out_neurons: Number of outputs, N.
        num_winners: Number of winners, k.
        self_excitation: Initial weight of a neuron on itself, 0 to 1.
        weight_scale: Factor of the initial weights.
        weight_norm: Normalise the weights.
        pre_hook_fx: Quantisation of the weights; None is none.
        delay_shift: Output one step late, as on the chip.
        requires_grad: Learn the self-excitation.
        count_log: Return the mean event rate, too.
        gradient: How gradients go back in time: ``"time"`` through the spikes that
            return and through the neuron's states, all of backpropagation through time
            but for resets; ``"exact"`` through these as well; ``"step"``, as lava-dl
            0.6, through the spikes alone. None is ``"exact"`` where ``neuron_params``
            say so, else ``"time"``.
        recurrent_delay: Learn a delay for each neuron of what it sends to the layer
            itself, beyond the one step that this takes.

    Raises:
        ValueError: If ``gradient`` is none of these.
    """

    def __init__(
        self,
        neuron_params: Params,
        in_neurons: int,
        out_neurons: int,
        num_winners: int,
        self_excitation: float = 0.5,
        weight_scale: float = 1,
        weight_norm: bool = False,
        pre_hook_fx: Hook | None = NEURON_HOOK,
        delay_shift: bool = True,
        requires_grad: bool = True,
        count_log: bool = False,
        gradient: str | None = None,
        recurrent_delay: bool = False,
    ) -> None:
        if not 0 <= num_winners <= out_neurons:
            raise ValueError(
                f"num_winners is {num_winners}; of {out_neurons} neurons 0 to "
                f"{out_neurons} can win"
            )
        super().__init__(
            neuron_params,
            gradient,
            recurrent_delay,
            delay_shift=delay_shift,
            count_log=count_log,
        )
        self.num_neurons = out_neurons
        self.num_winners = num_winners
        self.requires_grad = requires_grad
        self.bias = None
        self.self_excitation = torch.nn.Parameter(
            torch.tensor([float(self_excitation)]), requires_grad=requires_grad
        )
        self.synapse = self.synapses.Dense(
            in_neurons, out_neurons, weight_scale, weight_norm, self._hook(pre_hook_fx)
        )
        self._fix_channels(out_neurons)

    def _lateral(self, **options: bool) -> tuple[Tensor, Tensor]:
        """Quantised lateral weights (N, N) and bias ()."""
        count, neuron = self.num_neurons, self.neuron
        excitation = self.self_excitation
        if not exporting():
            excitation.data.clamp_(0, 1)
        identity = torch.eye(count, device=excitation.device)
        weight = (1 + excitation) * identity - 1
        bias = neuron.threshold * (count - 2 * self.num_winners) / count
        offset = excitation.new_full((), bias / neuron.w_scale)
        quantised = neuron.quantize_8bit
        return quantised(weight, **options), quantised(offset, **options)

    def forward(self, x: Tensor) -> Output:
        """Spikes of an input (N, C, T)."""
        weight, offset = self._lateral()
        return self._step(weighted_input(self.synapse, x), (weight,), offset)

    def _known_shape(self) -> tuple[int, ...]:
        return (self.num_neurons,)

    def to_spec(self) -> spec.Kwta:
        """The block as a record of the file format, in integers."""
        weight, offset = self._lateral(descale=True)
        # One neuron alone inhibits nobody.
        others = int(weight[0, 1]) if self.num_neurons > 1 else -self.neuron.w_scale
        recurrent_delay = self.recurrent_delay
        kind: Any = spec.Kwta if recurrent_delay is None else spec.KwtaDelay
        return kind(
            self._known_shape(),
            num_winners=self.num_winners,
            self_excitation=int(weight[0, 0]),
            inhibition=others,
            drive=int(offset),
            **weights(self.synapse),
            **delays(recurrent_delay, "delay_rec"),
            **self._neuron_fields(),
        )
