"""The scheduler against recorded schedules, and its own promises."""

import json
from itertools import islice

import pytest

from lava.lib.dl import bootstrap, slayer
from lava.lib.dl.bootstrap.routine import LayerMode, Mode, Scheduler


def test_schedules_are_the_recorded_ones(reference):
    data = json.loads(reference("bootstrap/scheduler.json").read_text())
    assert {name: Mode[name].value for name in data["values"]} == data["values"]
    for schedule in data["schedules"]:
        scheduler = Scheduler(**schedule["kwargs"])
        for row in schedule["rows"]:
            mode = scheduler.mode(row["epoch"], row["iteration"], row["train"])
            names = [m.name for m in islice(mode, 4)]
            got = mode.base_mode.name, mode.crossover, names
            assert got == (row["base"], row["crossover"], row["layers"])


def test_mode_is_one_object_under_all_its_names():
    block = bootstrap.block
    assert bootstrap.Mode is Mode is block.base.Mode is block.cuba.Mode


def test_every_pass_starts_at_the_first_block():
    mode = LayerMode(1, Mode.ANN)
    for _ in range(2):
        assert list(islice(mode, 3)) == [Mode.SNN, Mode.ANN, Mode.ANN]


def test_asking_twice_crosses_one_block():
    scheduler = Scheduler(crossover_epochs=[1])
    assert [scheduler.mode(1, 0).crossover for _ in range(2)] == [1, 1]


def test_an_epoch_of_few_batches_is_fitted_in_the_next():
    scheduler = Scheduler(num_sample_iter=10)
    modes = [scheduler.mode(e, i).base_mode for e in range(2) for i in range(3)]
    assert modes == [Mode.SAMPLE] * 3 + [Mode.FIT] + [Mode.ANN] * 2


@pytest.mark.parametrize("arguments", [(-1, 10), (10, 0)])
def test_periods_that_make_no_sense_are_refused(arguments):
    with pytest.raises(ValueError, match="needed are 0 or more batches"):
        Scheduler(*arguments)


@pytest.mark.parametrize(
    ("crossover", "text"), [(0, "Mode: ANN"), (2, "Mode: ANN, Crossover at: 2")]
)
def test_it_prints_mode_and_crossover(crossover, text):
    assert str(LayerMode(crossover, Mode.ANN)) == text


def test_statistics_of_the_spiking_network_are_taken_over():
    stat = slayer.utils.LearningStat()
    stat.num_samples, stat.loss_sum, stat.correct_samples = 4, 2.0, 3
    scheduler = Scheduler()
    scheduler.sync_snn_stat(stat)
    scheduler.update_snn_stat()
    assert scheduler.snn_stat.best_accuracy
    assert scheduler.snn_stat.max_accuracy == 0.75
    assert scheduler.snn_stat.num_samples == 0
