"""Streams, batches, state and threads of the native runtime; its bad inputs."""

from __future__ import annotations

import threading
import tracemalloc
from dataclasses import replace

import h5py
import numpy as np
import pytest

from lava.lib.dl import netx, spec

RNG = np.random.default_rng(11)
CUBA = spec.Cuba(1024, 300, 60)
NEURONS = {
    "cuba": CUBA,
    "alif": spec.Alif(900, 300, 200, 150, 60, 20),
    "rf": spec.Rf(1200, 3600, 40),
    "rf_iz": spec.RfIz(1200, 3600, 40, graded_spike=True),
    "adrf": spec.Adrf(1200, 3600, 40, 200, 150, 20),
    "adrf_iz": spec.AdrfIz(1200, 3600, 40, 200, 150, 20),
    "sigma_delta": spec.SigmaDelta(9),
}

pytestmark = pytest.mark.filterwarnings("ignore::lava.lib.dl.netx.DeviationWarning")


def weights(*shape):
    return RNG.integers(-60, 61, shape)


def dense(neuron, outputs=7, inputs=6, **options):
    imag = {"weight_imag": weights(outputs, inputs)} if neuron.is_complex else {}
    made = {"neuron": neuron, **imag, **options}
    return spec.Dense((outputs,), weights(outputs, inputs), **made)


def recurrent(neuron):
    return spec.Recurrent((7,), weights(7, 6), weights(7, 7), neuron=neuron)


def networks():
    for name, neuron in NEURONS.items():
        yield name, spec.Network([dense(neuron, delay=[0, 1, 2, 3, 4, 5, 9])])
    delays = RNG.integers(0, 9, (7, 6))
    yield "synapses", spec.Network([dense(CUBA, delay=delays), dense(CUBA, 5, 7)])
    yield "recurrent", spec.Network([recurrent(CUBA), dense(CUBA, 5, 7)])
    yield "bare input", spec.Network([spec.Input((6,), delay_shift=True), dense(CUBA)])
    average = spec.Average((7,), time_factor=5)
    yield "bins", spec.Network([dense(CUBA), average, dense(CUBA, 5, 7)])


NETWORKS = dict(networks())
LAVA_LACKS = ("alif", "bins")
RUNS = [(name, "trained") for name in NETWORKS]
RUNS += [(name, "lava") for name in NETWORKS if name not in LAVA_LACKS]


@pytest.fixture
def spikes():
    return (RNG.random((6, 60)) < 0.3).astype(np.float32)


@pytest.mark.parametrize("cuts", [(1, 2, 30), (7,), tuple(range(1, 60))])
@pytest.mark.parametrize(("name", "arithmetic"), RUNS)
def test_pieces_equal_the_whole(name, cuts, arithmetic, spikes):
    bits = 0 if arithmetic == "trained" else 16
    spikes = spikes if arithmetic == "trained" else spikes * 4096
    net = netx.load(
        NETWORKS[name], arithmetic=arithmetic, input_message_bits=bits, spike_exp=2
    )
    whole = net.run(spikes)
    net.reset()
    pieces = [net.run(piece) for piece in np.split(spikes, cuts, axis=-1)]
    assert whole.any()
    np.testing.assert_array_equal(np.concatenate(pieces, axis=-1), whole)


@pytest.mark.parametrize("name", NETWORKS)
def test_batch_equals_samples_one_by_one(name):
    batch = (RNG.random((5, 6, 40)) < 0.3).astype(np.float32)
    net = netx.load(NETWORKS[name], threads=3)
    together = net(batch)
    for sample, output in zip(batch, together, strict=True):
        net.reset()
        np.testing.assert_array_equal(net.run(sample), output)


@pytest.mark.parametrize("name", NETWORKS)
def test_state_moves_to_another_runtime(name, spikes):
    first, second = (netx.load(NETWORKS[name]) for _ in range(2))
    whole = first.run(spikes)
    first.reset()
    first.run(spikes[:, :23])
    second.load_state_dict(first.state_dict())
    rest = second.run(spikes[:, 23:])
    assert second.time == 60
    np.testing.assert_array_equal(rest, whole[..., -rest.shape[-1] :])


def test_wide_states_stream_as_narrow_ones(spikes):
    net = netx.load(spec.Network([dense(spec.Cuba(0, 0, 2**24))]))
    whole = net.probe(spikes * 4000, 60)[0].states["voltage"]
    net.reset()
    parts = [net.probe(p * 4000)[0].states["voltage"] for p in np.split(spikes, 6, 1)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=-1), whole)
    assert np.abs(whole).max() > 2**31


