#!/usr/bin/env python3
"""Writes metrics.txt: scikit-learn's figures of data with ties, one class, classes that do not occur,
and weights.

    pip install scikit-learn==1.9.1
    tests/train/sklearn/metrics.py > tests/train/sklearn/metrics.txt

"data NAME n" and a line for each of its columns begin a set; then "metric value" lines until the next.
metrics.cpp has the same names. What scikit-learn does not have (calibration error, MRR, hits) is computed
here from its definition.
"""
import warnings

import numpy as np
from sklearn import metrics as m

warnings.simplefilter("ignore")
rng = np.random.default_rng(7)


def column(name, values):
    print(name, " ".join(repr(float(v)) for v in np.ravel(values)))


def figure(name, value):
    for v in np.ravel(value):
        print("=", name, repr(float(v)))


def regression(name, truth, prediction, weights):
    print("data", name, "regression")
    column("truth", truth), column("prediction", prediction), column("weights", weights)
    for suffix, w in (("", None), (" weighted", weights)):
        figure("mean_squared_error" + suffix, m.mean_squared_error(truth, prediction, sample_weight=w))
        figure("root_mean_squared_error" + suffix, m.root_mean_squared_error(truth, prediction, sample_weight=w))
        figure("mean_absolute_error" + suffix, m.mean_absolute_error(truth, prediction, sample_weight=w))
        figure("median_absolute_error" + suffix, m.median_absolute_error(truth, prediction, sample_weight=w))
        figure("mean_absolute_percentage_error" + suffix, m.mean_absolute_percentage_error(truth, prediction, sample_weight=w))
        figure("r2_score" + suffix, m.r2_score(truth, prediction, sample_weight=w))
        figure("explained_variance" + suffix, m.explained_variance_score(truth, prediction, sample_weight=w))
        figure("pinball_loss" + suffix, m.mean_pinball_loss(truth, prediction, alpha=0.3, sample_weight=w))
        figure("poisson_deviance" + suffix, m.mean_poisson_deviance(np.abs(truth), np.abs(prediction) + 0.1, sample_weight=w))
    figure("max_error", m.max_error(truth, prediction))


def calibration(truth, p, w, bins):
    w = np.ones(len(p)) if w is None else w
    place = np.minimum((p * bins).astype(int), bins - 1)
    error = 0
    for b in range(bins):
        of = place == b
        if w[of].sum() > 0:
            error += w[of].sum() * abs(np.average(p[of], weights=w[of]) - np.average(truth[of], weights=w[of]))
    return error / w.sum()


def two_classes(name, truth, p, weights):
    print("data", name, "two_classes")
    column("truth", truth), column("prediction", p), column("weights", weights)
    for suffix, w in (("", None), (" weighted", weights)):
        figure("accuracy" + suffix, m.accuracy_score(truth, p >= 0.5, sample_weight=w))
        figure("f1_score" + suffix, m.f1_score(truth, p >= 0.5, sample_weight=w, zero_division=0))
        figure("log_loss" + suffix, m.log_loss(truth, np.clip(p, 0.001, 0.999), sample_weight=w, labels=[0, 1]))
        figure("brier_score" + suffix, m.brier_score_loss(truth, p, sample_weight=w, pos_label=1, labels=[0, 1]))
        figure("calibration_error" + suffix, calibration(truth, p, w, 10))
        if 0 < truth.sum() < len(truth):
            figure("roc_auc" + suffix, m.roc_auc_score(truth, p, sample_weight=w))
            fpr, tpr, threshold = m.roc_curve(truth, p, sample_weight=w, drop_intermediate=False)
            figure("roc_curve" + suffix, np.concatenate([fpr, tpr, threshold[1:]]))
        if truth.sum() > 0:
            figure("average_precision" + suffix, m.average_precision_score(truth, p, sample_weight=w))
            precision, recall, threshold = m.precision_recall_curve(truth, p, sample_weight=w)
            figure("precision_recall" + suffix, np.concatenate([precision[::-1], recall[::-1], threshold[::-1]]))


