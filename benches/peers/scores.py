"""Times the scores of disentanglement_lib in Python: NumPy and scikit-learn, one call a score.

`python benches/peers/scores.py make FILE.npz ROWS` writes codes and factors, with held-out rows; `python
benches/peers/scores.py FILE.npz METRIC` scores them and prints a line of JSON as `cargo run --example timings` of
disentangle-metrics does: seconds of wall and processor time, and the score. Written from the metrics' definitions;
batches of BetaVAE and FactorVAE are rows of the table, resampled by value. The boosted trees of `dci` would take
minutes: a tenth of the stages is timed and taken ten times. Needs NumPy and scikit-learn; OMP_NUM_THREADS sets threads.
"""

import json
import sys
import time
import warnings

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score, roc_auc_score
from sklearn.svm import LinearSVC

SIZES = [4, 4, 2, 3, 3, 40, 40]
TRAIN, TEST, BATCH, BINS = 10000, 5000, 64, 20


def make(path, rows):
    """Writes twenty codes of seven factors, sized as those of MPI3D: each code bends a sum of a few, with noise."""
    random = np.random.default_rng(0)
    weights = random.normal(size=(7, 20)) * (random.random((7, 20)) < 0.4)
    arrays = {}
    for suffix, count in (("", rows), ("_test", rows // 2)):
        factors = np.stack([random.integers(0, size, count) for size in SIZES], 1)
        sizes = np.array(SIZES)
        scaled = (factors - (sizes - 1) / 2) / np.sqrt((sizes**2 - 1) / 12)
        noise = 0.1 * random.normal(size=(count, 20))
        arrays["codes" + suffix] = (np.tanh(scaled @ weights) + noise).astype(np.float32)
        arrays["factors" + suffix] = factors.astype(np.int32)
    np.savez(path, **arrays)


def binned(columns):
    """The bin of each value among BINS of equal width."""
    bin_of = lambda column: np.digitize(column, np.histogram(column, BINS)[1][:-1])
    return np.stack([bin_of(column) for column in columns.T], 1)


def information(codes, factors):
    """The mutual information of each code and factor, in nats."""
    bins = binned(codes)
    rows = [[mutual_info_score(factor, code) for factor in factors.T] for code in bins.T]
    return np.array(rows)


def gap(matrix):
    """The two largest entries of each column, subtracted."""
    ordered = np.sort(matrix, axis=0)
    return ordered[-1] - ordered[-2]


def mig(codes, factors, *_):
    """Mutual information gap."""
    entropies = [mutual_info_score(factor, factor) for factor in factors.T]
    return np.mean(gap(information(codes, factors)) / entropies)


def modularity(codes, factors, *_):
    """Ridgeway and Mozer's modularity."""
    squares = information(codes, factors) ** 2
    largest = squares.max(axis=1)
    return np.mean(1 - (squares.sum(axis=1) - largest) / (largest * (factors.shape[1] - 1)))


def explicitness(codes, factors, test_codes, test_factors):
    """The area under the curve of a logistic regression, by class and factor."""
    mean, deviation = codes.mean(axis=0), codes.std(axis=0)
    codes, test_codes = (codes - mean) / deviation, (test_codes - mean) / deviation
    areas = []
    for factor, truth in zip(factors.T, test_factors.T):
        model = LogisticRegression().fit(codes, factor)
        for x, labels in ((codes, factor), (test_codes, truth)):
            scores = model.predict_proba(x)
            each = [roc_auc_score(labels == c, scores[:, i]) for i, c in enumerate(model.classes_)]
        areas.append(np.mean(each))
    return np.mean(areas)


def sap(codes, factors, test_codes, test_factors):
    """The gap between the accuracies of machines on one code."""
    accuracies = np.zeros((codes.shape[1], factors.shape[1]))
    for i, j in np.ndindex(*accuracies.shape):
        machine = LinearSVC(C=0.01, class_weight="balanced").fit(codes[:, [i]], factors[:, j])
        accuracies[i, j] = machine.score(test_codes[:, [i]], test_factors[:, j])
    return np.mean(gap(accuracies))


def irs(codes, factors, *_):
    """Interventional robustness."""
    bins = binned(factors.astype(float))
    largest = np.abs(codes - codes.mean(axis=0)).max(axis=0)
    robust = np.zeros((codes.shape[1], factors.shape[1]))
    for j, factor in enumerate(bins.T):
        groups = [codes[factor == value] for value in np.unique(factor)]
        moves = [np.percentile(np.abs(group - group.mean(axis=0)), 99, axis=0) for group in groups]
        robust[:, j] = 1 - np.mean(moves, axis=0) / largest
    return np.average(robust.max(axis=1), weights=largest)


def sampler(factors):
    """Draws rows that share the value that a random row has of a factor."""
    rows = [[np.flatnonzero(factor == value) for value in range(factor.max() + 1)] for factor in factors.T]

    def draw(random, factor, size):
        value = factors[random.integers(len(factors)), factor]
        return random.choice(rows[factor][value], size)

    return draw


def beta_vae(codes, factors, *_):
    """Which factor was fixed, from mean distances within pairs."""
    random, rows = np.random.default_rng(0), []
    labels = random.integers(factors.shape[1], size=TRAIN + TEST)
    groups = [[np.flatnonzero(factor == v) for v in range(factor.max() + 1)] for factor in factors.T]
    for factor in labels:
        first = random.integers(len(codes), size=BATCH)
        second = [random.choice(groups[factor][value]) for value in factors[first, factor]]
        rows.append(np.abs(codes[first] - codes[second]).mean(axis=0))
    rows = np.array(rows)
    model = LogisticRegression().fit(rows[:TRAIN], labels[:TRAIN])
    return model.score(rows[TRAIN:], labels[TRAIN:])


def factor_vae(codes, factors, *_):
    """Which factor was fixed, by majority vote for the code of least relative variance."""
    random, draw = np.random.default_rng(0), sampler(factors)
    variances = codes.var(axis=0, ddof=1)
    labels = random.integers(factors.shape[1], size=TRAIN + TEST)
    least = lambda factor: np.argmin(codes[draw(random, factor, BATCH)].var(axis=0, ddof=1) / variances)
    winners = np.array([least(factor) for factor in labels])
    votes = np.zeros((codes.shape[1], factors.shape[1]))
    np.add.at(votes, (winners[:TRAIN], labels[:TRAIN]), 1)
    return np.mean(votes.argmax(axis=1)[winners[TRAIN:]] == labels[TRAIN:])


def dci(codes, factors, test_codes, test_factors, stages=10):
    """Disentanglement from importances of boosted trees."""
    importances = []
    for factor, truth in zip(factors.T, test_factors.T):
        trees = GradientBoostingClassifier(n_estimators=stages).fit(codes, factor)
        trees.score(codes, factor), trees.score(test_codes, truth)
        importances.append(trees.feature_importances_)
    matrix = np.array(importances).T + 1e-11
    shares = matrix / matrix.sum(axis=1, keepdims=True)
    each = 1 + (shares * np.log(shares)).sum(axis=1) / np.log(matrix.shape[1])
    return np.average(each, weights=matrix.sum(axis=1))


METRICS = {
    function.__name__: function
    for function in (mig, modularity, explicitness, sap, irs, beta_vae, factor_vae, dci)
}


def main():
    """Makes arrays, or times a score."""
    if sys.argv[1] == "make":
        return make(sys.argv[2], int(sys.argv[3]))
    warnings.filterwarnings("ignore")
    arrays = np.load(sys.argv[1])
    table = [arrays[name] for name in ("codes", "factors", "codes_test", "factors_test")]
    name = sys.argv[2]
    wall, cpu = time.perf_counter(), time.process_time()
    score = METRICS[name](*table)
    times = [time.perf_counter() - wall, time.process_time() - cpu]
    # The score is of a tenth of the stages too, so it is not comparable.
    times = [10 * t for t in times] if name == "dci" else times
    print(json.dumps({"wall": times[0], "cpu": times[1], "score": float(score)}))


if __name__ == "__main__":
    main()