def test_sparse_storage_changes_nothing(spikes):
    network = NETWORKS["cuba"]
    plain, packed = netx.load(network), netx.load(network, sparse_fc_layer=True)
    np.testing.assert_array_equal(plain.run(spikes), packed.run(spikes))


def test_a_bare_input_of_lava_passes_every_message_on():
    network = spec.Network([spec.Input((2,), weight=128), dense(NEURONS["cuba"], 3, 2)])
    data = np.full((2, 4), 2**24 + 1)
    net = netx.load(network, arithmetic="lava", input_message_bits=24)
    np.testing.assert_array_equal(net.probe(data)[0].output, data)


def test_two_networks_in_two_threads_do_not_disturb_each_other(spikes):
    expected = {n: netx.load(NETWORKS[n]).run(spikes) for n in ("cuba", "rf")}
    found = {}

    def work(name):
        net = netx.load(NETWORKS[name])
        for _ in range(20):
            net.reset()
            found[name] = net.run(spikes)

    threads = [threading.Thread(target=work, args=(n,)) for n in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, output in expected.items():
        np.testing.assert_array_equal(found[name], output)


def test_ten_million_steps_need_no_more_memory_than_the_first():
    layer = spec.Recurrent((2,), weights(2, 2), weights(2, 2), neuron=CUBA)
    net = netx.load(spec.Network([layer]))
    piece = (RNG.random((2, 100_000)) < 0.3).astype(np.uint8)
    net.run(piece)
    sizes = {k: np.size(v) for k, v in net.state_dict().items()}
    tracemalloc.start()
    net.run(piece)
    tracemalloc.reset_peak()
    held = tracemalloc.get_traced_memory()[0]
    for _ in range(98):
        net.run(piece)
    grown = tracemalloc.get_traced_memory()[0] - held
    tracemalloc.stop()
    assert net.time == 10_000_000 and grown < 100_000
    assert {k: np.size(v) for k, v in net.state_dict().items()} == sizes


def test_silence_follows_the_input(spikes):
    padded = np.pad(spikes, ((0, 0), (0, 40)))
    net = netx.load(NETWORKS["cuba"])
    whole = net.run(padded)
    net.reset()
    np.testing.assert_array_equal(net.run(spikes, 100), whole)


def test_length_index_and_open_files(tmp_path):
    network = NETWORKS["synapses"]
    spec.write(network, tmp_path / "n.net")
    with h5py.File(tmp_path / "n.net") as file:
        net = netx.load(file)
    assert (len(net), net[1].shape, net.input_shape) == (2, (5,), (6,))
    assert len(str(net).splitlines()) == 3


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda n: n.run(np.zeros((5, 9))), "needed is \\(6, 'steps'\\)"),
        (lambda n: n.run(np.zeros(6)), "needed is \\(6, 'steps'\\)"),
        (lambda n: n.run(np.full((6, 2), np.nan)), "not finite"),
        (lambda n: n.run(np.full((6, 2), 1e39)), "not finite in float32"),
        (lambda n: n(np.full((1, 6, 2), -1e39)), "not finite in float32"),
        (lambda n: n.run(np.full((6, 2), "x")), "needed are numbers"),
        (lambda n: n.run(np.zeros((6, 2)), -1), "steps is -1"),
        (lambda n: n.run(np.zeros((6, 2)), feed="out"), "feed is 'out'"),
        (lambda n: n.run(np.zeros((6, 2)), feed="bias"), "feed='bias' needs"),
        (lambda n: n.run(np.zeros((6, 2)), layout="hwc"), "layout is 'hwc'"),
        (lambda n: n.load_state_dict({}), "another network"),
    ],
)
def test_bad_calls_are_sentences(call, text):
    with pytest.raises(ValueError, match=text):
        call(netx.load(NETWORKS["cuba"]))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"arithmetic": "floats"}, "arithmetic is 'floats'"),
        ({"reset_interval": 0}, "reset_interval is 0"),
        ({"reset_interval": 4}, "belongs to arithmetic='lava'"),
        ({"num_layers": 0}, "leave nothing"),
        ({"skip_layers": 9}, "leave nothing"),
        ({"skip_layers": -1}, "leave nothing"),
        ({"num_layers": 1.5}, "num_layers is 1.5"),
        ({"input_shape": (2, 2.5, 1)}, "a size in input_shape is 2.5"),
        ({"input_shape": (2, -2, 1)}, "a size in input_shape is -2"),
        ({"input_message_bits": -1}, "input_message_bits is -1"),
        ({"spike_exp": -100}, "spike_exp is -100"),
        ({"spike_exp": 26}, "spike_exp is 26"),
        ({"spike_exp": 2**40}, "spike_exp is"),
        ({"spike_exp": None}, "spike_exp is None"),
        ({"reset_interval": 2.5}, "reset_interval is 2.5"),
        ({"reset_interval": 2**40}, "reset_interval is"),
        ({"reset_offset": 2**40}, "reset_offset is"),
        ({"reset_offset": "3"}, "reset_offset is '3'"),
    ],
)
def test_bad_options_are_sentences(options, text):
    with pytest.raises(ValueError, match=text):
        netx.load(NETWORKS["cuba"], **options)


