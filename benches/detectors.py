"""The counterparts of the detectors in PyOD, scikit-learn and isotree, and how the detectors compare with them.

Reads what `speed` and `adbench` printed, measures the peers on the same table and sets, and prints two tables of ratios. Speed is in
CPU seconds of one thread, the best of three runs. Rows of a set are z-scored for the peers, as most of them ask for.
"""

import argparse
import glob
import os
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")


class Peer:
    """A detector of another library: how it is made, fitted and asked for scores (higher is stranger)."""

    def __init__(self, counterpart, name, make, score, fit_rows=None, score_rows=None):
        self.counterpart, self.name, self.make, self.score = counterpart, name, make, score
        # Fewer rows where all of them would take minutes; rows a second stay comparable unless the cost is quadratic.
        self.fit_rows, self.score_rows = fit_rows, score_rows


def peers(measured):
    """Those whose counterpart was measured."""
    return [peer for peer in all_peers() if peer.counterpart in measured]


def all_peers():
    import isotree
    from pyod.models.ecod import ECOD
    from pyod.models.gmm import GMM
    from pyod.models.hbos import HBOS
    from pyod.models.iforest import IForest
    from pyod.models.knn import KNN
    from pyod.models.mcd import MCD
    from pyod.models.ocsvm import OCSVM
    from pyod.models.pca import PCA
    from sklearn.ensemble import IsolationForest

    def pyod(model, rows):
        return model.decision_function(rows)

    def isolation(**options):
        return isotree.IsolationForest(ntrees=100, sample_size=256, nthreads=1, random_seed=1, **options)

    def predict(model, rows):
        return model.predict(rows)

    eif = dict(ndim=3, standardize_data=True, coefs="uniform", prob_pick_pooled_gain=0)
    fcf = dict(ndim=2, coefs="normal", prob_pick_pooled_gain=1, max_depth=8, missing_action="fail")
    return [
        Peer("isolation-forest", "scikit-learn IsolationForest",
             lambda n: IsolationForest(max_samples=min(256, n), random_state=1, n_jobs=1),
             lambda model, rows: -model.score_samples(rows)),
        Peer("isolation-forest", "isotree, ndim 1", lambda n: isolation(ndim=1, missing_action="fail"), predict),
        Peer("isolation-forest", "PyOD IForest", lambda n: IForest(random_state=1), pyod),
        Peer("density-forest", "isotree, density",
             lambda n: isolation(ndim=1, missing_action="fail", scoring_metric="density"), predict),
        Peer("extended-isolation-forest", "isotree, ndim 3", lambda n: isolation(**eif), predict),
        Peer("fair-cut-forest", "isotree, ndim 2, pooled gain", lambda n: isolation(**fcf), predict),
        Peer("histogram", "PyOD HBOS", lambda n: HBOS(), pyod),
        Peer("histogram", "PyOD HBOS, automatic bins", lambda n: HBOS(n_bins="auto"), pyod, 10_000, 10_000),
        Peer("tail-probability", "PyOD ECOD", lambda n: ECOD(), pyod),
        Peer("nearest-neighbors", "PyOD KNN, k = sqrt n", lambda n: KNN(n_neighbors=max(5, int(n**0.5))), pyod, None, 500),
        Peer("robust-covariance", "PyOD MCD", lambda n: MCD(random_state=1), pyod, 20_000),
        Peer("one-class-svm", "PyOD OCSVM", lambda n: OCSVM(), pyod, 5_000, 5_000),
        Peer("gaussian-mixture", "PyOD GMM", lambda n: GMM(n_components=1, random_state=1), pyod, 20_000),
        Peer("principal-components", "PyOD PCA", lambda n: PCA(random_state=1), pyod),
    ]


def seconds(work, runs=3):
    """CPU seconds of the best run, and what it gave."""
    best, result = float("inf"), None
    for _ in range(runs):
        start = time.process_time()
        result = work()
        best = min(best, time.process_time() - start)
    return best, result


def numbers(path, columns):
    """The lines of a printed table that end in so many numbers, by their name."""
    rows = {}
    for line in open(path):
        parts = line.rstrip("\n").rsplit(None, columns)
        try:
            rows.setdefault(parts[0].strip(), [float(part) for part in parts[1:]])
        except (ValueError, IndexError):
            continue
    return {name: values for name, values in rows.items() if len(values) == columns}


def compare_speed(path, table):
    ours = numbers(path, 4)
    rows = np.load(table)
    print(f"CPU seconds of one thread, {len(rows):,} rows of {rows.shape[1]} columns; times: ours over theirs\n")
    head = ["detector", "peer", "fit rows/s", "theirs", "times", "score rows/s", "theirs", "times"]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for peer in peers(ours):
        fit_rows, score_rows = rows[: peer.fit_rows], rows[: peer.score_rows]
        fit, model = seconds(lambda: peer.make(len(fit_rows)).fit(fit_rows), 1 if peer.fit_rows else 3)
        score, _ = seconds(lambda: peer.score(model, score_rows), 1 if peer.score_rows else 3)
        _, fitted, scored, _ = ours[peer.counterpart]
        theirs = len(fit_rows) / fit, len(score_rows) / score
        cells = [peer.counterpart, peer.name, f"{fitted:,.0f}", f"{theirs[0]:,.0f}", f"{fitted / theirs[0]:.1f}",
                 f"{scored:,.0f}", f"{theirs[1]:,.0f}", f"{scored / theirs[1]:.1f}"]
        print("| " + " | ".join(cells) + " |", flush=True)


def compare_quality(path, folder, most):
    from sklearn.metrics import average_precision_score, roc_auc_score

    ours = numbers(path, 2)
    sets = []
    for file in sorted(glob.glob(os.path.join(folder, "*.npz"))):
        data = np.load(file)
        rows, labels = data["X"].astype(float), data["y"]
        if len(rows) <= most:
            deviations = rows.std(axis=0)
            sets.append(((rows - rows.mean(axis=0)) / np.where(deviations > 0, deviations, 1), labels))
    print(f"\nMean over {len(sets)} sets of at most {most:,} rows, fitted and scored on the same rows\n")
    head = ["detector", "AUROC", "AP", "peer", "AUROC", "AP", "failed"]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for peer in peers(ours):
        found = []
        for rows, labels in sets:
            try:
                model = peer.make(len(rows)).fit(rows)
                scores = np.nan_to_num(peer.score(model, rows))
                found.append((roc_auc_score(labels, scores), average_precision_score(labels, scores)))
            except Exception:
                continue
        auroc, precision = np.mean(found, axis=0)
        own = [f"{value:.3f}" for value in ours[peer.counterpart]]
        cells = [peer.counterpart, *own, peer.name, f"{auroc:.3f}", f"{precision:.3f}", f"{len(sets) - len(found)}"]
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", required=True, help="the table that `speed --save` wrote")
    parser.add_argument("--speed", required=True, help="what `speed` printed")
    parser.add_argument("--sets", required=True, help="folder of ADBench sets")
    parser.add_argument("--rows", type=int, required=True, help="only sets of at most so many rows")
    parser.add_argument("--quality", required=True, help="what `adbench` printed")
    options = parser.parse_args()
    compare_speed(options.speed, options.table)
    compare_quality(options.quality, options.sets, options.rows)
