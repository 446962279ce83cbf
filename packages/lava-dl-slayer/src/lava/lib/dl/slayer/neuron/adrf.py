r"""Adaptive resonate and fire neuron that spikes at a phase.

.. math::
   z_t = (1 - \alpha) e^{2 \pi i / T} z_{t-1} + x_t, \quad
   s_t = [\Re z_t \ge \vartheta_t + r_t] [\Im z_{t-1} < 0] [\Im z_t \ge 0]

A spike adds its step to the threshold and twice the threshold to r; both decay.
"""

from __future__ import annotations

from torch import Tensor

from lava.lib.dl import spec
from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._fusion import fusable
from lava.lib.dl.slayer.neuron._adaptive import Traces, traces_as
from lava.lib.dl.slayer.neuron._decays import params_of
from lava.lib.dl.slayer.neuron._oscillators import AdaptiveResonator
from lava.lib.dl.slayer.neuron._resonating import Pair
from lava.lib.dl.slayer.neuron._spiking import SCALE_RHO_MULT, TAU_RHO_MULT
from lava.lib.dl.slayer.spike import complex

__all__ = ["SCALE_RHO_MULT", "TAU_RHO_MULT", "Neuron", "neuron_params"]

neuron_params = params_of(spec.Adrf)


@fusable
class Neuron(AdaptiveResonator):
    """Adaptive resonate and fire neuron.

    Args:
        threshold: threshold without spikes.
        threshold_step: growth of the threshold at a spike.
        period: period of the oscillation in steps, at least 4, or a (min, max) that the
            channels' are spread over where ``shared_param`` is False.
        decay: decay of the amplitude per step, 0 to 1, or a (min, max) that channels
            draw from.
        threshold_decay: decay of the threshold to its rest, likewise.
        refractory_decay: decay of the refractory level, likewise.
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
        gradient: ``"slayer"``, or ``"exact"`` to include how spikes raise
            the threshold.
        surrogate: shape of the surrogate derivative, one of ``SURROGATES``, or a
            function of (membrane - threshold) / width, 1 at 0.

    Raises:
        AssertionError: if period or decay is not a number (or a pair, see above), or
            the period is below 4.
        ValueError: if the threshold rounds to 0.
    """

    _type = "ADRF_PHASE"
    _whole = ops.ADRF

    def dynamics(self, input: Pair) -> Traces:
        """Real and imaginary part, threshold and refractory level.

        Args:
            input: pair (real, imaginary) of shape (N, C, ..., T).

        Returns:
            Four tensors of the input's shape and dtype.
        """
        real, imag = self._oscillate(input)
        threshold, refractory = self._levels(
            ops.ADAPTIVE_PHASE_THRESHOLD, [real, imag], "imag_state"
        )
        self._store(
            real_state=real, threshold_state=threshold, refractory_state=refractory
        )
        return traces_as(input[0].dtype, real, imag, threshold, refractory)

    def spike(
        self, real: Tensor, imag: Tensor, threshold: Tensor, refractory: Tensor
    ) -> Tensor:
        """Spikes of what :meth:`dynamics` gave."""
        level = threshold + refractory
        (before,) = self._start_states(real.shape[:-1], ("imag_state",))
        self._store(imag_state=imag)
        return self._spikes(complex.Spike, real, level, before, imag)
