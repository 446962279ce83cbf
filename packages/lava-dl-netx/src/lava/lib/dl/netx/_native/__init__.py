"""The native runtime: layers of a network as descriptions for the compiled kernels."""
