"""More cases of test_keras.py: layers that prepare inputs, adapted and given, and masks
through blocks of layers."""

import numpy as np
from keras import layers
from keras_layers import graph, ids, one
from keras_operations import CASES

__all__ = ["CASES"]  # with those of keras_operations


def adapted(layer, data):
    layer.adapt(np.array(data))
    return layer


def wide(random, size):
    """Integers of 1 to 19 digits."""
    return random.integers(-(2**62), 2**62, size) >> random.integers(0, 62, size)


WORDS = [4, 2, 7]
SEEN = [5, 3, 5, 8, 5, 3, -4]
for name, arguments in {
    "others": {"vocabulary": WORDS, "num_oov_indices": 3},
    "others-mask": {"vocabulary": WORDS, "num_oov_indices": 2, "mask_token": -2},
    "special": {"vocabulary": [0, -1, 4, 2], "mask_token": 0},
    "own": {"vocabulary": WORDS, "mask_token": 0, "oov_token": -5},
    "one": {"vocabulary": WORDS, "output_mode": "one_hot"},
    "multi": {"vocabulary": WORDS, "output_mode": "multi_hot"},
    "count": {"vocabulary": WORDS, "output_mode": "count", "num_oov_indices": 2},
    "padded": {
        "vocabulary": WORDS,
        "output_mode": "multi_hot",
        "max_tokens": 9,
        "pad_to_max_tokens": True,
    },
    "invert": {"vocabulary": WORDS, "invert": True},
    "invert-mask": {"vocabulary": WORDS, "invert": True, "mask_token": 3},
    "farm": {"vocabulary": WORDS, "num_oov_indices": 5, "oov_method": "farmhash"},
    "salt": {
        "vocabulary": WORDS,
        "num_oov_indices": 5,
        "oov_method": "farmhash",
        "salt": 7,
    },
}.items():
    one(
        f"IntegerLookup-{name}",
        lambda a=arguments: layers.IntegerLookup(**a),
        (4,),
        rows=ids(9, -9 if "num_oov_indices" in arguments else 0),
        dtype="int64",
    )
for name, arguments in {
    "plain": {},
    "mask": {"mask_token": 5},
    "others": {"num_oov_indices": 2, "mask_token": 0},
    "limited": {"max_tokens": 3},
    "count": {"output_mode": "count"},
}.items():
    one(
        f"IntegerLookup-adapted-{name}",
        lambda a=arguments: adapted(layers.IntegerLookup(**a), SEEN),
        (4,),
        rows=ids(9),
        dtype="int64",
    )
one(
    "Discretization-adapted",
    lambda: adapted(layers.Discretization(num_bins=4), np.linspace(-2, 2, 90)),
    (4,),
)
for name, arguments in {
    "plain": {"num_bins": 1000},
    "one": {"num_bins": 1},
    "mask": {"num_bins": 50, "mask_value": 3},
    "salt": {"num_bins": 1000, "salt": 133},
    "salts": {"num_bins": 1000, "salt": [2**52, 137], "mask_value": 0},
    "one_hot": {"num_bins": 7, "output_mode": "one_hot"},
    "multi_hot": {"num_bins": 7, "output_mode": "multi_hot"},
}.items():
    for label, rows in (("small", ids(9)), ("wide", wide)):
        one(
            f"Hashing-{name}-{label}",
            lambda a=arguments: layers.Hashing(**a),
            (4,),
            rows=rows,
            dtype="int64",
        )
one("Hashing-floats", lambda: layers.Hashing(100), (4,), rows=ids(10**6, -9))
for name, arguments in {
    "crop": {"crop_to_aspect_ratio": True},
    "pad": {"pad_to_aspect_ratio": True, "fill_value": 0.5},
}.items():
    for shape in ((9, 6, 2), (5, 11, 2), (6, 8, 2)):
        one(
            f"Resizing-{name}-{shape[0]}",
            lambda a=arguments: layers.Resizing(4, 7, **a),
            shape,
        )
one("RandomCrop", lambda: layers.RandomCrop(5, 6), (5, 6, 3))
for name in ("AugMix", "CutMix", "MixUp", "RandAugment"):
    if hasattr(layers, name):
        one(name, lambda n=name: getattr(layers, n)(), (6, 6, 3))
if hasattr(layers, "Pipeline"):
    one(
        "Pipeline",
        lambda: layers.Pipeline(
            [
                layers.Rescaling(0.5),
                layers.Dense(4, "tanh"),
                layers.RandomFlip(),
                layers.Dense(2),
            ]
        ),
        (6, 6, 3),
    )
    graph(
        "Pipeline-masked",
        (4, 3),
        lambda x: layers.LSTM(3)(
            layers.Pipeline([layers.Masking(), layers.Activation("tanh")])(x)
        ),
        rows=lambda random, size: random.integers(0, 2, size).astype("float32"),
    )


def blocks(attend, before):
    """Two blocks of a transformer over padded words, normalized before or after."""

    def make(x):
        x = layers.Embedding(9, 8, mask_zero=True)(x)
        for _ in range(2):
            y = layers.LayerNormalization()(x) if before else x
            x = layers.Add()([x, attend()(y, y)])
            x = x if before else layers.LayerNormalization()(x)
        return layers.LSTM(4)(x)

    return make


for name, attend in {
    "MultiHeadAttention": lambda: layers.MultiHeadAttention(2, 4),
    "GroupQueryAttention": lambda: layers.GroupQueryAttention(4, 2, 2),
}.items():
    for before in (False, True):
        graph(
            f"{name}-blocks-{'before' if before else 'after'}",
            (5,),
            blocks(attend, before),
            rows=ids(9),
            dtype="int32",
        )


def given_masks(first, second):
    """Attention with masks as arguments, of which there may be one."""

    def make(x):
        y = layers.Embedding(9, 4)(x)
        mask = [x > 2 if first else None, x > 4 if second else None]
        return layers.Attention()([y, layers.Dense(4)(y)], mask=mask)

    return make


for first, second in ((True, True), (False, True), (True, False)):
    graph(
        f"Attention-given-{first}-{second}",
        (6,),
        given_masks(first, second),
        rows=ids(9),
    )
for causal in (False, True):
    graph(
        f"Attention-heads-{causal}",
        (2, 5, 3),
        lambda x, c=causal: layers.Attention(use_scale=True)(
            [x, layers.Dense(3)(x)], use_causal_mask=c
        ),
    )
