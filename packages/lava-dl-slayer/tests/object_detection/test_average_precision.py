import numpy as np
import pytest
import torch

import lava.lib.dl.slayer.object_detection as obd

metrics = obd.bbox.metrics


def area(precision, recall, first_recall):
    recall = np.concatenate([[first_recall], recall, [recall[-1] + 0.01]])
    precision = np.concatenate([[1], precision, [0]])
    for i in range(len(precision) - 2, -1, -1):
        precision[i] = max(precision[i], precision[i + 1])
    x = np.linspace(0, 1, 101)
    y = np.interp(x, recall, precision)
    return sum((y[1:] + y[:-1]) / 2 * np.diff(x))


def upstream_scores(output, target, iou, thresholds):
    """Average precision by the rules, and mistakes, of lava-dl 0.6."""
    hits, used = np.zeros((len(output), len(thresholds))), set()
    for i, box in enumerate(output):
        if len(used) == len(target):
            break
        j = int(iou[i].argmax())
        if box[5] in target[:, 5] and j not in used:
            hits[i] = iou[i, j] > thresholds
            used.add(j)
    scores = []
    for label in np.unique(target[:, 5]):
        of_class = hits[output[:, 5] == label]
        found, missed = of_class.cumsum(0), (1 - of_class).cumsum(0)
        recall = found / ((target[:, 5] == label).sum() + 1e-10)
        precision = found / (found + missed)
        scores.append(
            [area(p, r, 1.0) for p, r in zip(precision.T, recall.T, strict=True)]
        )
    return np.array(scores)


def plain_scores(output, target, thresholds):
    """Average precision, one detection after the other."""
    iou = metrics.bbox_iou(output, target)
    scores = []
    for label in target[:, 5].unique():
        mine = [i for i in range(len(output)) if output[i, 5] == label]
        wanted = [j for j in range(len(target)) if target[j, 5] == label]
        row = []
        for threshold in thresholds:
            used, hits = set(), []
            for i in mine:
                j = max(wanted, key=lambda j, i=i: iou[i, j])
                hits.append(bool(iou[i, j] > threshold) and j not in used)
                used |= {j} if hits[-1] else set()
            found = np.cumsum(hits)
            row.append(
                area(
                    found / np.arange(1, len(hits) + 1),
                    found / (len(wanted) + 1e-10),
                    0.0,
                )
                if hits
                else 0.0
            )
        scores.append(row)
    return np.array(scores)


def test_the_recorded_scores_are_the_rules_of_this_file_with_upstreams_mistakes(golden):
    thresholds = np.array([0.5, 0.75, 0.9])
    output, target = golden["nms"], golden["map.target"]
    right = metrics.bbox_iou(output, target).numpy()
    distorted = right.T.reshape(right.shape)
    scores = upstream_scores(output.numpy(), target.numpy(), distorted, thresholds)
    np.testing.assert_allclose(scores, golden["map_upstream.ap"], atol=1e-9)


def test_area_under_recorded_curve_differs_by_the_first_recall_alone(golden):
    curve = golden["ap.precision"].numpy(), golden["ap.recall"].numpy()
    assert area(*curve, 1.0) == pytest.approx(float(golden["ap"]))
    assert metrics.compute_ap(*curve) == pytest.approx(area(*curve, 0.0))


def test_nothing_found_has_no_area():
    assert metrics.compute_ap([0.0, 0.0], [0.0, 0.0]) == pytest.approx(0, abs=0.006)
    assert metrics.compute_ap([], []) == 0


@pytest.mark.parametrize("seed", range(4))
def test_scores_equal_those_found_one_by_one(random_boxes, seed):
    target = random_boxes(20, seed=seed)
    output = torch.cat([target + 0.02 * torch.randn(20, 6), random_boxes(30, seed=9)])
    output[:20, 5] = target[:, 5]
    output = output[output[:, 4].argsort(descending=True)]
    thresholds = [0.3, 0.5, 0.75]
    ap = metrics.average_precision_metrics([output], [target], thresholds)[2]
    np.testing.assert_allclose(ap[0], plain_scores(output, target, thresholds))


def test_perfect_detections_score_one(random_boxes):
    boxes = random_boxes(9)
    scores = metrics.average_precision_metrics([boxes], [boxes], [0.5, 0.9])
    for values in scores[:4]:
        np.testing.assert_allclose(values[0], 1, atol=1e-6)
    assert scores[4][0].tolist() == boxes[:, 5].unique().tolist()
    assert scores[4][0].dtype == np.float32


def test_a_box_of_another_class_is_no_hit(random_boxes):
    boxes = random_boxes(6, classes=2)
    wrong = boxes.clone()
    wrong[:, 5] = 1 - wrong[:, 5]
    assert metrics.mean_average_precision([wrong], [boxes])[0] < 0.01


def test_images_without_answer_or_target_are_left_out(random_boxes):
    boxes = random_boxes(4)
    outputs, targets = [None, boxes, boxes], [boxes, boxes[:0], boxes]
    assert len(metrics.average_precision_metrics(outputs, targets, 0.5)[2]) == 1


def test_pooled_score_of_one_image_is_its_classes_mean(random_boxes):
    target, output = random_boxes(20), random_boxes(40, seed=3)
    ap = metrics.average_precision_metrics([output], [target], [0.1, 0.3])[2]
    pooled = metrics.mean_average_precision([output], [target], [0.1, 0.3])
    np.testing.assert_allclose(pooled, ap[0].mean(0))


def test_pooled_score_counts_false_alarms_on_empty_images(random_boxes):
    boxes = random_boxes(5, classes=1)
    alarm = boxes.clone()
    alarm[:, 4] = 2.0
    clean = metrics.mean_average_precision([boxes, boxes[:0]], [boxes, boxes[:0]])
    noisy = metrics.mean_average_precision([boxes, alarm], [boxes, boxes[:0]])
    assert noisy[0] < clean[0] == pytest.approx(1)
    assert metrics.mean_average_precision([boxes], [boxes[:0]]).tolist() == [0]


def test_statistics_average_over_images_and_classes(random_boxes):
    target, output = random_boxes(20), random_boxes(40, seed=3)
    stats = metrics.APstats([0.1, 0.3])
    assert stats[:] == 0
    stats.update([output, target], [target, target])
    ap = metrics.average_precision_metrics(
        [output, target], [target, target], [0.1, 0.3]
    )[2]
    expected = np.concatenate(ap).mean(0)
    np.testing.assert_allclose(stats.ap_scores(), expected)
    assert stats[0.3] == stats[1] == pytest.approx(expected[1])
    assert stats[:] == pytest.approx(expected.mean())
    np.testing.assert_allclose(stats[1:], expected[1:])
    stats.reset()
    assert stats[0.1] == 0


@pytest.mark.parametrize("threshold", [0.5, [0.5, 0.75]])
def test_statistics_name_the_thresholds_they_know(threshold):
    with pytest.raises(IndexError, match=r"0\.6 is not among those kept: 0\.5"):
        metrics.APstats(threshold)[0.6]