@pytest.mark.parametrize("kind", [int, np.int64, np.uint8])
def test_whole_options_may_be_numpys(kind):
    options = {"reset_interval": kind(3), "reset_offset": kind(1), "spike_exp": kind(5)}
    given = np.ones((6, 20))
    found = netx.load(NETWORKS["cuba"], arithmetic="lava", **options).run(given)
    plain = {name: int(value) for name, value in options.items()}
    wanted = netx.load(NETWORKS["cuba"], arithmetic="lava", **plain).run(given)
    np.testing.assert_array_equal(found, wanted)


def test_joining_what_is_skipped_is_refused():
    layers = [spec.Input((4,)), spec.Dense((4,), weights(4, 4), neuron=CUBA)]
    network = spec.Network([*layers, spec.Concat((8,), sources=[0, 1])])
    assert netx.load(network).output_shape == (8,)
    with pytest.raises(ValueError, match="leaves out layers"):
        netx.load(network, skip_layers=1)


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1])
def test_messages_beyond_32_bits_are_refused(value):
    net = netx.load(NETWORKS["cuba"], arithmetic="lava", input_message_bits=24)
    with pytest.raises(ValueError, match="32-bit"):
        net.run(np.full((6, 2), value))


def test_a_sample_and_a_batch_in_the_other_ones_place_name_the_way(spikes):
    net = netx.load(NETWORKS["cuba"])
    with pytest.raises(ValueError, match=r"one sample.*use run\(input\)"):
        net(spikes)
    with pytest.raises(ValueError, match="call the network with the batch"):
        net.run(np.stack([spikes, spikes]))
    assert net(spikes[None]).shape == (1, 7, 60)


def test_what_lava_lacks_is_refused():
    for network, text in ((NETWORKS["alif"], "ALIF"), (NETWORKS["bins"], "average")):
        with pytest.raises(ValueError, match=f"Lava has no {text}"):
            netx.load(network, arithmetic="lava")


@pytest.mark.parametrize("kind", ["conv", "dense_rec"])
def test_complex_layers_that_lava_lacks_are_refused(kind):
    both = {"weight": weights(2, 1, 1, 1), "weight_imag": weights(2, 1, 1, 1)}
    complex_neuron = NEURONS["rf"]
    layer = spec.Conv((2, 3, 3), **both, neuron=complex_neuron)
    if kind == "dense_rec":
        square = {name: weights(7, 7) for name in ("weight_rec", "weight_rec_imag")}
        layer = spec.Recurrent(
            (7,),
            weights(7, 6),
            weight_imag=weights(7, 6),
            neuron=complex_neuron,
            **square,
        )
    with pytest.raises(ValueError, match=f"Lava has no {kind} layer onto complex"):
        netx.load(spec.Network([layer]), arithmetic="lava", input_shape=(3, 3, 1))


def test_missing_and_foreign_files_are_refused(tmp_path):
    (tmp_path / "text.net").write_text("not HDF5")
    with pytest.raises(FileNotFoundError):
        netx.load(tmp_path / "absent.net")
    with pytest.raises(spec.FormatError):
        netx.load(tmp_path / "text.net")


def test_kernel_without_shape_asks_for_it():
    conv = spec.Conv((2, 3, 3), weights(2, 1, 3, 3), neuron=CUBA)
    with pytest.raises(ValueError, match="input_shape"):
        netx.load(spec.Network([conv]))
    with pytest.raises(ValueError, match="doesn't fit"):
        netx.load(spec.Network([conv]), input_shape=(9, 9, 1))
    assert netx.load(spec.Network([conv]), input_shape=(5, 5, 1)).output_shape == (
        3,
        3,
        2,
    )


def test_a_file_that_says_its_input_shape_needs_no_option():
    conv = spec.Conv((2, 3, 4), weights(2, 1, 3, 3), neuron=CUBA, input_shape=(1, 5, 6))
    assert netx.load(spec.Network([conv])).input_shape == (6, 5, 1)
    with pytest.raises(spec.FormatError, match="input_shape"):
        spec.Conv((2, 3, 4), weights(2, 1, 3, 3), neuron=CUBA, input_shape=(1, 9, 9))
    # Strides let two sizes of input give the same output.
    wide = replace(conv, stride=(2, 2), input_shape=(1, 8, 9))
    second = spec.Network([spec.Input((1, 7, 9)), wide])
    with pytest.raises(spec.FormatError, match="but the layer before gives"):
        netx.load(second)


