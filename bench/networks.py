"""networks.py FOLDER: with the Python of an environment that has Keras. Writes models
and rows into the folder, and prints, as JSON, how long Keras's predict takes for each,
in nanoseconds."""

import json
import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import keras
import numpy as np
from keras import layers

TURNS = 9


def mlp():
    i = keras.Input((20,))
    x = layers.Dense(32, "relu")(layers.Dense(64, "relu")(i))
    return keras.Model(i, layers.Dense(3)(x))


def cnn():
    i = keras.Input((32, 32, 3))
    x = layers.MaxPooling2D()(layers.Conv2D(8, 3, padding="same", activation="relu")(i))
    x = layers.MaxPooling2D()(
        layers.Conv2D(16, 3, padding="same", activation="relu")(x)
    )
    return keras.Model(i, layers.Dense(10)(layers.Flatten()(x)))


def transformer():
    i = keras.Input((8, 32))
    x = layers.LayerNormalization()(i + layers.MultiHeadAttention(4, 8)(i, i))
    y = layers.Dense(32)(layers.Dense(64, "gelu")(x))
    return keras.Model(i, layers.LayerNormalization()(x + y))


def main():
    folder, times = Path(sys.argv[1]), {}
    for make in (mlp, cnn, transformer):
        model = make()
        rows = np.random.default_rng(1).normal(size=(1, *model.input_shape[1:]))
        model.save(folder / f"{make.__name__}.keras")
        (folder / f"{make.__name__}.json").write_text(json.dumps(rows.tolist()))
        model.predict(rows, verbose=0)
        taken = []
        for _ in range(TURNS):
            start = time.perf_counter_ns()
            model.predict(rows, verbose=0)
            taken.append(time.perf_counter_ns() - start)
        times[make.__name__] = statistics.median(taken)
    print(json.dumps(times))


if __name__ == "__main__":
    main()
