"""What a plugin gives its neuron a place in the native runtime with.

::

    class Leaky(plugin.Neuron):
        states = ("voltage",)

        def step(self, states, x):
            kept = plugin.decayed(states["voltage"], self.row(self.layer.neuron.leak))
            states["voltage"][:] = kept + self.to_state(x)
            return self.to_float(states["voltage"])

    # pyproject.toml
    [project.entry-points."lava.dl.runtime"]
    "acme.leaky" = "acme_lava.runtime:Leaky"
"""

from lava.lib.dl.netx._native.custom import Neuron, decayed

__all__ = ["Neuron", "decayed"]
