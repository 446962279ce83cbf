from typing import Any

import numpy as np
from numpy.typing import NDArray

version: str

class Layer:
    def __init__(self, description: dict[str, Any]) -> None: ...
    @property
    def inputs(self) -> int: ...
    @property
    def neurons(self) -> int: ...
    @property
    def lava(self) -> bool: ...
    @property
    def states(self) -> int: ...
    @property
    def past_inputs(self) -> int: ...
    @property
    def past_outputs(self) -> int: ...
    @property
    def past_delayed(self) -> int: ...
    def run(
        self,
        input: NDArray[Any],
        output: NDArray[Any],
        memory: dict[str, NDArray[Any]],
        trace: NDArray[np.float64] | None = None,
        time: int = 0,
        threads: int = 1,
        simd: str = "",
    ) -> None: ...

class Prepared:
    def __init__(
        self,
        layer: Layer,
        input: NDArray[Any],
        output: NDArray[Any],
        memory: dict[str, NDArray[Any]],
    ) -> None: ...
    def run(self, time: int) -> None: ...

def levels() -> list[str]: ...
def transpose(values: NDArray[Any], rows: NDArray[Any]) -> bool | None: ...
