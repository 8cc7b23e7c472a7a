"""keras_networks.py FOLDER: the networks of torch_networks.py as model files, with the
time that predict of Keras takes for each on one thread: JSON of nanoseconds by name.

Runs in the environment of tests/frameworks/tensorflow.txt.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import keras
from keras import layers
from networks import leave, rows_of, took

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/frameworks"))
import keras_models


def mlp():
    i = keras.Input((20,))
    x = layers.Dense(32, "relu")(layers.Dense(64, "relu")(i))
    return keras.Model(i, layers.Dense(3)(x))


def cnn():
    x = i = keras.Input((32, 32, 3))
    for filters in (8, 16):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    return keras.Model(i, layers.Dense(10)(layers.Flatten()(x)))


def transformer():
    i = keras.Input((8, 32))
    x = layers.LayerNormalization()(i + layers.MultiHeadAttention(4, 8)(i, i))
    y = layers.Dense(32)(layers.Dense(64, "gelu")(x))
    return keras.Model(i, layers.LayerNormalization()(x + y))


def wide():
    x = i = keras.Input((512,))
    for activation in ("relu", "relu", None):
        x = layers.Dense(512, activation)(x)
    return keras.Model(i, x)


def resnet18():
    return keras_models.resnet18(224)


def measure(folder, make):
    model, name = make(), make.__name__
    rows = rows_of((256 if make is wide else 1, *model.input_shape[1:]))
    with tempfile.TemporaryDirectory() as saved:
        path = Path(saved) / "model.keras"
        model.save(path)
        payload = path.read_bytes()
    answer = model.predict(rows, verbose=0)
    leave(folder, name, payload, "keras", keras.__version__, rows, answer)
    return took(lambda: model.predict(rows, verbose=0).tolist())


def main():
    makes = (mlp, cnn, transformer, wide, resnet18)
    print(json.dumps({make.__name__: measure(sys.argv[1], make) for make in makes}))


if __name__ == "__main__":
    main()
