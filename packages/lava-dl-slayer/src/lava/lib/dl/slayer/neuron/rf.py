r"""Resonate and fire neuron that spikes at a phase.

.. math::
   z_t = (1 - \alpha) e^{2 \pi i / T} z_{t-1} + x_t, \quad
   s_t = [\Re z_t \ge \vartheta] [\Im z_{t-1} < 0] [\Im z_t \ge 0]
"""

from __future__ import annotations

from torch import Tensor

from lava.lib.dl import spec
from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._fusion import fusable
from lava.lib.dl.slayer.neuron._decays import params_of
from lava.lib.dl.slayer.neuron._oscillators import FixedResonator
from lava.lib.dl.slayer.neuron._resonating import Pair
from lava.lib.dl.slayer.spike import complex

__all__ = ["SCALE_RHO_MULT", "TAU_RHO_MULT", "Neuron", "neuron_params"]

SCALE_RHO_MULT = 10
TAU_RHO_MULT = 0.5

neuron_params = params_of(spec.Rf)


@fusable
class Neuron(FixedResonator):
    """Resonate and fire neuron.

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
        graded_spike: spikes carry the real part.
        log_init: spread the channels' frequencies evenly on a logarithmic scale; else
            draw them.
        gradient: ``"slayer"``, or ``"exact"`` to include the reset's contribution (this
            neuron has none).
        surrogate: shape of the surrogate derivative, one of ``SURROGATES``, or a
            function of (membrane - threshold) / width, 1 at 0.

    Raises:
        AssertionError: if period or decay is not a number (or a pair, see above), or
            the period is below 4.
        ValueError: if the threshold rounds to 0.
    """

    _type = "RF_PHASE"
    _whole = ops.RF
    _multipliers = (TAU_RHO_MULT, SCALE_RHO_MULT)

    def dynamics(self, input: Pair) -> Pair:
        """Real and imaginary part of the oscillator.

        Args:
            input: pair (real, imaginary) of shape (N, C, ..., T).

        Returns:
            Two tensors of the input's shape and dtype.
        """
        real, imag = self._oscillate(input)
        self._store(real_state=real)
        return real.to(input[0].dtype), imag.to(input[0].dtype)

    def spike(self, real: Tensor, imag: Tensor) -> Tensor:
        """Spikes of what :meth:`dynamics` gave."""
        (before,) = self._start_states(real.shape[:-1], ("imag_state",))
        fire = self._firing(complex.Spike, (real, imag), self._level, before)
        spikes = fire(self.graded_spike)
        self._store(imag_state=imag)
        return self._dropped(spikes)
