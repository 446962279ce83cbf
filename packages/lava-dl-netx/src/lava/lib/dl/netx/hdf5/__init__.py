"""A ``.net`` file as a hierarchical Lava process."""

from lava.lib.dl.netx.hdf5._network import Network, PyNetworkModel

__all__ = ["Network", "PyNetworkModel"]
