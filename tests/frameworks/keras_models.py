"""Whole models for test_keras.py, with random weights: Keras kin of well-known ones."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import applications, layers, ops
from keras.src.applications.convnext import ConvNeXt


@dataclass
class Model:
    build: Callable
    batches: tuple = (1, 3)
    rows: Callable | None = None


def residual(x, filters, stride):
    y = layers.Conv2D(filters, 3, stride, "same", use_bias=False)(x)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    y = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same")(y))
    if stride > 1 or x.shape[-1] != filters:
        x = layers.BatchNormalization()(layers.Conv2D(filters, 1, stride)(x))
    return layers.ReLU()(layers.Add()([x, y]))


def resnet18(side=64):
    i = keras.Input((side, side, 3))
    x = layers.ZeroPadding2D(3)(layers.Rescaling(1 / 255)(i))
    x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(64, 7, 2)(x)))
    x = layers.MaxPooling2D(3, 2, "same")(x)
    for filters, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        x = residual(residual(x, filters, stride), filters, 1)
    return keras.Model(i, layers.Dense(1000)(layers.GlobalAveragePooling2D()(x)))


def squeeze(x):
    y = layers.GlobalAveragePooling2D(keepdims=True)(x)
    y = layers.Conv2D(x.shape[-1] // 4, 1, activation="relu")(y)
    return x * layers.Conv2D(x.shape[-1], 1, activation="hard_sigmoid")(y)


def bottleneck(x, expand, filters, kernel, stride, se, act):
    y = layers.Conv2D(expand, 1, use_bias=False)(x)
    y = layers.Activation(act)(layers.BatchNormalization(epsilon=1e-3)(y))
    y = layers.DepthwiseConv2D(kernel, stride, "same", use_bias=False)(y)
    y = layers.Activation(act)(layers.BatchNormalization(epsilon=1e-3)(y))
    y = squeeze(y) if se else y
    y = layers.BatchNormalization()(layers.Conv2D(filters, 1, use_bias=False)(y))
    return x + y if stride == 1 and x.shape[-1] == filters else y


def mobilenet(side=64):
    i = keras.Input((side, side, 3))
    x = layers.Conv2D(16, 3, 2, "same", use_bias=False)(
        layers.Rescaling(1 / 127.5, -1)(i)
    )
    x = layers.Activation("hard_silu")(layers.BatchNormalization()(x))
    for row in (
        (16, 16, 3, 2, True, "relu"),
        (72, 24, 3, 2, False, "relu"),
        (88, 24, 3, 1, False, "relu"),
        (96, 40, 5, 2, True, "hard_silu"),
        (240, 40, 5, 1, True, "hard_silu"),
        (120, 48, 5, 1, True, "hard_silu"),
        (288, 96, 5, 2, True, "hard_silu"),
        (576, 96, 5, 1, True, "hard_silu"),
    ):
        x = bottleneck(x, *row)
    x = layers.Activation("hard_silu")(layers.Conv2D(576, 1)(x))
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Dropout(0.2)(layers.Conv2D(1024, 1, activation="hard_silu")(x))
    return keras.Model(
        i, layers.Flatten()(layers.Conv2D(100, 1, activation="softmax")(x))
    )


def block(x, heads, width, causal=False):
    y = layers.LayerNormalization(epsilon=1e-6)(x)
    y = layers.MultiHeadAttention(heads, width // heads, dropout=0.1)(
        y, y, use_causal_mask=causal
    )
    x = layers.Add()([x, layers.Dropout(0.1)(y)])
    y = layers.LayerNormalization(epsilon=1e-6)(x)
    y = layers.Dense(width)(layers.Dense(4 * width, "gelu")(y))
    return x + y


def vit(depth=4, width=96):
    i = keras.Input((32, 32, 3))
    x = layers.Conv2D(width, 4, 4)(i)
    x = layers.Reshape((64, width))(x)
    x = x + layers.Embedding(64, width)(ops.expand_dims(ops.arange(64), 0))
    for _ in range(depth):
        x = block(x, 4, width)
    x = layers.LayerNormalization()(x)
    return keras.Model(i, layers.Dense(10)(layers.GlobalAveragePooling1D()(x)))


def unet():
    i = keras.Input((32, 32, 1))
    x, kept = i, []
    for filters in (8, 16, 32):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.GroupNormalization(4)(layers.Conv2D(filters, 3, padding="same")(x))
        kept.append(x)
        x = layers.MaxPooling2D()(layers.LeakyReLU()(x))
    x = layers.Conv2D(64, 3, padding="same", activation="elu")(x)
    for filters in (32, 16, 8):
        up = layers.Conv2DTranspose(filters, 2, 2, "same")
        x = up(x) if filters > 8 else layers.UpSampling2D(interpolation="bilinear")(x)
        x = layers.Concatenate()([x, kept.pop()])
        x = layers.Conv2D(filters, 3, padding="same", activation="silu")(x)
    return keras.Model(i, layers.Conv2D(2, 1, activation="sigmoid")(x))


def tokens(limit):
    return lambda random, size: random.integers(0, limit, size)


def recurrent(kind):
    i = keras.Input((20,))
    x = layers.Embedding(50, 16, mask_zero=True)(i)
    x = layers.Bidirectional(kind(12, return_sequences=True))(
        layers.SpatialDropout1D(0.2)(x)
    )
    x = layers.Dense(8, "relu")(kind(10)(x))
    return keras.Model(i, layers.Dense(1, "sigmoid")(x))


def gpt(depth=2, width=64):
    i = keras.Input((24,), dtype="int32")
    x = layers.Embedding(80, width)(i)
    place = layers.Embedding(24, width)(ops.arange(24))
    x = layers.Dropout(0.1)(x + place)
    for _ in range(depth):
        x = block(x, 4, width, causal=True)
    return keras.Model(i, layers.Dense(80)(layers.LayerNormalization()(x)))


def tabular():
    i = keras.Input((7,))
    parts = [layers.Normalization()(i[:, :4])]
    for at, (size, width) in zip((4, 5, 6), ((12, 4), (5, 3), (30, 6)), strict=True):
        parts.append(layers.Flatten()(layers.Embedding(size, width)(i[:, at : at + 1])))
    x = layers.Concatenate()(parts)
    for width in (32, 16):
        x = layers.Dropout(0.3)(
            layers.BatchNormalization()(layers.Dense(width, "selu")(x))
        )
    return keras.Model(
        i, {"price": layers.Dense(1)(x), "kind": layers.Dense(3, "softmax")(x)}
    )


def tabular_rows(random, size):
    rows = random.normal(size=size).astype("float32")
    for at, limit in ((4, 12), (5, 5), (6, 30)):
        rows[:, at] = random.integers(0, limit, size[0])
    return rows


def application(make, side=32, **more):
    """One of Keras's own, for small images."""
    return lambda: make(weights=None, input_shape=(side, side, 3), classes=7, **more)


MODELS = {
    "resnet18": Model(resnet18),
    "mobilenet": Model(mobilenet),
    "vit": Model(vit, (1, 5)),
    "unet": Model(unet, (1, 3)),
    "lstm-classifier": Model(lambda: recurrent(layers.LSTM), (1, 40), tokens(50)),
    "gru-classifier": Model(lambda: recurrent(layers.GRU), (1, 40), tokens(50)),
    "gpt": Model(gpt, (1, 3), tokens(80)),
    "tabular": Model(tabular, (1, 33), tabular_rows),
    "MobileNetV2": Model(application(applications.MobileNetV2)),
    "MobileNetV3Small": Model(application(applications.MobileNetV3Small)),
    "EfficientNetB0": Model(application(applications.EfficientNetB0)),
    "ConvNeXt": Model(
        application(ConvNeXt, depths=[1] * 4, projection_dims=[8, 16, 24, 32])
    ),
}