@pytest.mark.parametrize("name", NEURONS)
@pytest.mark.parametrize("late", [True, False])
def test_files_that_cannot_say_their_shift_are_told_it(name, late, spikes):
    network = NETWORKS[name]
    said = [replace(layer, delay_shift=late) for layer in network]
    told = netx.load(network, delay_shift=late).run(spikes)
    np.testing.assert_array_equal(told, netx.load(spec.Network(said)).run(spikes))
    assert told.any()


def test_the_option_of_a_shift_leaves_read_outs_and_what_files_say_alone():
    layers = [
        spec.Input((6,), neuron=NEURONS["sigma_delta"]),
        dense(NEURONS["sigma_delta"]),
        dense(spec.Sigma(), 5, 7),
    ]
    net = netx.load(spec.Network(layers), delay_shift=True)
    assert [layer.delay_shift for layer in net.network] == [True, True, False]
    said = spec.Network([dense(CUBA, delay_shift=False)])
    assert not netx.load(said, delay_shift=True).network[0].delay_shift
    with pytest.raises(ValueError, match="arithmetic='trained'"):
        netx.load(said, arithmetic="lava", delay_shift=True)


def test_a_leading_flatten_takes_a_flat_input_unless_a_shape_is_given():
    layers = [spec.Flatten((12,)), spec.Dense((3,), np.full((3, 12), 64.0))]
    network = spec.Network(layers)
    assert netx.load(network).input_shape == (12,)
    assert netx.load(network, input_shape=(3, 2, 2)).input_shape == (3, 2, 2)


def one_neuron(weight=20, threshold=1000, neuron=None):
    """Integrates for good: its voltage shows every message."""
    neuron = neuron or spec.Cuba(4096, 0, threshold)
    return spec.Network([spec.Dense((1,), [[weight]], neuron=neuron)])


def voltages(network, data, **options):
    net = netx.load(network, **options)
    trace = net.probe(np.asarray(data)[np.newaxis])[0]
    return trace.states["v" if net.arithmetic == "lava" else "voltage"][0]


def test_negative_messages_subtract_unless_lava_takes_spikes():
    data = np.array([1, -1, -1, 0])
    assert voltages(one_neuron(), data).tolist() == [1280, 0, -1280, -1280]
    graded = {"arithmetic": "lava", "input_message_bits": 8}
    assert voltages(one_neuron(), data, **graded).tolist() == [0, 1280, 0, -1280]
    received = voltages(one_neuron(), data, arithmetic="lava")
    assert received.tolist() == [0, 1280, 2560, 3840]


def test_messages_wider_than_said_are_taken_whole():
    graded = {"arithmetic": "lava", "input_message_bits": 8}
    network = one_neuron(threshold=2**17)
    assert voltages(network, [1000, 0], **graded)[1] == 20 * 1000 * 64


@pytest.mark.parametrize("size", [1e10, 1e30])
def test_states_of_too_large_messages_stay_at_their_limit(size):
    found = voltages(one_neuron(threshold=-(2**24)), -np.full(3, size))
    assert (np.abs(found) <= 2**48).all() and found[-1] < 0


def test_reset_in_mid_run_is_a_new_beginning(spikes):
    for name, network in NETWORKS.items():
        net = netx.load(network)
        whole = net.run(spikes)
        net.reset()
        net.run(spikes[:, :23])
        net.reset()
        assert net.time == 0
        np.testing.assert_array_equal(net.run(spikes), whole, name)


@pytest.mark.parametrize("weight", [2**15 - 1, 2**15, -(2**15) - 1, 2**20])
def test_weights_of_any_width_are_exact_as_trained(weight):
    assert voltages(one_neuron(weight, 2**24), [1, 0])[0] == weight * 64


def test_weights_that_saturate_on_lava_warn_and_clip():
    network = spec.Network([spec.Dense((1,), [[300, -2]], neuron=CUBA)])
    with pytest.warns(UserWarning, match="clips weights of -2..300 to -256..254"):
        net = netx.load(network, arithmetic="lava")
    trace = net.probe(np.array([[1, 0], [0, 0]]))[0]
    assert trace.states["u"][0, 1] == 254 * 64


def test_an_input_shape_of_another_size_is_refused_for_flat_layers():
    weight = np.full((3, 5), 2)
    net = spec.Network([spec.Dense((3,), weight, neuron=spec.Cuba(1024, 128, 80))])
    with pytest.raises(ValueError, match=r"\(8, 8, 1\) doesn't fit: .* takes 5 inputs"):
        netx.load(net, input_shape=(8, 8, 1))
