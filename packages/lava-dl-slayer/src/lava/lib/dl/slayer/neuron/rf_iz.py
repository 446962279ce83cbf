r"""Resonate and fire neuron that spikes and resets at a threshold (Izhikevich, 2001).

.. math::
   z_t = (1 - \alpha) e^{2 \pi i / T} z_{t-1} + x_t, \quad s_t = [\Im z_t \ge \vartheta]

After a spike the real part starts from 0 and the imaginary part from just below the
threshold.
"""

from __future__ import annotations

from torch import Tensor

from lava.lib.dl import spec
from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._fusion import fusable
from lava.lib.dl.slayer.neuron._decays import params_of
from lava.lib.dl.slayer.neuron._oscillators import FixedResonator
from lava.lib.dl.slayer.neuron._resonating import Pair
from lava.lib.dl.slayer.neuron._spiking import SCALE_RHO_MULT, TAU_RHO_MULT
from lava.lib.dl.slayer.neuron.dynamics import resonator
from lava.lib.dl.slayer.spike import Spike

__all__ = ["SCALE_RHO_MULT", "TAU_RHO_MULT", "Neuron", "neuron_params"]

neuron_params = params_of(spec.RfIz)


@fusable
class Neuron(FixedResonator):
    """Resonate and fire neuron after Izhikevich.

    Args:
        threshold: firing threshold.
        period: period of the oscillation in steps, at least 4, or a (min, max) that the
            channels' are spread over where ``shared_param`` is False.
        decay: decay of the amplitude per step, 0 to 1, or a (min, max) that channels
            draw from.
        tau_grad: width of the surrogate derivative, in thresholds.
        scale_grad: height of the surrogate derivative.
        scale: units of a weight per 1.0; states have 64 times as many.
        norm: class of the input's normalisation.
        dropout: module applied to the spikes.
        shared_param: one decay for all channels.
        persistent_state: keep states from one call to the next.
        requires_grad: learn the decays.
        graded_spike: spikes carry the imaginary part.
        log_init: spread the channels' frequencies evenly on a logarithmic scale; else
            draw them.
        gradient: ``"slayer"``, or ``"exact"`` to include the reset's contribution.
        surrogate: shape of the surrogate derivative, one of ``SURROGATES``, or a
            function of (membrane - threshold) / width, 1 at 0.

    Raises:
        AssertionError: if period or decay is not a number (or a pair, see above), or
            the period is below 4.
        ValueError: if the threshold rounds to 0.
    """

    _type = "RF_IZHIKEVICH"
    _whole = ops.RF_IZ

    def dynamics(self, input: Pair) -> Pair:
        """Real and imaginary part of the oscillator.

        Args:
            input: pair (real, imaginary) of shape (N, C, ..., T).

        Returns:
            Two tensors of the input's shape and dtype, before the reset.
        """
        real, imag = self._oscillate(input, self._level)
        self._store(real_state=real, imag_state=imag)
        return real.to(input[0].dtype), imag.to(input[0].dtype)

    def spike(self, real: Tensor, imag: Tensor) -> Tensor:
        """Spikes of what :meth:`dynamics` gave."""
        fire = self._firing(Spike, (imag,), self._level, self.imag_state)
        spikes = fire(self.graded_spike)
        if self.persistent_state is True and spikes.shape[-1] > 0:
            gate, state = self._gate(spikes, fire), self.real_state
            reset = resonator.persistent_real_state(state, gate)
            self._keep("real_state", self._after(state, reset, gate))
            state, level = self.imag_state, (self._level, self.s_scale)
            reset = resonator.persistent_imag_state(state, gate, *level)
            rest = self._level - 1 / self.s_scale
            self._keep("imag_state", self._after(state, reset, gate, rest))
        return self._dropped(spikes)