def classes(name, truth, p, weights, k):
    print("data", name, "classes")
    column("truth", truth), column("prediction", p), column("weights", weights)
    predicted = p.argmax(1)
    every = list(range(k))
    for suffix, w in (("", None), (" weighted", weights)):
        figure("confusion" + suffix, m.confusion_matrix(truth, predicted, labels=every, sample_weight=w))
        figure("accuracy" + suffix, m.accuracy_score(truth, predicted, sample_weight=w))
        figure("balanced" + suffix, m.balanced_accuracy_score(truth, predicted, sample_weight=w))
        for how in ("micro", "macro", "weighted"):
            for what, function in (("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score)):
                figure(f"{what} {how}{suffix}", function(truth, predicted, average=how, sample_weight=w, zero_division=0))
        figure("per_class" + suffix, np.concatenate(m.precision_recall_fscore_support(
            truth, predicted, labels=every, sample_weight=w, zero_division=0)[:3]))
        figure("matthews" + suffix, m.matthews_corrcoef(truth, predicted, sample_weight=w))
        for how in (None, "linear", "quadratic"):
            figure(f"kappa {how}{suffix}", m.cohen_kappa_score(truth, predicted, labels=every, weights=how, sample_weight=w))
        for top in (1, 2):
            figure(f"top_{top}{suffix}", m.top_k_accuracy_score(truth, p, k=top, labels=every, sample_weight=w))
        figure("log_loss" + suffix, m.log_loss(truth, p, labels=every, sample_weight=w))
        figure("brier_score" + suffix, m.brier_score_loss(truth, p, labels=every, sample_weight=w))
        if len(set(truth)) == k:
            areas = [m.roc_auc_score(truth == c, p[:, c], sample_weight=w) for c in every]
            figure("roc_auc" + suffix, np.mean(areas))


def ranking(name, relevance, scores):
    print("data", name, "ranking")
    column("truth", relevance), column("prediction", scores)
    figure("ndcg", m.ndcg_score([relevance], [scores]))
    figure("ndcg 3", m.ndcg_score([relevance], [scores], k=3))
    if len(set(scores)) == len(scores):
        figure("map", m.average_precision_score(relevance > 0, scores))
        order = np.argsort(-scores)
        figure("mrr", 1 / (1 + np.argmax(relevance[order] > 0)))
        for k in (1, 3):
            figure(f"hit {k}", np.any(relevance[order[:k]] > 0))


def weights(n):
    return rng.integers(0, 4, n) * 0.5 + (np.arange(n) == 0)


for n in (2, 7, 60):
    truth = np.round(rng.normal(2, 3, n), 2) + 0.001
    regression(f"normal_{n}", truth, truth + np.round(rng.normal(0, 1, n), 1), weights(n))
n = 40
regression("far", rng.normal(1e6, 1, n), rng.normal(1e6, 1, n), weights(n))
for n, ties in ((6, 3), (50, 4), (50, 1000)):
    truth = (rng.random(n) < 0.4).astype(float)
    truth[:2] = 0, 1
    p = np.round(np.clip(truth * 0.3 + rng.random(n) * 0.7, 0, 1) * ties) / ties
    w = weights(n)
    w[:2] = 1
    two_classes(f"ties_{n}_{ties}", truth, p, w)
two_classes("only_zeros", np.zeros(5), np.array([0, 0.2, 0.6, 0.6, 1]), weights(5))
two_classes("only_ones", np.ones(5), np.array([0, 0.2, 0.6, 0.6, 1]), weights(5))
for name, n, k, missing in (("three", 30, 3, None), ("five", 80, 5, None), ("missing", 30, 4, 2), ("one_class", 6, 3, "all")):
    truth = rng.integers(0, k, n)
    truth[:k] = np.arange(k)
    if missing == "all":
        truth[:] = 1
    elif missing is not None:
        truth[truth == missing] = 0
    p = rng.integers(0, 5, (n, k)) / 4 + (np.arange(k) == truth[:, None]) * 0.5 + 0.05
    p /= p.sum(1, keepdims=True)
    w = weights(n)
    w[:k] = 1
    classes(name, truth, p, w, k)
for name, n in (("short", 4), ("long", 30)):
    relevance = rng.integers(0, 4, n) * (rng.random(n) < 0.5)
    relevance[n // 2] = 2
    ranking(name, relevance.astype(float), rng.permutation(n) / 7)
    ranking(name + "_ties", relevance.astype(float), np.round(rng.random(n) * 4))
