"""Settings of upstream's run-time compilation, kept so that scripts may set them.

Kernels come compiled with lava-dl-core; neither value has an effect.
"""

__all__ = ["TORCH_CUDA_ARCH_LIST", "VERBOSE"]

TORCH_CUDA_ARCH_LIST: "str | None" = None
VERBOSE: bool = False
