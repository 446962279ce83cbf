"""The table of neurons that C++ declares is the one Python and the kernels go by."""

import pytest

from lava.lib.dl.core import _training, training

NEURONS = _training.neurons()
PYTHON = {
    neuron.name: neuron
    for neuron in (
        training.CUBA,
        training.ALIF,
        training.RF,
        training.RF_IZ,
        training.ADRF,
        training.ADRF_IZ,
    )
}


def test_python_knows_every_neuron_that_spikes():
    assert list(PYTHON) == [name for name, each in NEURONS.items() if each["spikes"]]


@pytest.mark.parametrize("name", PYTHON)
def test_python_takes_what_the_table_says(name):
    declared, neuron = NEURONS[name], PYTHON[name]
    assert neuron.outputs == tuple(declared["outputs"])
    assert neuron.states == tuple(declared["states"])
    assert len(neuron.inputs) == len(declared["inputs"])
    assert [f"{n}_decay" for n in neuron.decays] == list(declared["parameters"])
    assert len(neuron.levels(1.0, 0.5, 64.0)) == len(declared["levels"])


@pytest.mark.parametrize("name", NEURONS)
def test_every_neuron_has_its_kernels_and_a_meaning_for_each_name(name):
    assert {name, f"{name}_backward"} <= set(_training.kernel_names())
    for field in ("inputs", "outputs", "states", "lava_states", "parameters", "levels"):
        assert all(NEURONS[name][field].values())
