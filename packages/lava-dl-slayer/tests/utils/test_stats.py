"""Statistics print and save exactly what scripts parse."""

import json
from types import SimpleNamespace

import pytest

from lava.lib.dl.slayer.utils.stats import LearningStat, LearningStats


@pytest.fixture
def recorded(reference):
    return json.loads(reference("slayer/stats.json").read_text())


class Loader(SimpleNamespace):
    def __len__(self):
        return self.batches


LOADER = Loader(dataset=range(1000), batch_size=32, batches=32)


def add(stat, loss, correct, samples):
    stat.loss_sum, stat.correct_samples, stat.num_samples = loss, correct, samples


@pytest.fixture
def second_epoch():
    stats = LearningStats()
    add(stats.training, 5.0, 7, 10)
    stats.update()
    add(stats.training, 4.0, 6, 10)
    add(stats.testing, 4.0, 1, 4)
    return stats


def test_strings_are_the_recorded_ones(recorded, second_epoch):
    stats = LearningStats()
    add(stats.training, 5.0, 7, 10)
    assert str(stats) == recorded["str_epoch0"]
    stats.update()
    assert str(stats) == recorded["str_after_update"]
    assert str(second_epoch) == recorded["str_epoch1"]


def test_printing_overwrites_the_lines_of_the_last_time(recorded, second_epoch, capsys):
    options = {"time_elapsed": 0.0123, "header": ["hello", "w"], "dataloader": LOADER}
    for key, arguments in (
        ("print(3)", {}),
        (
            "print(3,iter=5,time_elapsed=0.0123,header=['hello','w'],dataloader)",
            {"iter": 5, **options},
        ),
        ("print(3,iter=5)", {"iter": 5}),
    ):
        second_epoch.print(3, **arguments)
        assert capsys.readouterr().out == recorded[key]
    assert second_epoch.lines_printed == recorded["lines_printed"]
    second_epoch.new_line()
    assert second_epoch.lines_printed == 0


def test_saved_logs_are_the_recorded_ones(recorded, second_epoch, tmp_path):
    second_epoch.update()
    second_epoch.save(f"{tmp_path}/")
    for name in ("loss.txt", "accuracy.txt"):
        assert (tmp_path / name).read_bytes().decode() == recorded[name]


def test_best_epochs_are_noted():
    stat = LearningStat()
    flags = []
    for loss, correct in ((5.0, 5), (4.0, 5), (6.0, 7)):
        add(stat, loss, correct, 10)
        stat.update()
        flags.append((stat.best_loss, stat.best_accuracy))
    assert flags == [(True, True), (True, False), (False, True)]
    assert (stat.min_loss, stat.max_accuracy) == (0.4, 0.7)


def test_nan_is_never_the_best():
    stat, best = LearningStat(), []
    for loss in (float("nan"), 3.0, float("nan"), 2.0, float("inf")):
        add(stat, loss, loss, 1)
        stat.update()
        best.append((stat.best_loss, stat.best_accuracy))
        assert "loss" in str(stat)
    assert [loss for loss, _ in best] == [False, True, False, True, False]
    assert (stat.min_loss, stat.max_accuracy) == (2.0, float("inf"))


def test_a_best_loss_of_nan_from_an_older_checkpoint_is_overcome():
    stat = LearningStat()
    stat.min_loss = float("nan")
    add(stat, 3.0, 1, 1)
    stat.update()
    assert stat.min_loss == 3.0


def test_an_epoch_without_samples_is_logged_as_none():
    stat = LearningStat()
    add(stat, 5.0, 5, 10)
    stat.update()
    stat.reset()
    stat.update()
    assert stat.loss_log == [0.5, None]
    assert (stat.best_loss, stat.best_accuracy) == (False, False)
    assert stat.valid_loss_log
    assert not LearningStat().valid_accuracy_log


def test_logs_go_to_tensorboards_writer(second_epoch):
    written = []
    second_epoch.update()
    writer = SimpleNamespace(add_scalar=lambda *row: written.append(row))
    second_epoch.log(writer, epoch=1)
    assert written == [
        ("loss/train", 0.4, 1),
        ("accuracy/train", 0.6, 1),
        ("loss/test", 1.0, 1),
        ("accuracy/test", 0.25, 1),
    ]


def test_plots_are_saved(second_epoch, tmp_path):
    pytest.importorskip("matplotlib").use("Agg")
    second_epoch.update()
    second_epoch.plot(path=f"{tmp_path}/")
    assert {p.name for p in tmp_path.iterdir()} == {"loss.png", "accuracy.png"}
