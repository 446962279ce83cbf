"""What `hdf5.Network` offers, refuses and warns of."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("lava.magma.core", reason="needs lava-nc (Python 3.10)")

from lava.lib.dl import spec
from lava.lib.dl.netx import blocks, hdf5
from lava.lib.dl.netx.utils import NetDict
from lava.proc.dense.process import DelayDense
from lava.proc.lif.process import LIF, LIFReset
from lava.proc.sdn.process import Delta, Sigma, SigmaDelta
from lava.proc.sparse.process import DelaySparse, Sparse

pytestmark = [
    pytest.mark.lava,
    pytest.mark.filterwarnings("ignore::ImportWarning"),
    pytest.mark.filterwarnings("ignore::lava.lib.dl.netx.DeviationWarning"),
]

CUBA = spec.Cuba(current_decay=1024, voltage_decay=512, threshold=80)
SDNN = spec.SigmaDelta(4)
RF = spec.Rf(800, 3900, 80)
WEIGHT = np.array([[2, -4, 6], [8, 10, -12]])
KERNEL = 2 * np.ones((2, 1, 3, 3), int)


@pytest.fixture
def write(tmp_path):
    def write(*layers):
        path = tmp_path / "network.net"
        spec.write(spec.Network(layers), path)
        return str(path)

    return write


def dense(neuron=CUBA, weight=WEIGHT, **kwargs):
    return spec.Dense((len(weight),), weight, neuron=neuron, **kwargs)


def test_network_keeps_upstreams_attributes(write):
    path = write(spec.Input((3,), neuron=SDNN, weight=40), dense(SDNN, bias=[1, 2]))
    net = hdf5.Network(net_config=path, spike_exp=4)
    assert (net.filename, net.spike_exp, net.reset_interval) == (path, 4, None)
    assert (net.num_layers, net.skip_layers, net.input_message_bits) == (None, 0, 0)
    assert (len(net), net.output_message_bits) == (2, 16)
    assert net.in_layer is net.layers[0] and net.out_layer is net.layers[-1]
    assert net.in_layer.transform == {"weight": 40, "bias": 0}
    assert (net.inp.shape, net.out.shape, net.out_layer.shape) == ((3,), (2,), (2,))
    assert type(net.layers[1]) is blocks.process.Dense
    assert net.layers[1].neuron.bias.init.tolist() == [1 << 10, 2 << 10]
    assert net._log_config.level is not None
    assert [layer.block for layer in net.layers] == ["Input", "Dense"]
    assert all(layer.name for layer in net.layers)


def test_net_config_is_a_view_of_the_open_file(write):
    net = hdf5.Network(net_config=write(dense()))
    assert isinstance(net.net_config, NetDict)
    layer = net.net_config["layer"][0]
    assert layer["neuron"]["vThMant"] == 80
    assert layer["type"] == "dense"
    assert layer["weight"].dtype == np.int64
    assert {"weight", "neuron"} < set(layer.keys())
    assert "delay" not in layer


def test_neurons_get_the_files_numbers(write):
    net = hdf5.Network(net_config=write(dense(bias=[3, 4])))
    neuron = net.layers[0].neuron
    assert type(neuron) is LIF
    got = [np.ravel(v.init).tolist() for v in (neuron.vth, neuron.du, neuron.dv)]
    assert got == [[80], [1023], [512]]
    assert neuron.bias_mant.init.tolist() == [3, 4]


@pytest.mark.parametrize(
    ("layers", "kwargs", "kinds"),
    [
        ([dense()], {"reset_interval": 4}, [LIFReset]),
        ([spec.Input((3,), neuron=SDNN), dense(SDNN)], {}, [Delta, SigmaDelta]),
        ([dense(spec.Sigma())], {}, [Sigma]),
        ([dense(neuron=None)], {}, [LIF]),
    ],
)
def test_neuron_processes(write, layers, kwargs, kinds):
    net = hdf5.Network(net_config=write(*layers), **kwargs)
    assert [type(layer.neuron) for layer in net.layers] == kinds


@pytest.mark.parametrize(
    ("delay", "sparse", "kind"),
    [
        (None, True, Sparse),
        ([1, 2], True, DelaySparse),
        ([1, 2], False, DelayDense),
    ],
)
def test_synapse_processes(write, delay, sparse, kind):
    path = write(dense(delay=delay))
    net = hdf5.Network(net_config=path, sparse_fc_layer=sparse)
    assert type(net.layers[0].synapse) is kind


def test_reset_moves_one_step_per_layer(write):
    path = write(dense(), dense(weight=WEIGHT[:, :2]))
    net = hdf5.Network(net_config=path, reset_interval=16, reset_offset=3)
    params = [layer.neuron.proc_params["reset_offset"] for layer in net.layers]
    assert params == [4, 5]


def test_skipped_layers_leave_shape_and_message_bits(write):
    layers = (
        spec.Input((1, 4, 6), neuron=SDNN),
        spec.Conv((2, 2, 4), KERNEL, neuron=SDNN),
        spec.Flatten((16,)),
        dense(SDNN, np.ones((2, 16), int) * 2),
    )
    path = write(*layers)
    net = hdf5.Network(net_config=path, skip_layers=1)
    assert net.input_shape == (6, 4, 1)
    assert net.layers[0].input_message_bits == 16
    assert net.inp.shape == (6, 4, 1)
    assert len(hdf5.Network(net_config=path, num_layers=2)) == 2
    for kwargs in ({"skip_layers": 9}, {"num_layers": 0}):
        with pytest.raises(IndexError, match="no layer left to build"):
            hdf5.Network(net_config=path, **kwargs)


def test_convolution_needs_an_input_shape(write):
    path = write(spec.Conv((2, 2, 4), KERNEL, neuron=CUBA))
    with pytest.raises(RuntimeError, match="Input shape could not be inferred"):
        hdf5.Network(net_config=path)
    net = hdf5.Network(net_config=path, input_shape=(6, 4, 1))
    assert net.out.shape == (4, 2, 2)


@pytest.mark.parametrize(
    ("kwargs", "error", "message"),
    [
        ({"reset_interval": 0}, ValueError, "reset_interval is 0"),
        ({"input_message_bits": None}, TypeError, "input_message_bits is None"),
    ],
)
def test_bad_arguments_are_named(write, kwargs, error, message):
    with pytest.raises(error, match=message):
        hdf5.Network(net_config=write(dense()), **kwargs)


def test_bad_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file .*none\.net"):
        hdf5.Network(net_config=str(tmp_path / "none.net"))
    (tmp_path / "text.net").write_text("no network")
    with pytest.raises(spec.FormatError, match="not an HDF5 file"):
        hdf5.Network(net_config=str(tmp_path / "text.net"))


SPATIAL = spec.Input((2, 4, 4), neuron=None)
POOL = 2 * np.ones((1, 1, 2, 2), int)


@pytest.mark.parametrize(
    ("layers", "what"),
    [
        ([SPATIAL, spec.Pool((2, 2, 2), POOL, stride=(2, 2), neuron=CUBA)], "pool"),
        ([SPATIAL, spec.Unpool((2, 8, 8), POOL, stride=(2, 2), neuron=CUBA)], "unpool"),
        (
            [
                SPATIAL,
                spec.ConvTranspose((1, 6, 6), np.ones((2, 1, 3, 3)), neuron=CUBA),
            ],
            "convT",
        ),
        ([dense(), spec.Average((1,))], "average"),
        ([dense(spec.Alif(9, 9, 9, 9, 80, 2))], "ALIF"),
        ([dense(spec.Sigma(), bias=[1])], "bias on neurons that only sum"),
        (
            [
                spec.Input((1, 4, 4), neuron=None),
                spec.Conv((2, 2, 2), KERNEL, neuron=RF, weight_imag=KERNEL),
            ],
            "conv layer onto complex",
        ),
        (
            [
                spec.Recurrent(
                    (2,), WEIGHT, np.zeros((2, 2), int), neuron=CUBA, delay=[1]
                )
            ],
            "unlike inputs and outputs",
        ),
    ],
)
def test_what_lava_cannot_run_is_refused_by_name(write, layers, what):
    path = write(*layers)
    with pytest.raises(NotImplementedError, match=what) as error:
        hdf5.Network(net_config=path)
    assert "netx.load" in str(error.value)


CONV = spec.Conv((2, 2, 2), KERNEL, neuron=CUBA, delay=[1])


@pytest.mark.parametrize(
    ("layers", "what"),
    [
        ([dense(spec.Cuba(9, 9, 80, graded_spike=True))], "sends 1 where"),
        (
            [dense(spec.Cuba(9, 9, 80, weight_exp=[1]))],
            "weight exponent of the norm: Lava ignores it",
        ),
        (
            [dense(spec.SigmaDelta(4, activation="tanh"))],
            "rectifies, whatever the activation, here tanh",
        ),
        ([dense(spec.SigmaDelta(4, cum_error=True))], "compares the change"),
        (
            [dense(spec.SigmaDelta(4, bias=[0.5]))],
            "bias in the neuron: Lava ignores it",
        ),
        (
            [dense(spec.Adrf(9, 9, 80, 9, 9, 2), weight_imag=WEIGHT)],
            "adaptation of resonators: Lava leaves it out",
        ),
        (
            [dense(RF, weight_imag=WEIGHT, bias=[1])],
            "bias of complex neurons: Lava ignores it",
        ),
        (
            [dense(RF, weight_imag=WEIGHT, delay=[1])],
            "delays of complex layers: Lava ignores them",
        ),
        ([spec.Input((1, 4, 4)), CONV], "delays of convolutions: Lava ignores them"),
    ],
)
def test_what_lava_ignores_is_said(write, layers, what):
    path = write(*layers)
    with pytest.warns(UserWarning, match=what):
        hdf5.Network(net_config=path)


def test_reset_of_sigma_delta_neurons_is_ignored_with_a_warning(write):
    with pytest.warns(UserWarning, match="Reset is not supported with Sigma Delta"):
        net = hdf5.Network(net_config=write(dense(SDNN)), reset_interval=4)
    assert type(net.layers[0].neuron) is SigmaDelta


def test_message_bits_of_the_file_reach_the_next_layer(write):
    first = dense(spec.Cuba(9, 9, 80, message_bits=8))
    net = hdf5.Network(net_config=write(first, dense(weight=WEIGHT[:, :2])))
    assert [layer.input_message_bits for layer in net.layers] == [0, 8]


def test_dense_comp_is_a_complex_dense_layer(tmp_path, write):
    import h5py

    path = write(dense(RF, weight_imag=WEIGHT))
    with h5py.File(path, "a") as file:
        del file["layer/0/type"]
        file["layer/0/type"] = np.array(["dense_comp"], "S10")
    net = hdf5.Network(net_config=path)
    assert type(net.layers[0]) is blocks.process.ComplexDense


def test_static_creators_take_a_view_of_the_file(write):
    path = write(
        spec.Input((1, 4, 6), neuron=SDNN), spec.Conv((2, 2, 4), KERNEL, neuron=SDNN)
    )
    layers = NetDict(path)["layer"]
    params = hdf5.Network.get_neuron_params(layers[1]["neuron"], spike_exp=2)
    assert params["neuron_proc"] is SigmaDelta and params["spike_exp"] == 2
    block, row = hdf5.Network.create_input(layers[0])
    assert type(block.neuron) is Delta and row.startswith("|Input     |    6|    4|")
    block, row = hdf5.Network.create_conv(layers[1], (6, 4, 1), 16)
    assert block.input_message_bits == 16
    assert row == "|Conv      |    4|    2|    2| 3, 3| 1, 1| 0, 0| 1, 1|    1|False|"
    for name in ("pool", "convT", "unpool", "average"):
        with pytest.raises(NotImplementedError, match=f"{name} is not implemented"):
            getattr(hdf5.Network, f"create_{name}")(layers[0])


def test_static_create_dense_takes_upstreams_arguments(write):
    path = write(spec.Recurrent((2,), WEIGHT, np.eye(2, dtype=int), neuron=CUBA))
    layer = NetDict(path)["layer"][0]
    block, row = hdf5.Network.create_dense(layer, 4, sparse_synapse=True, rec=True)
    assert type(block) is blocks.process.RecurrentDense
    assert type(block.synapse_rec) is Sparse
    assert row.startswith("|Dense     |    1|    1|    2|")


def test_recurrent_weights_share_one_exponent(write):
    weight, recurrent = np.array([[64, -2]]), np.array([[8]])
    path = write(spec.Recurrent((1,), weight, recurrent, neuron=CUBA))
    layer = hdf5.Network(net_config=path).layers[0]
    assert layer.synapse.weights.init.tolist() == [[128, -4]]
    assert layer.synapse_rec.weights.init.tolist() == [[16]]
    assert layer.synapse_rec.proc_params["weight_exp"] == -1


def test_weights_of_one_sign_beyond_range_become_zero_and_it_is_said(write):
    path = write(dense(weight=np.array([[300, 2, 4]])))
    with pytest.warns(UserWarning, match=r"weights of 2..300 to .* loses them all"):
        net = hdf5.Network(net_config=path)
    assert not net.layers[0].synapse.weights.init.any()


def test_zero_weights_are_built(write):
    net = hdf5.Network(net_config=write(dense(weight=np.zeros((2, 3), int))))
    assert not net.layers[0].synapse.weights.init.any()


@pytest.mark.parametrize("given", [0, 8])
@pytest.mark.parametrize(
    ("neuron", "own"),
    [(spec.Cuba(1024, 128, 80), 0), (spec.SigmaDelta(80), 16), (spec.Sigma(), 16)],
)
def test_the_recurrent_synapse_takes_the_layers_own_messages(
    tmp_path, neuron, own, given
):
    weight, back = np.full((6, 8), 20), np.full((6, 6), -4)
    layer = spec.Recurrent((6,), weight, weight_rec=back, neuron=neuron)
    spec.write(spec.Network([layer]), tmp_path / "recurrent.net")
    net = hdf5.Network(net_config=tmp_path / "recurrent.net", input_message_bits=given)
    (block,) = net.layers
    assert int(block.synapse.num_message_bits.init) == given
    assert int(block.synapse_rec.num_message_bits.init) == own


def test_a_kernel_that_says_its_input_shape_needs_no_option(tmp_path):
    layer = spec.Conv(
        (2, 3, 4),
        np.full((2, 1, 3, 3), 20),
        neuron=spec.Cuba(1024, 128, 80),
        input_shape=(1, 5, 6),
    )
    spec.write(spec.Network([layer]), tmp_path / "kernel.net")
    net = hdf5.Network(net_config=tmp_path / "kernel.net")
    assert tuple(net.inp.shape) == (6, 5, 1)


@pytest.mark.parametrize(
    "layer",
    [
        dense(weight=np.ones((300, 300), int)),
        spec.Dense((30,), np.ones((30, 90), int), delay=np.array([3])),
        spec.Conv((1, 601, 601), np.ones((1, 1, 1, 1), int), padding=(300, 300)),
    ],
    ids=["weights", "delays", "neurons"],
)
def test_what_exceeds_the_memory_is_refused_before_it_is_taken(write, layer):
    with pytest.raises(ValueError, match=r"layer 0 .* max_bytes is 0.001 GB"):
        hdf5.Network(net_config=write(layer), max_bytes=10**6)
