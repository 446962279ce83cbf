"""Networks to and from NIR, the neuromorphic intermediate representation.

NIR describes continuous time with real numbers; a ``.net`` file describes steps with
integers. With a step of ``dt`` seconds, Euler's rule turns one into the other. Of a
``CubaLIF`` with S = ``weight_scale``:

===============  ======================  ===========================================
NIR              file (``CUBA``)         why
===============  ======================  ===========================================
``tau_syn``      ``dt * 4096 / iDecay``
``tau_mem``      ``dt * 4096 / vDecay``
``w_in * r``     ``4096^2 / iDecay       input adds up as it is
                 / vDecay``
``v_leak``       ``bias / S * 4096       the norm's bias acts behind the current's
                 / vDecay``              filter, as the leak does
``v_threshold``  ``vThMant / S``
===============  ======================  ===========================================

A current without memory (``iDecay`` 4096) makes it a ``LIF``, one without leak too
(``vDecay`` 0) an ``IF``; a read-out of the voltage makes them ``CubaLI``, ``LI`` and
``I``. What can't be said on the other side is refused by name; what is only approximate
is returned as notes, and what rounding would change is an error. Which primitives other
libraries read stands in the documentation's page on NIR.

Reference: Pedersen et al., Neuromorphic intermediate representation, Nature
Communications 15, 2024.
"""

from lava.lib.dl.netx.convert._from_nir import from_nir
from lava.lib.dl.netx.convert._to_nir import to_nir

__all__ = ["from_nir", "to_nir"]
