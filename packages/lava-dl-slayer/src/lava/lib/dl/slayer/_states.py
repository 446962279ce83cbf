"""States: floats that stand for integers, carried from one call to the next."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import torch
from torch import Tensor

from lava.lib.dl.slayer._tracing import exporting, is_eager


class Stateful(torch.nn.Module):
    """A module with states, which move with it but are no buffers.

    States have the batch's shape. As buffers they would break what walks
    ``buffers()``: DistributedDataParallel overwrites them with another rank's, averaged
    models and exported programs need one batch size.

    Attributes:
        _states: names of the attributes that hold states, tensors or None.
        _carries: states keep their graph from call to call.
        _by_kernel: and kernels, not plain torch, take it back through time.
    """

    _states: ClassVar[tuple[str, ...]] = ()
    _at_rest = True
    _local = False
    _carries = False
    _by_kernel = False

    def __setattr__(self, name: str, value: Any) -> None:
        """Sets an attribute; a state that is assigned may not be at rest."""
        if name in self._states:
            self.__dict__["_at_rest"] = False
        super().__setattr__(name, value)

    def _rest(self, name: str) -> float:
        """What a state is at rest."""
        return 0.0

    def _rest_states(self, shape: Sequence[int], device: Any) -> list[Tensor]:
        rests = map(self._rest, self._states)
        return [lasting(torch.full(shape, rest, device=device)) for rest in rests]

    def _add_states(self) -> None:
        """Makes all states, of one value, at rest."""
        rests = self._rest_states((1,), None)
        self.__dict__.update(zip(self._states, rests, strict=True))

    def _start_states(
        self, shape: torch.Size, names: Sequence[str] | None = None
    ) -> list[Tensor]:
        """States before the first step, of one value or of ``shape`` (N, C, ...).

        The module's states get this shape, those of another batch size at rest, but
        not where torch traces it: a program must fit any batch.
        """
        names = names or self._states
        if is_eager():
            own = self.__dict__
            if own[self._states[0]].shape != shape:
                self._spread_states(shape)
            return [*map(own.__getitem__, names)]
        states = [getattr(self, name) for name in names]
        if not self._at_rest and states[0].shape[0] in (1, shape[0]):
            return states
        device = states[0].device
        return [torch.full((1,), self._rest(name), device=device) for name in names]

    def _spread_states(self, shape: torch.Size) -> None:
        first = getattr(self, self._states[0])
        if first.shape[0] != shape[0]:
            rests = self._rest_states(shape, first.device)
            self.__dict__.update(zip(self._states, rests, strict=True), _at_rest=True)
            return
        for name in self._states:
            spread = getattr(self, name).expand(shape).clone()
            self.__dict__[name] = lasting(spread)

    def _keep_states(self, states: Sequence[Tensor]) -> None:
        """Keeps the states after the last step for the next call."""
        for name, state in zip(self._states, states, strict=True):
            setattr(self, name, self._kept(state))

    def _kept(self, state: Tensor) -> Tensor:
        """The state as the module may keep it; see :func:`storable`."""
        if self._carries:
            return state
        return lasting(state) if self._local else storable(state)

    @contextmanager
    def _carrying_states(self, carries: bool = True) -> Iterator[None]:
        """States keep their graph from call to call, and lose it in the end."""
        try:
            with changed(self, _carries=carries, _by_kernel=False):
                yield
        finally:
            if carries and not self._carries:
                states = {name: lasting(getattr(self, name)) for name in self._states}
                self.__dict__.update(states)

    @contextmanager
    def _local_states(self) -> Iterator[None]:
        """States start at rest, and end with the block of code as they were."""
        rests = self._rest_states((1,), getattr(self, self._states[0]).device)
        states = dict(zip(self._states, rests, strict=True))
        with changed(self, **states, _at_rest=True, _local=True):
            yield

    def reset_state(self) -> None:
        """Brings all states to rest, in place."""
        for name in self._states:
            getattr(self, name).fill_(self._rest(name))
        self.__dict__["_at_rest"] = True

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Any:
        """Moves or casts the states as parameters are."""
        super()._apply(fn, recurse)
        for name in self._states:
            state = getattr(self, name)
            if state is not None:
                moved = fn(state)
                # A state that had no values yet (meta) starts at rest.
                rests = state.is_meta and not moved.is_meta
                moved = moved.fill_(self._rest(name)) if rests else moved
                self.__dict__[name] = moved
        return self


@contextmanager
def changed(module: torch.nn.Module, **attributes: Any) -> Iterator[None]:
    """Attributes of the module alone have these values, and their own in the end."""
    own = module.__dict__
    before = {name: own[name] for name in attributes if name in own}
    own.update(attributes)
    try:
        yield
    finally:
        for name in attributes.keys() - before.keys():
            del own[name]
        own.update(before)


def named_states(net: torch.nn.Module) -> Iterator[tuple[str, Tensor]]:
    """All states of a network with the names that buffers would have."""
    for path, module in net.named_modules():
        for name in getattr(module, "_states", ()):
            state = getattr(module, name, None)
            if isinstance(state, Tensor):
                yield f"{path}.{name}" if path else name, state


def lasting(x: Tensor) -> Tensor:
    """The tensor without its graph, usable in training wherever it was made."""
    if torch.compiler.is_compiling() or not x.is_inference():
        return x.detach()
    with torch.inference_mode(False):
        return x.clone()


def storable(x: Tensor) -> Tensor:
    """The tensor as a module may keep it from call to call.

    Raises:
        RuntimeError: while tracing for export or inside a transform such as ``vmap``,
            which no state may leave.
    """
    compiling = torch.compiler.is_compiling()
    if exporting() or (not compiling and torch._C._are_functorch_transforms_active()):
        raise RuntimeError(
            "persistent_state is True, but states can't leave torch.export or "
            "torch.func's transforms; make the block with persistent_state=False"
        )
    return lasting(x)


def outside_transforms(x: Tensor) -> Tensor:
    """The tensor as it is outside ``torch.func.grad`` and the like.

    Raises:
        RuntimeError: if it has one value for each entry that ``vmap`` runs over.
    """
    if torch.compiler.is_compiling():
        return x
    functorch = torch._C._functorch
    while functorch.is_gradtrackingtensor(x):
        x = functorch.get_unwrapped(x)
    if functorch.is_batchedtensor(x):
        raise RuntimeError(
            "a norm in training mode can't keep a mean of each entry of torch.vmap; "
            "call eval() on it, or set its update to False"
        )
    return x


def cut_to_steps(value: float, scale: float) -> float:
    """The value cut toward zero to a whole number of steps of 1 / scale.

    115 / 100 times 100 is below 115 and would be cut once more; of the result the
    integer part is the number of steps.
    """
    steps = int(value * scale)
    cut = steps / scale
    outward = math.nextafter(cut, math.copysign(math.inf, cut))
    return cut if int(cut * scale) == steps else outward


def exact_state(state: Tensor, scale: float) -> Tensor:
    """The state as a number that converts back to its integer.

    y / scale times scale may come out just below y where the scale is no power of two,
    and truncates to another integer then; the next float32 away from zero doesn't.
    """
    if math.frexp(scale)[0] == 0.5:
        return state
    whole = torch.round(state * scale)
    short = torch.trunc(state * scale) != whole
    outward = torch.nextafter(state, torch.sign(state) * torch.inf)
    return torch.where(short, outward, state)
