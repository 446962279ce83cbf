"""Networks with branches, drawn at random: Lava, native runtime and reference agree."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lava.magma.core", reason="needs lava-nc (Python 3.10)")

from lava.lib.dl import spec
from lava.lib.dl.netx import hdf5

sys.path.insert(0, str(Path(__file__).parent))
from drawn_lava_networks import (
    MARKS,
    STEPS,
    Case,
    Draw,
    in_file_order,
    loaded,
    with_lava,
    with_reference,
)

pytestmark = MARKS
SEEDS = range(20)


class Branching(Draw):
    """As `Draw`, of layers that are joined in places."""

    def layers(self):
        self.made = []
        if not self.family and self.chance(0.5):
            self.spatial((self.integer(1, 2), 5, 4))
            self.made.append(spec.Flatten((int(np.prod(self.made[-1].shape)),)))
        elif self.chance(0.3):
            self.made.append(spec.Input((6,)))
        for _ in range(self.integer(1, 2)):
            size = 6 if not self.made else self.made[-1].shape[0]
            self.made.append(self.dense(size, last=False))
            self.join()
        self.made.append(self.dense(self.made[-1].shape[0], last=True))
        return self.made

    def spatial(self, shape):
        """Convolutions that keep the image's size, and what joins them."""
        self.made.append(spec.Input(shape))
        for _ in range(self.integer(1, 2)):
            channels, *image = self.made[-1].shape
            neuron = self.neuron(channels)
            weight = self.weight(channels, channels, 3, 3)
            conv = spec.Conv((channels, *image), weight, neuron=neuron, padding=(1, 1))
            self.made.append(conv)
            self.join()

    def join(self):
        """The last layer with earlier ones that fit it."""
        last = self.made[-1].shape
        like = [i for i, each in enumerate(self.made) if each.shape == last]
        beside = [i for i, each in enumerate(self.made) if each.shape[1:] == last[1:]]
        count = self.integer(1, 3)
        if len(like) > 1 and self.chance(0.6):
            sources = [like[-1], *self.rng.choice(like, count)]
            self.made.append(spec.Add(last, sources))
        elif self.chance(0.7):
            sources = [beside[-1], *self.rng.choice(beside, count - 1)]
            channels = sum(self.made[i].shape[0] for i in sources)
            self.made.append(spec.Concat((channels, *last[1:]), sources))


def draw(seed):
    """A case with a layer that joins others."""
    for attempt in range(100):
        case = Branching(1000 * seed + attempt).case()
        if any(isinstance(each, (spec.Add, spec.Concat)) for each in case.layers):
            return case
    raise AssertionError("nothing was joined")


def features(case):
    found = set(case.options)
    for layer in case.layers:
        sources = [case.layers[int(i)] for i in getattr(layer, "sources", ())]
        found |= {(layer.type, type(source).__name__) for source in sources}
        found |= {(layer.type, len(layer.shape))}
    return found


def test_all_ways_to_join_are_drawn():
    drawn = set().union(*(features(draw(seed)) for seed in SEEDS))
    for kind in ("add", "concat"):
        assert {(kind, name) for name in ("Dense", "Conv", "Input")} <= drawn
        assert {(kind, 1), (kind, 3)} <= drawn
    assert {("concat", "Flatten"), "reset_interval", "input_message_bits"} <= drawn


@pytest.mark.parametrize("seed", SEEDS)
def test_branches_give_lavas_bits(seed, tmp_path, run_lava, run_native):
    case, path = draw(seed), tmp_path / "network.net"
    try:
        lava = with_lava(case, path, run_lava)
    except NotImplementedError as error:
        assert "the network's input as" in str(error)
        return
    found = run_native(loaded(case, path), case.data, STEPS, case.feed)
    assert set(found) == set(lava)
    for key, values in found.items():
        np.testing.assert_array_equal(values, lava[key], key)
    plain = with_reference(case)
    assert set(plain) == set(lava)
    for key, values in plain.items():
        rows = in_file_order(lava[key], timed=not key.startswith("state"))
        np.testing.assert_array_equal(values.reshape(rows.shape), rows, key)


def residual():
    """Two layers with the first around the second."""
    cuba = spec.Cuba(4096, 4096, 60)
    eye = 64 * np.eye(4, dtype=int)
    first, second = (spec.Dense((4,), eye, neuron=cuba) for _ in range(2))
    return [first, second, spec.Add((4,), [0, 1]), spec.Concat((8,), [2, 0])]


def test_a_block_of_the_network_joins_without_a_step(tmp_path, run_lava):
    data = np.zeros((4, 3), int)
    data[1, 0] = 1
    found = with_lava(Case(residual(), data=data), tmp_path / "n.net", run_lava)
    first, second = found["layer0"], found["layer1"]
    assert first[1].argmax() == 1 and second[1].argmax() == 2
    np.testing.assert_array_equal(found["layer2"], first + second)
    expected = np.concatenate([first + second, first])
    np.testing.assert_array_equal(found["output"], expected)


def test_sums_have_bits_for_all_their_sources(tmp_path):
    spec.write(spec.Network(residual()), tmp_path / "n.net")
    net = hdf5.Network(net_config=str(tmp_path / "n.net"))
    assert [layer.output_message_bits for layer in net.layers] == [0, 0, 2, 2]
    assert str(net).splitlines()[3].startswith("|Add ")
    assert net.out.shape == (8,) and net.layers[3].entry(1).shape == (4,)
