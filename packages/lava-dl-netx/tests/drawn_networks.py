"""Small networks drawn from the whole of the format, and what is fed to them.

Every axis is drawn: layer and neuron kinds and their absence, scales, read-outs,
shifts, delays of outputs, inputs and synapses, norms on every layer, odd geometry,
joined layers of any event rate.
"""

from __future__ import annotations

import math
from random import Random

import numpy as np

from lava.lib.dl import spec

NEURONS = ("cuba", "alif", "rf", "rf_iz", "adrf", "adrf_iz", "sdnn", "sigma", None)
COMPLEX = ("rf", "rf_iz", "adrf", "adrf_iz")
SCALES = (64, 64, 64, 32, 16, 128, 256, 1, 2, 100, 48, 7, 1000)
KERNELS = (spec.Conv, spec.ConvTranspose, spec.Pool, spec.Unpool)
LARGEST = 64
"""Neurons of a layer at most."""


def draw(seed):
    """A network, and its input with time last; the same for the same seed."""
    return Draw(Random(seed)).network()


class Draw:
    """A network being drawn, layer after layer."""

    def __init__(self, rng):
        self.rng, self.layers, self.rates = rng, [], []

    def network(self):
        rng = self.rng
        spatial = rng.random() < 0.55
        shape = self.sizes(3) if spatial else (rng.randint(1, 7),)
        self.shape = given = shape
        if rng.random() < 0.4:
            self.add(self.entry(given))
        for index in range(rng.randint(1, 4)):
            layer = self.next(last=index > 1)
            if layer is None:
                break
            self.add(layer)
        if not self.layers:
            self.add(self.dense())
        return spec.Network(self.layers), self.data(given)

    def add(self, layer):
        factor = getattr(layer, "time_factor", 1)
        if isinstance(layer, (spec.Concat, spec.Add)):
            rate = self.rates[int(layer.sources[0])]
        else:
            rate = factor * (self.rates[-1] if self.rates else 1)
        self.layers.append(layer)
        self.rates.append(rate)
        self.shape = layer.shape

    def data(self, shape):
        rng = np.random.default_rng(self.rng.randrange(2**32))
        steps = self.rng.choice((1, 2, 7, 12, 12, 12, 20))
        events = rng.random((*shape, steps)) < self.rng.choice((0.05, 0.3, 0.6))
        if self.rng.random() < 0.5:
            return events.astype(np.float32)
        grain, top = self.rng.choice(((64, 300), (4, 16), (4096, 5000)))
        return (events * rng.integers(-top, top, events.shape) / grain).astype("f4")

    def sizes(self, count):
        return tuple(self.rng.randint(1, 4) for _ in range(count))

    # Layers.

    def next(self, last):
        rng = self.rng
        makers = [self.dense, self.dense, self.recurrent, self.kwta, self.average]
        if len(self.shape) == 3:
            makers += [self.kernel] * 8 + [self.flatten]
        if self.layers:
            makers += [self.concat, self.added]
        for _ in range(8):
            layer = rng.choice(makers)()
            if layer is not None and math.prod(layer.shape) <= LARGEST:
                return layer
        return None

    def entry(self, shape):
        rng = self.rng
        kind = rng.choice([n for n in NEURONS if n != "sigma"])
        more = {"weight_scale": rng.choice(SCALES)}
        for name, low, high in (("weight", -200, 200), ("bias", -40, 40)):
            if rng.random() < 0.4:
                more[name] = 2 * rng.randint(low // 2, high // 2)
        if rng.random() < 0.5:
            more["delay_shift"] = rng.random() < 0.5
        neuron = self.neuron(kind, shape, more["weight_scale"])
        if kind not in (None, "sdnn"):
            ends = ("", "_imag") if kind in COMPLEX else ("",)
            for end in ends:
                if rng.random() < 0.4:
                    more[f"norm_bias{end}"] = 2 * self.row(-20, 20, shape[0])
            more |= self.readout(kind)
        return spec.Input(shape, neuron=neuron, **more)

    def dense(self, kind=spec.Dense, **more):
        rng, inputs = self.rng, math.prod(self.shape)
        outputs = rng.randint(1, 6)
        family, common = self.common((outputs,), kind)
        parts = self.weights(family, (outputs, inputs))
        biases = self.biases(family, outputs)
        # What comes back as numbers must fade, or it soon is larger than all states.
        spikes = "readout" not in common and family not in ("sdnn", "sigma", None)
        graded = getattr(common["neuron"], "graded_spike", True)
        top = 40 if spikes and not graded else common["weight_scale"] // (4 * outputs)
        back = self.back(kind, family, outputs, min(top, 60))
        return kind((outputs,), **parts, **biases, **common, **back)

    def recurrent(self):
        return self.dense(self.rng.choice((spec.Recurrent, spec.RecurrentDelay)))

    def kwta(self):
        return self.dense(self.rng.choice((spec.Kwta, spec.KwtaDelay)))

    def back(self, kind, family, outputs, top):
        rng, late = self.rng, {}
        if kind in (spec.RecurrentDelay, spec.KwtaDelay):
            size = (rng.choice((1, outputs)),)
            late["delay_rec"] = self.integers(0, rng.choice((0, 2, 9)), size)
        if issubclass(kind, spec.Recurrent):
            square = (outputs, outputs)
            return self.weights(family, square, "weight_rec", top) | late
        if issubclass(kind, spec.Kwta):
            return late | {
                "num_winners": 1,
                "self_excitation": rng.randint(0, top),
                "inhibition": -rng.randint(0, 2 * top),
                "drive": rng.randint(-8, 8),
            }
        return {}

    def kernel(self):
        rng = self.rng
        kind = rng.choice(KERNELS)
        channels, high, wide = self.shape
        kernel = rng.randint(1, 4), rng.randint(1, 3)
        geometry = {
            "stride": (rng.randint(1, 3), rng.randint(1, 4)),
            "padding": (rng.choice((0, 0, 1, 2, 4)), rng.choice((0, 0, 1, 3))),
            "dilation": (rng.choice((1, 1, 2, 3)), rng.choice((1, 1, 2))),
        }
        groups, outputs = 1, channels
        sizes = (1, 1, *kernel)
        if kind in (spec.Conv, spec.ConvTranspose):
            groups = rng.choice([g for g in (1, 1, 2, 3, 4) if channels % g == 0])
            outputs = groups * rng.randint(1, 2)
            ends = (outputs, channels // groups)
            if kind is spec.ConvTranspose:
                ends = (channels, outputs // groups)
            sizes, geometry = (*ends, *kernel), {**geometry, "groups": groups}
        probe = kind((outputs, 1, 1), np.ones(sizes), **geometry)
        shape = (outputs, *probe.output_size(high, wide))
        if min(shape) < 1 or math.prod(shape) > LARGEST:
            return None
        family, common = self.common(shape, kind)
        parts = self.weights(family, sizes)
        biases = {}
        if kind in (spec.Conv, spec.ConvTranspose):
            biases = self.biases(family, outputs, math.prod(shape))
        if rng.random() < 0.3:
            common["input_shape"] = self.shape
        return kind(shape, **parts, **biases, **geometry, **common)

    def flatten(self):
        return spec.Flatten((math.prod(self.shape),))

    def average(self):
        count = math.prod(self.shape)
        if self.rng.random() < 0.4:
            return spec.Average(self.shape, time_factor=self.rng.choice((2, 3, 8)))
        groups = self.rng.choice([n for n in range(1, count + 1) if count % n == 0])
        return spec.Average((groups,))

    def concat(self):
        rng = self.rng
        first = rng.randrange(len(self.layers))
        tail, rate = self.layers[first].shape[1:], self.rates[first]
        fits = [
            i
            for i, layer in enumerate(self.layers)
            if layer.shape[1:] == tail and self.rates[i] == rate
        ]
        sources = [rng.choice(fits) for _ in range(rng.randint(1, 3))]
        channels = sum(self.layers[i].shape[0] for i in sources)
        return spec.Concat((channels, *tail), np.array(sources))

    def added(self):
        rng = self.rng
        first = rng.randrange(len(self.layers))
        shape, rate = self.layers[first].shape, self.rates[first]
        fits = [
            i
            for i, layer in enumerate(self.layers)
            if layer.shape == shape and self.rates[i] == rate
        ]
        sources = [rng.choice(fits) for _ in range(rng.randint(1, 3))]
        return spec.Add(shape, np.array(sources))

    # What layers share.

    def common(self, shape, kind):
        rng = self.rng
        family = rng.choice(NEURONS)
        scale = rng.choice(SCALES)
        more = {"weight_scale": scale, "neuron": self.neuron(family, shape, scale)}
        more |= self.readout(family)
        if rng.random() < 0.4:
            more["delay_shift"] = rng.random() < 0.5
        if rng.random() < 0.4:
            more["delay"] = self.delay(shape, kind)
        return family, more

    def readout(self, family):
        if family is None or self.rng.random() < 0.7:
            return {}
        silent = ("alif", "sdnn", "sigma")
        return {"readout": self.rng.choice(("voltage", "sum")[family in silent :])}

    def delay(self, shape, kind):
        rng, inputs = self.rng, math.prod(self.shape)
        choices = [(1,), shape[:1]]
        if issubclass(kind, spec.Dense):
            choices += [(inputs,), (shape[0], inputs)]
        size = rng.choice(choices)
        return self.integers(0, rng.choice((2, 9, 30)), size)

    def weights(self, family, shape, name="weight", top=None):
        # Even numbers of 8 bits, as the trainer's.
        top = self.rng.choice((20, 60, 127)) if top is None else top
        ends = ("", "_imag") if family in COMPLEX else ("",)
        return {name + end: 2 * self.integers(-top, top, shape) for end in ends}

    def biases(self, family, channels, neurons=0):
        found, rng = {}, self.rng
        if family in (None, "sigma"):
            return found
        for end in ("", "_imag") if family in COMPLEX else ("",):
            if rng.random() < 0.35:
                whole = neurons and rng.random() < 0.2
                count = neurons if whole else channels
                found[f"bias{end}"] = 2 * self.integers(-60, 60, (count,))
        return found

    def neuron(self, family, shape, scale):
        rng, channels = self.rng, shape[0]
        if family is None:
            return None
        if family == "sigma":
            return spec.Sigma()
        norms = self.norms(family, channels)
        level = max(1, scale * rng.randint(1, 150) // 64)
        level = rng.choice((level, level, level, 0))
        if family == "sdnn":
            own = {}
            if rng.random() < 0.3:
                size = rng.choice((1, channels, math.prod(shape)))
                own["bias"] = self.integers(-80, 80, (size,)) / 64
            return spec.SigmaDelta(
                self.maybe_rows(0, max(1, level // 4), channels),
                activation=rng.choice(("relu", "identity")),
                cum_error=rng.random() < 0.3,
                **own,
                **norms,
            )
        norms["graded_spike"] = rng.random() < 0.25
        adapts = {
            "threshold_decay": self.maybe_rows(0, 1500, channels),
            "refractory_decay": self.maybe_rows(0, 1500, channels),
            "threshold_step": rng.randint(0, scale),
        }
        if family in ("cuba", "alif"):
            decays = [self.maybe_rows(*rng.choice(((0, 4096), (100, 900))), channels)
                      for _ in range(2)]  # fmt: skip
            if family == "cuba":
                never = rng.random() < 0.1
                return spec.Cuba(*decays, 2**18 - 1 if never else level, **norms)
            return spec.Alif(*decays, threshold=level, **adapts, **norms)
        low = rng.choice((0, 0, -2800))
        turns = self.maybe_rows(0, 2800, channels), self.maybe_rows(low, 2800, channels)
        kinds = {"rf": spec.Rf, "rf_iz": spec.RfIz}
        if family in kinds:
            return kinds[family](*turns, threshold=level, **norms)
        kinds = {"adrf": spec.Adrf, "adrf_iz": spec.AdrfIz}
        return kinds[family](*turns, threshold=level, **adapts, **norms)

    def norms(self, family, channels):
        rng, found = self.rng, {}
        if rng.random() < 0.2:
            top = rng.choice((1, 3, 5))
            for end in ("", "_imag") if family in COMPLEX else ("",):
                found[f"weight_exp{end}"] = self.row(-top, top, channels)
            if rng.random() < 0.5:
                found["weight_exp_bits"] = rng.randint(0, 4)
        return found

    def maybe_rows(self, low, high, channels):
        if self.rng.random() < 0.3:
            return self.integers(low, high, (channels,))
        return self.rng.randint(low, high)

    def row(self, low, high, channels):
        return self.integers(low, high, (self.rng.choice((1, channels)),))

    def integers(self, low, high, shape):
        values = [self.rng.randint(low, high) for _ in range(math.prod(shape))]
        return np.array(values, dtype=np.int32).reshape(shape)
