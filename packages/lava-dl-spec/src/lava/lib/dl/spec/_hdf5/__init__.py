"""A reader of the part of HDF5 that networks are stored in, safe on any bytes.

libhdf5 is fast but not made for hostile files, so no file that is read goes through it.
What it reads: superblocks 0 to 3; groups of any kind; attributes; data sets of numbers
and texts, compact, contiguous or in chunks, through deflate, shuffle and fletcher32.
Whatever else a file says is refused with :class:`RejectError`, nothing else is raised.

Every byte is read through :class:`Source`, which keeps within the file and within a
budget proportional to its size: so are time and memory, whatever the file holds.
"""

from lava.lib.dl.spec._hdf5._data import Data
from lava.lib.dl.spec._hdf5._group import Group, group_of, is_handle, opened
from lava.lib.dl.spec._hdf5._storage import Chunked

__all__ = ["Chunked", "Data", "Group", "group_of", "is_handle", "opened"]
