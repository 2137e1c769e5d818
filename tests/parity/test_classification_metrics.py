"""Metrics of classification and the linear probe's fit, beside scikit-learn."""
import json
import math
import subprocess
import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, precision_recall_curve, roc_auc_score


@pytest.fixture(scope="module")
def ours(program):
    def call(cases):
        lines = "".join(json.dumps(case, default=lambda value: value.tolist()) + "\n" for case in cases)
        done = subprocess.run([program.parent / "cnclip_classification_cases"], input=lines, capture_output=True, text=True, check=True)
        return [math.nan if (value := json.loads(line)) is None else value for line in done.stdout.splitlines()]

    return call


def draws(count):
    """Random labels and scores; coarse scores tie, and a share of 0 or 1 makes one-sided cases."""
    random = np.random.default_rng(3)
    for _ in range(count):
        size = int(random.integers(1, 60))
        positive = random.random(size) < random.choice([0, 0.1, 0.5, 1])
        scores = random.random(size).astype(np.float32)
        if random.random() < 0.5:
            scores = np.round(scores, 1)
        yield positive, scores


def compare(ours, name, wanted, cases):
    made = ours([{"case": name, "positive": p.astype(int), "scores": s.astype(float)} for p, s in cases])
    wanted = [wanted(p, s) for p, s in cases]
    undefined = np.isnan(wanted)
    assert undefined.any() and not undefined.all()
    np.testing.assert_allclose(made, wanted, rtol=0, atol=1e-12)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_roc_auc(ours):
    compare(ours, "roc_auc", roc_auc_score, list(draws(300)))


def test_eleven_point_precision(ours):
    def wanted(positive, scores):
        """VOC 2007 on scikit-learn's curve, without the point (recall 0, precision 1) that it adds; recalls are compared as fractions."""
        if not positive.any():
            return math.nan
        precision, recall, _ = precision_recall_curve(positive, scores)
        hits = np.round(recall * positive.sum()).astype(int)[:-1]
        return np.mean([max(precision[:-1][10 * hits >= k * positive.sum()]) for k in range(11)])

    compare(ours, "average_precision_11_point", wanted, list(draws(300)))


def test_mean_per_class(ours):
    random = np.random.default_rng(4)
    cases, wanted = [], []
    for _ in range(200):
        classes, size = int(random.integers(2, 8)), int(random.integers(1, 40))
        truth, predicted = random.integers(0, classes, (2, size))  # some classes have no images, or are never predicted
        cases.append({"case": "mean_per_class", "truth": truth, "predicted": predicted, "classes": classes})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # about predicted classes that have no images
            wanted.append(balanced_accuracy_score(truth, predicted))
    np.testing.assert_allclose(ours(cases), wanted, rtol=0, atol=1e-12)


def objective(model, rows, labels, c):
    """What LogisticRegression minimises, times C: the sum of losses and the penalty of its one vector or of all."""
    losses = -np.log(model.predict_proba(rows)[np.arange(len(labels)), labels])
    return losses.sum() + (model.coef_**2).sum() / (2 * c)


@pytest.mark.parametrize("classes, width, size", [(2, 16, 60), (3, 8, 200), (10, 64, 400), (5, 40, 25)])
@pytest.mark.parametrize("c", [1e-4, 0.316, 100.0])
def test_logistic_regression(ours, classes, width, size, c):
    random = np.random.default_rng(classes)
    centres = random.normal(size=(classes, width))
    labels = np.arange(size) % classes
    draw = lambda labels: np.float32(centres[labels] + 2 * random.normal(size=(len(labels), width)))
    rows, tested_labels = draw(labels), random.integers(0, classes, 500)
    tested = draw(tested_labels)
    model = LogisticRegression(C=c, tol=1e-8, max_iter=20_000).fit(rows.astype(float), labels)
    [mine] = ours([{"case": "logistic", "rows": rows.astype(float), "labels": labels, "classes": classes, "c": c, "tested": tested.astype(float)}])
    assert mine["converged"]
    assert mine["objective"] == pytest.approx(objective(model, rows.astype(float), labels, c), rel=1e-6)
    probabilities = np.array(mine["probabilities"]).reshape(-1, classes)
    np.testing.assert_allclose(probabilities, model.predict_proba(tested.astype(float)), rtol=0, atol=1e-3)
    accuracy = np.mean(probabilities.argmax(1) == tested_labels)
    assert accuracy == pytest.approx(model.score(tested.astype(float), tested_labels), abs=1e-4 + 1 / 500)
