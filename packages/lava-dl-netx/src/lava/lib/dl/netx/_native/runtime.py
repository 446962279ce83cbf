"""A network at work: streams with kept state, or batches from reset."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl import core, spec
from lava.lib.dl.netx import _table
from lava.lib.dl.netx._native import feed as feeding
from lava.lib.dl.netx._native.crew import Check, share
from lava.lib.dl.netx._native.layer import Layer, Memory
from lava.lib.dl.netx._native.order import Messages, Shape, index_map, transposed
from lava.lib.dl.netx._native.passive import Part, prepare
from lava.lib.dl.netx._native.step import prepared_step
from lava.lib.dl.spec.layers import KernelLayer

PIECE = 1 << 20
"""Values of the widest layer that are computed at once, so that they stay in cache."""
WORK = 1 << 27
"""Products of a layer that are computed at once; Ctrl-C waits for them, some 50 ms."""


class Trace:
    """What one layer did in a run.

    Attributes:
        output: What it put out, ``shape + (steps,)``.
        states: By name, its states after each step, likewise.
    """

    def __init__(self) -> None:
        self.output: Messages = np.empty(0)
        self.states: dict[str, Messages] = {}


class Runtime:
    """A network ready to run; made by `netx.load`.

    Attributes:
        network: The whole network.
        options: The options it was loaded with.
        arithmetic: ``'trained'`` or ``'lava'``.
        input_shape: Shape of the input, (neurons,) or (width, height, channels).
        output_shape: Shape of the output, likewise.
        time: Steps since the last reset.
    """

    def __init__(
        self,
        network: spec.Network,
        parts: Sequence[Part],
        input_shape: Shape,
        options: dict[str, Any],
        threads: int | None,
    ) -> None:
        self.network, self.options = network, options
        self.arithmetic = str(options["arithmetic"])
        self._parts, self._given = list(parts), input_shape
        self._sources = {i for part in parts for i in part.sources}
        self.threads = threads or core.get_num_threads()
        self.input_shape = input_shape[::-1]
        self.output_shape = parts[-1].shape[::-1]
        widest = max(
            [int(np.prod(input_shape)), *(int(np.prod(p.shape)) for p in parts)]
        )
        most = max([1, *(_products(p.spec) for p in parts if isinstance(p, Layer))])
        self._piece = max(1, min(PIECE // widest, WORK // most))
        self.reset()

    def reset(self) -> None:
        """Return to the state before the first step."""
        self.time = 0
        self._memory = self._rest(1)
        self._is_whole = True
        self._prepare()

    def _prepare(self) -> None:
        """Bind the layers to their memory, which is new."""
        self._step = prepared_step(
            self._given, self._parts, self._memory, self.arithmetic
        )

    def run(
        self,
        input: npt.ArrayLike,
        steps: int | None = None,
        *,
        feed: str = "inp",
        layout: str = "whc",
    ) -> Messages:
        """Advance by a number of steps, going on from where the last call ended.

        Args:
            input: Shape ``input_shape + (T,)``, sample k acting at time step k + 1;
                zeros after its end.
            steps: Number of steps; those of the input if None.
            feed: ``'inp'``; in Lava's arithmetic also ``'neuron'`` (the same for a
                network that starts with neurons) and ``'bias'``, which takes the first
                column as bias of the first layer and sends nothing.
            layout: ``'whc'``, or ``'chw'`` as the trainer counts.

        Returns:
            The output, ``output_shape + (steps,)``; sample k is that of step k + 1.

        Raises:
            ValueError: Shape, type or values of the input don't fit.
            RuntimeError: The last call was stopped half-way; ``reset()`` first.
        """
        if steps in (None, 1) and feed == "inp" and layout in feeding.LAYOUTS:
            single = self._single_step(input)
            if single is not None:
                return single
        rows = self._rows(np.asarray(input)[np.newaxis], steps, feed, layout)
        out = self._stream(self._fed(rows, feed))
        sample: Messages = feeding.unpack(out, self._last_shape, layout)[0]
        return sample

    def probe(
        self,
        input: npt.ArrayLike,
        steps: int | None = None,
        *,
        feed: str = "inp",
        layout: str = "whc",
        ends: bool = False,
    ) -> dict[int, Trace]:
        """As `run`, but returns output and states of every layer by its index.

        With ``ends`` the sequence ends here, which closes open bins of time.
        """
        rows = self._rows(np.asarray(input)[np.newaxis], steps, feed, layout)
        traces: dict[int, Trace] = {}
        self._stream(self._fed(rows, feed), traces, ends)
        if layout == "whc":
            for trace in traces.values():
                trace.output = transposed(trace.output)
                trace.states = {k: transposed(v) for k, v in trace.states.items()}
        return traces

    def _single_step(self, input: npt.ArrayLike) -> Messages | None:
        """The output of one step where it is prepared, else None."""
        step = self._step
        if step is None or type(input) is not np.ndarray or input.shape != step.shape:
            return None
        self._check_whole()
        self._is_whole = False
        out = step(input, self.time)
        self._is_whole = True
        if out is not None:
            self.time += 1
        return out

    def _stream(
        self, rows: Messages, traces: dict[int, Trace] | None = None, ends: bool = False
    ) -> Messages:
        """Advance the state; a call that Ctrl-C stops leaves it half-way."""
        self._check_whole()
        self._is_whole = False
        out = self._advance(rows, self._memory, self.time, traces, ends)
        self.time += rows.shape[1]
        self._is_whole = True
        return out

    def _check_whole(self) -> None:
        if not self._is_whole:
            raise RuntimeError(
                "the last run was stopped half-way, so that the layers' states don't "
                "fit each other; call reset() or load_state_dict()"
            )

    def __call__(
        self,
        batch: npt.ArrayLike,
        steps: int | None = None,
        *,
        feed: str = "inp",
        layout: str = "whc",
    ) -> Messages:
        """Run samples from reset, on all cores; the streaming state is untouched.

        Args:
            batch: Shape ``(samples,) + input_shape + (T,)``.
            steps: As in `run`.
            feed: As in `run`.
            layout: As in `run`.

        Returns:
            The outputs, ``(samples,) + output_shape + (steps,)``.
        """
        batch = np.atleast_1d(batch)
        feeding.check_batch(batch, self._given, layout)

        def run(samples: Messages, check: Check) -> Messages:
            rows = self._fed(self._rows(samples, steps, feed, layout, check), feed)
            memory = self._rest(len(rows))
            outputs = self._advance(rows, memory, 0, None, ends=True, check=check)
            return feeding.unpack(outputs, self._last_shape, layout)

        # A fed bias changes the layer, so that such samples take turns.
        threads, size = (1, 1) if feed == "bias" else self._shares(batch, steps)
        shares = [batch[i : i + size] for i in range(0, max(1, len(batch)), size)]
        return np.concatenate(share(run, shares, threads))

    def _shares(self, batch: Messages, steps: int | None) -> tuple[int, int]:
        """Threads, and the samples of a share: all threads get some, caches hold it."""
        fair = -(-len(batch) // self.threads)
        long = max(1, batch.shape[-1] if steps is None else steps)
        return self.threads, max(1, min(fair, self._piece // long))

    def state_dict(self) -> dict[str, Any]:
        """Everything carried to the next step, as plain arrays."""
        self._check_whole()
        return self._state()

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = {"time": self.time}
        for part, memory in zip(self._parts, self._memory, strict=True):
            for name, array in memory.items():
                state[f"{part.index}.{name}"] = array.copy()
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a state that `state_dict` returned.

        Raises:
            ValueError: The state is that of another network.
        """
        own_state = self._state()
        for name, array in own_state.items():
            if name.endswith(".open") and name in state:
                continue
            shape = np.shape(state[name]) if name in state else None
            if shape != np.shape(array):
                raise ValueError(
                    f"state {name!r} has shape {shape}, needed is "
                    f"{np.shape(array)}; it is that of another network"
                )
        for part, memory in zip(self._parts, self._memory, strict=True):
            for name in memory:
                saved = state[f"{part.index}.{name}"]
                memory[name] = np.array(saved, memory[name].dtype, order="C")
        self.time = int(state["time"])
        self._is_whole = True
        self._prepare()

    def __len__(self) -> int:
        return len(self._rows_of_table())

    def __getitem__(self, index: int) -> spec.Layer:
        return self._rows_of_table()[index]

    def __iter__(self) -> Iterator[spec.Layer]:
        return iter(self._rows_of_table())

    def __str__(self) -> str:
        return _table.table(self._rows_of_table())

    def _rows_of_table(self) -> list[spec.Layer]:
        layers = [part.spec for part in self._parts]
        return [layer for layer in layers if not isinstance(layer, spec.Flatten)]

    @property
    def _last_shape(self) -> Shape:
        return self._parts[-1].shape

    def _rest(self, samples: int) -> list[Memory]:
        return [part.rest(samples) for part in self._parts]

    def _fed(self, rows: Messages, feed: str) -> Messages:
        """What is sent; a fed bias goes to the first layer, and nothing is sent."""
        if feed != "bias":
            return rows
        first = self._parts[0]
        assert isinstance(first, Layer)
        first.set_bias(rows[0, 0] if rows.shape[1] else rows[0].sum(0))
        return np.zeros_like(rows)

    def _rows(
        self,
        batch: Messages,
        steps: int | None,
        feed: str,
        layout: str,
        check: Check | None = None,
    ) -> Messages:
        lava = self.arithmetic == "lava"
        feeding.check_feed(feed, lava, self._parts[0].spec)
        return feeding.pack(batch, self._given, steps, layout, lava, check)

    def _advance(
        self,
        rows: Messages,
        memory: list[Memory],
        time: int,
        traces: dict[int, Trace] | None,
        ends: bool = False,
        check: Check | None = None,
    ) -> Messages:
        steps = max(1, rows.shape[1])
        size = self._piece if traces is None else steps
        pieces = []
        for t in range(0, steps, size):
            ended, piece = ends and t + size >= steps, rows[:, t : t + size]
            part = self._through(piece, memory, time + t, traces, ended, check)
            pieces.append(part)
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1)

    def _through(
        self,
        rows: Messages,
        memory: list[Memory],
        time: int,
        traces: dict[int, Trace] | None,
        ends: bool,
        check: Check | None = None,
    ) -> Messages:
        """All layers, one after the other; what passes on is in the file's order."""
        outputs: dict[int, Messages] = {}
        held = None
        for part, kept in zip(self._parts, memory, strict=True):
            states = None
            if check is not None:
                check()
            if isinstance(part, Layer):
                if isinstance(part.spec, spec.Input):
                    rows = self._enter(part, rows)
                rows, states = part.run(rows, kept, time, traces is not None)
                held = part
            else:
                sources = [outputs[index] for index in part.sources]
                rows = part.run(sources or [self._ordered(rows, held)], kept, ends)
                held = None
            if traces is not None:
                traces[part.index] = _trace(rows, states, held, part.shape)
            if part.index in self._sources:
                outputs[part.index] = self._ordered(rows, held)
        return self._ordered(rows, held)

    def _enter(self, part: Layer, rows: Messages) -> Messages:
        assert isinstance(part.spec, spec.Input)
        if self.arithmetic == "trained":
            rows = prepare(part.spec, rows)
        return rows[..., part.order]

    @staticmethod
    def _ordered(rows: Messages, held: Layer | None) -> Messages:
        return rows if held is None else rows[..., index_map(held.order)]


def _products(layer: spec.Layer) -> int:
    """Weights that a step of dense input meets, each as often as it does."""
    matrices = (getattr(layer, name, None) for name in ("weight", "weight_rec"))
    count = sum(int(np.size(w)) for w in matrices if w is not None)
    is_kernel = isinstance(layer, KernelLayer)
    return max(1, count * (math.prod(layer.shape[1:]) if is_kernel else 1))


def _trace(
    rows: Messages, states: Messages | None, held: Layer | None, shape: Shape
) -> Trace:
    def arranged(values: Messages) -> Messages:
        ordered = values if held is None else values[..., index_map(held.order)]
        return np.moveaxis(ordered.reshape(-1, *shape), 0, -1)

    trace = Trace()
    trace.output = arranged(rows[0])
    if held is not None and states is not None:
        trace.states = {
            name: arranged(states[0, :, k]) for k, name in enumerate(held.states)
        }
    return trace
