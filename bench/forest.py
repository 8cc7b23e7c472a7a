"""forest.py FOLDER: a forest of 100 trees, as a model file and as scikit-learn runs it.

Writes FOLDER/forest.flm and FOLDER/row.json, and prints the nanoseconds scikit-learn's
own predict takes for that row (the median of nine turns), then its prediction.
"""

import json
import pickle
import statistics
import sys
import time
from pathlib import Path

import sklearn
from pack import pack as pack_payload
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier


def pack(model):
    return pack_payload(pickle.dumps(model, protocol=4), "sklearn", sklearn.__version__)


def turn(model, row):
    repeat, started = 0, time.process_time_ns()
    while time.process_time_ns() - started < 200_000_000:
        model.predict(row)
        repeat += 1
    return (time.process_time_ns() - started) / repeat


def main():
    folder = Path(sys.argv[1])
    rows, classes = load_breast_cancer(return_X_y=True)
    model = RandomForestClassifier(n_estimators=100, random_state=0).fit(rows, classes)
    row = rows[:1].tolist()
    (folder / "forest.flm").write_bytes(pack(model))
    (folder / "row.json").write_text(json.dumps(row))
    print(round(statistics.median(turn(model, row) for _ in range(9))))
    print(json.dumps(model.predict(row).tolist()))


if __name__ == "__main__":
    main()
