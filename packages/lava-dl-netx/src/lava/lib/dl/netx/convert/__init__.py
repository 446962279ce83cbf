"""Networks to and from NIR, the neuromorphic intermediate representation.

NIR describes continuous time with real numbers; a ``.net`` file describes steps with
integers. With a step of ``dt`` seconds, Euler's rule turns one into the other:

=================  ==========================================
NIR (``CubaLIF``)  file (``CUBA``)
=================  ==========================================
``tau_syn``        ``dt * 4096 / iDecay``
``tau_mem``        ``dt * 4096 / vDecay``
``w_in``           ``4096 / iDecay``, so that input adds up as it is
``r``              ``4096 / vDecay``
``v_threshold``    ``vThMant / 64``
=================  ==========================================

What can't be said on the other side is refused; what is only approximate is returned as
notes. Supported are chains of dense, recurrent and convolution layers of CUBA neurons
(NIR: ``Linear``, ``Affine``, ``Conv2d``, ``Flatten``, ``Delay``, ``CubaLIF``, ``LIF``,
``IF``).

Reference: Pedersen et al., Neuromorphic intermediate representation, Nature
Communications 15, 2024.
"""

from lava.lib.dl.netx.convert._from_nir import from_nir
from lava.lib.dl.netx.convert._to_nir import to_nir

__all__ = ["from_nir", "to_nir"]
