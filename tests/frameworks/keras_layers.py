"""The cases of test_keras.py: a line a layer and configuration."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops


@dataclass
class Case:
    build: Callable
    rows: Callable | None = None


CASES = {}


def ids(limit, low=0):
    """Rows of integers."""
    return lambda random, size: random.integers(low, limit, size)


def positive(random, size):
    return np.abs(random.normal(size=size)).astype("float32") + 0.1


def steps(random, size):
    """Sequences whose later steps are zero: what Masking masks."""
    rows = random.normal(size=size).astype("float32")
    for row, length in zip(rows, random.integers(1, size[1] + 1, size[0]), strict=True):
        row[length:] = 0
    if size[0] > 1:
        rows[1, 0] = 0
    return rows


def sequential(*parts, shape, dtype="float32"):
    return keras.Sequential([keras.Input(shape, dtype=dtype), *parts])


def one(name, layer, *shapes, rows=None, dtype="float32"):
    """A layer on its own, for each input shape. `layer` makes it anew."""
    for i, shape in enumerate(shapes):
        CASES[f"{name}-{i}" if len(shapes) > 1 else name] = Case(
            lambda layer=layer, shape=shape: sequential(
                layer(), shape=shape, dtype=dtype
            ),
            rows,
        )


def graph(name, shape, make, rows=None, dtype="float32"):
    """A functional model: make(input) gives its outputs."""

    def build():
        x = keras.Input(shape, dtype=dtype)
        return keras.Model(x, make(x))

    CASES[name] = Case(build, rows)


ACTIVATIONS = [
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish",
    "hard_tanh leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid",
    "silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid sparsemax",
    "squareplus swish tanh tanh_shrink threshold",
]

for name in " ".join(ACTIVATIONS).split():
    if name == "threshold":
        continue
    one(f"activation-{name}", lambda name=name: layers.Activation(name), (6,), (3, 4))
one("dense", lambda: layers.Dense(7, "relu"), (5,), (3, 5), (None, 5))
one("dense-wide", lambda: layers.Dense(130, "tanh", use_bias=False), (70,))
one("dense-softmax", lambda: layers.Dense(3, "softmax"), (4,))
for equation, out, bias, shape in (
    ("ab,bc->ac", 5, "c", (4,)),
    ("abc,cd->abd", (None, 5), "d", (3, 4)),
    ("abc,cde->abde", (None, 5, 2), "de", (3, 4)),
    ("abcd,cde->abe", (None, 6), "e", (3, 4, 5)),
    ("...x,xy->...y", 5, "y", (3, 4)),
    ("abc,dc->abd", (None, 5), None, (3, 4)),
    ("abc,bde->acde", (None, 5, 2), None, (3, 4)),
):
    one(
        f"einsum-{equation}",
        lambda equation=equation, out=out, bias=bias: layers.EinsumDense(
            equation, output_shape=out, bias_axes=bias, activation="gelu"
        ),
        shape,
    )
one("relu-slope", lambda: layers.ReLU(2.0, 0.1, 0.5), (4, 3))
one("relu-threshold", lambda: layers.ReLU(threshold=2), (9,), rows=ids(5))
one("relu-6", lambda: layers.ReLU(6.0), (4,))
one("leaky-relu", lambda: layers.LeakyReLU(0.15), (4,))
one("elu", lambda: layers.ELU(0.7), (4,))
one("prelu", lambda: layers.PReLU(), (4,), (3, 4))
one("prelu-shared", lambda: layers.PReLU(shared_axes=[1, 2]), (4, 4, 3))
one("softmax-axis", lambda: layers.Softmax(axis=1), (4, 3))
one("softmax-axes", lambda: layers.Softmax(axis=[1, 3]), (4, 3, 2))
one("embedding", lambda: layers.Embedding(9, 4), (6,), (2, 3), rows=ids(9))
one("embedding-int", lambda: layers.Embedding(9, 4), (6,), rows=ids(9), dtype="int32")

for d, name in ((1, "Conv1D"), (2, "Conv2D"), (3, "Conv3D")):
    conv = getattr(layers, name)
    size = (9, 8, 7)[:d]
    one(f"{name}-valid", lambda c=conv: c(5, 3), (*size, 4))
    one(f"{name}-same", lambda c=conv: c(5, 3, padding="same"), (*size, 4))
    one(f"{name}-one", lambda c=conv: c(5, 1, activation="relu"), (*size, 4))
    one(f"{name}-one-strided", lambda c=conv: c(5, 1, strides=2), (*size, 4))
    one(f"{name}-even", lambda c=conv: c(5, 2, strides=2, padding="same"), (*size, 3))
    one(f"{name}-stride", lambda c=conv: c(4, 3, strides=2), (*size, 3))
    one(f"{name}-stride-same", lambda c=conv: c(4, 3, 2, padding="same"), (*size, 3))
    one(f"{name}-dilated", lambda c=conv: c(4, 2, dilation_rate=3), (*size, 3))
    one(
        f"{name}-dilated-same",
        lambda c=conv: c(4, 3, dilation_rate=2, padding="same", activation="gelu"),
        (*size, 3),
    )
    if d < 3:
        one(f"{name}-groups", lambda c=conv: c(6, 3, groups=3), (*size, 6))
    one(f"{name}-no-bias", lambda c=conv: c(6, 3, use_bias=False), (*size, 2))
    transposed = getattr(layers, f"{name}Transpose")
    for padding in ("valid", "same"):
        for stride in (1, 2, 3):
            one(
                f"{name}Transpose-{padding}-{stride}",
                lambda c=transposed, p=padding, s=stride: c(
                    3, 2 if s == 3 else 3, strides=s, padding=p, activation="tanh"
                ),
                (*size, 2),
            )
    one(
        f"{name}Transpose-extra",
        lambda c=transposed: c(3, 3, strides=2, output_padding=1, padding="same"),
        (*size, 2),
    )
one("Conv1D-causal", lambda: layers.Conv1D(4, 3, padding="causal"), (7, 2))
one("Conv1D-causal-2", lambda: layers.Conv1D(4, 3, 1, "causal", None, 2), (7, 2))
one("Conv1D-open", lambda: layers.Conv1D(4, 3, padding="same"), (None, 2))
one("Conv2D-open", lambda: layers.Conv2D(4, 3, activation="silu"), (None, None, 2))
one("Conv2D-uneven", lambda: layers.Conv2D(4, (1, 3), (2, 1), "same"), (7, 9, 3))
one("Conv2D-large", lambda: layers.Conv2D(40, 5, padding="same"), (12, 11, 33))
one("Conv1D-dilated-t", lambda: layers.Conv1DTranspose(3, 3, dilation_rate=2), (7, 2))
for name, size in (("1D", (9,)), ("2D", (9, 8))):
    for kind in ("DepthwiseConv", "SeparableConv"):
        cls = getattr(layers, kind + name)
        first = (3,) if kind == "DepthwiseConv" else (5, 3)
        for label, more in (
            ("valid", {}),
            ("same", {"padding": "same"}),
            ("stride", {"strides": 2, "padding": "same"}),
            ("dilated", {"dilation_rate": 2, "padding": "same"}),
            ("times", {"depth_multiplier": 2, "activation": "relu6"}),
            ("no-bias", {"use_bias": False}),
        ):
            one(
                f"{kind}{name}-{label}",
                lambda cls=cls, first=first, more=more: cls(*first, **more),
                (*size, 4),
            )
for d in (1, 2, 3):
    size = (9, 8, 7)[:d]
    for kind in ("Max", "Average"):
        pool = getattr(layers, f"{kind}Pooling{d}D")
        for label, more in (
            ("2", {"pool_size": 2}),
            ("3-2", {"pool_size": 3, "strides": 2}),
            ("3-2-same", {"pool_size": 3, "strides": 2, "padding": "same"}),
            ("2-same", {"pool_size": 2, "padding": "same"}),
        ):
            one(f"{kind}Pooling{d}D-{label}", lambda p=pool, m=more: p(**m), (*size, 3))
        whole = getattr(layers, f"Global{kind}Pooling{d}D")
        one(f"Global{kind}Pooling{d}D", lambda p=whole: p(), (*size, 3))
        one(f"Global{kind}Pooling{d}D-k", lambda p=whole: p(keepdims=True), (*size, 3))
        adaptive = getattr(layers, f"Adaptive{kind}Pooling{d}D", None)
        if adaptive:
            # Keras's own largest of a whole axis ends the process.
            for n in (2, 3, 5) if kind == "Max" else (1, 2, 3, 5):
                one(f"Adaptive{kind}{d}D-{n}", lambda p=adaptive, n=n: p(n), (*size, 3))
    one(f"ZeroPadding{d}D", getattr(layers, f"ZeroPadding{d}D"), (*size, 2))
    one(f"Cropping{d}D", getattr(layers, f"Cropping{d}D"), (*size, 2))
    one(f"UpSampling{d}D", getattr(layers, f"UpSampling{d}D"), (*size, 2))
one("ZeroPadding1D-2", lambda: layers.ZeroPadding1D((2, 3)), (4, 2))
one("ZeroPadding2D-2", lambda: layers.ZeroPadding2D(((1, 2), (3, 0))), (4, 5, 2))
one("ZeroPadding2D-3", lambda: layers.ZeroPadding2D((2, 1)), (4, 5, 2))
one("Cropping2D-2", lambda: layers.Cropping2D(((1, 0), (0, 2))), (4, 5, 2))
one("UpSampling2D-3", lambda: layers.UpSampling2D((3, 2)), (4, 5, 2))
one(
    "UpSampling2D-bilinear",
    lambda: layers.UpSampling2D((3, 2), interpolation="bilinear"),
    (4, 5, 2),
)
one(
    "UpSampling2D-bicubic",
    lambda: layers.UpSampling2D(2, interpolation="bicubic"),
    (6, 7, 2),
)
one("BatchNormalization", lambda: layers.BatchNormalization(), (4,), (3, 4), (3, 5, 4))
one("BatchNormalization-1", lambda: layers.BatchNormalization(axis=1), (3, 5, 4))
one(
    "BatchNormalization-plain",
    lambda: layers.BatchNormalization(center=False, scale=False, epsilon=0.1),
    (3, 4),
)
one("LayerNormalization", lambda: layers.LayerNormalization(), (9,), (3, 4), (None, 4))
one("LayerNormalization-1", lambda: layers.LayerNormalization(axis=1), (3, 5, 4))
one("LayerNormalization-2", lambda: layers.LayerNormalization(axis=[1, 3]), (3, 5, 4))
one("LayerNormalization-3", lambda: layers.LayerNormalization(axis=[1, 2]), (3, 5))
one("LayerNormalization-c", lambda: layers.LayerNormalization(center=False), (5,))
one("LayerNormalization-s", lambda: layers.LayerNormalization(scale=False), (5,))
one("GroupNormalization", lambda: layers.GroupNormalization(2), (6,), (5, 6), (3, 4, 6))
one("GroupNormalization-1", lambda: layers.GroupNormalization(3, axis=1), (6, 4))
one("GroupNormalization-all", lambda: layers.GroupNormalization(-1), (4, 6))
one("UnitNormalization", lambda: layers.UnitNormalization(), (6,), (3, 6))
one("UnitNormalization-1", lambda: layers.UnitNormalization(axis=[1, 2]), (3, 6))
if hasattr(layers, "RMSNormalization"):
    one("RMSNormalization", lambda: layers.RMSNormalization(), (6,), (3, 6))
one(
    "SpectralNormalization", lambda: layers.SpectralNormalization(layers.Dense(3)), (4,)
)
one("Normalization", lambda: layers.Normalization(), (4,), (3, 4))
one("Normalization-axes", lambda: layers.Normalization(axis=(1, 2)), (3, 4))
one("Normalization-none", lambda: layers.Normalization(axis=None), (3, 4))
one(
    "Normalization-given",
    lambda: layers.Normalization(mean=[1.0, 2.0], variance=[3.0, 4.0]),
    (2,),
)
one(
    "Normalization-invert",
    lambda: layers.Normalization(mean=1.5, variance=2.0, invert=True),
    (3,),
)
one("Rescaling", lambda: layers.Rescaling(1 / 255, offset=-0.5), (4, 3))
one(
    "Rescaling-channels", lambda: layers.Rescaling([0.5, 2.0], offset=[1.0, -1.0]), (2,)
)
for mode in ("one_hot", "multi_hot", "count"):
    for size in (1, 4):
        if mode == "one_hot" or size > 1:
            one(
                f"CategoryEncoding-{mode}-{size}",
                lambda m=mode: layers.CategoryEncoding(6, output_mode=m),
                (size,),
                rows=ids(6),
            )
BINS = [-1.0, 0.0, 0.5, 2.0]
one("Discretization", lambda: layers.Discretization(BINS), (4,))
one(
    "Discretization-hot",
    lambda: layers.Discretization(BINS, output_mode="one_hot"),
    (1,),
)
one(
    "IntegerLookup",
    lambda: layers.IntegerLookup(vocabulary=[4, 2, 7]),
    (4,),
    rows=ids(9),
)
one(
    "IntegerLookup-mask",
    lambda: layers.IntegerLookup(vocabulary=[4, 2, 7], mask_token=0),
    (4,),
    rows=ids(9),
    dtype="int64",
)
one("CenterCrop", lambda: layers.CenterCrop(4, 5), (7, 8, 2))
for kind in ("nearest", "bilinear"):
    one(
        f"Resizing-{kind}",
        lambda k=kind: layers.Resizing(5, 11, interpolation=k),
        (7, 8, 2),
    )
for name, arguments in (
    ("RandomBrightness", (0.2,)),
    ("RandomColorDegeneration", (0.5,)),
    ("RandomColorJitter", ()),
    ("RandomContrast", (0.2,)),
    ("RandomElasticTransform", ()),
    ("RandomErasing", ()),
    ("RandomFlip", ()),
    ("RandomGaussianBlur", ()),
    ("RandomGrayscale", ()),
    ("RandomHue", (0.3,)),
    ("RandomInvert", ()),
    ("RandomPerspective", ()),
    ("RandomPosterization", (3,)),
    ("RandomRotation", (0.2,)),
    ("RandomSaturation", (0.3,)),
    ("RandomSharpness", (0.3,)),
    ("RandomShear", ()),
    ("RandomTranslation", (0.2, 0.2)),
    ("RandomZoom", (0.2,)),
):
    if hasattr(layers, name):
        one(name, lambda n=name, a=arguments: getattr(layers, n)(*a), (6, 6, 3))
for name, layer in (
    ("Dropout", lambda: layers.Dropout(0.5)),
    ("AlphaDropout", lambda: layers.AlphaDropout(0.5)),
    ("GaussianDropout", lambda: layers.GaussianDropout(0.5)),
    ("GaussianNoise", lambda: layers.GaussianNoise(0.5)),
    ("ActivityRegularization", lambda: layers.ActivityRegularization(0.5)),
    ("Identity", lambda: layers.Identity()),
):
    one(name, layer, (4, 3))
one("SpatialDropout1D", lambda: layers.SpatialDropout1D(0.5), (4, 3))
one("Flatten", lambda: layers.Flatten(), (4,), (4, 3), (None, 3))
one("Reshape", lambda: layers.Reshape((2, -1)), (4, 3))
one("Reshape-open", lambda: layers.Reshape((-1, 2)), (None, 4))
one("Permute", lambda: layers.Permute((3, 1, 2)), (4, 3, 2))
one("RepeatVector", lambda: layers.RepeatVector(3), (4,))

for name in ("LSTM", "GRU", "SimpleRNN"):
    rnn = getattr(layers, name)
    for label, more in (
        ("plain", {}),
        ("all", {"return_sequences": True}),
        ("back", {"go_backwards": True, "return_sequences": True}),
        ("no-bias", {"use_bias": False}),
        ("relu", {"activation": "relu"}),
        ("unrolled", {"unroll": True}),
    ):
        one(f"{name}-{label}", lambda r=rnn, m=more: r(6, **m), (5, 4))
    one(f"{name}-open", lambda r=rnn: r(6), (None, 4))
    one(f"{name}-wide", lambda r=rnn: r(33), (12, 17))
    graph(f"{name}-states", (5, 4), lambda x, r=rnn: r(6, return_state=True)(x))
    for label, more in (
        ("plain", {}),
        ("all", {"return_sequences": True}),
        ("zero", {"return_sequences": True, "zero_output_for_mask": True}),
        ("back", {"return_sequences": True, "go_backwards": True}),
    ):
        graph(
            f"{name}-masked-{label}",
            (5, 4),
            lambda x, r=rnn, m=more: r(6, **m)(layers.Masking()(x)),
            rows=steps,
        )
    for mode in ("concat", "sum", "mul", "ave", None):
        graph(
            f"Bidirectional-{name}-{mode}",
            (5, 4),
            lambda x, r=rnn, m=mode: layers.Bidirectional(
                r(3, return_sequences=True), merge_mode=m
            )(x),
        )
    graph(
        f"Bidirectional-{name}-last",
        (5, 4),
        lambda x, r=rnn: layers.Bidirectional(r(3))(x),
    )
    graph(
        f"Bidirectional-{name}-masked",
        (5, 4),
        lambda x, r=rnn: layers.Bidirectional(r(3, return_sequences=True))(
            layers.Masking()(x)
        ),
        rows=steps,
    )
    graph(
        f"{name}-stacked",
        (5, 4),
        lambda x, r=rnn: r(3)(r(6, return_sequences=True)(layers.Masking()(x))),
        rows=steps,
    )
one("LSTM-sigmoid", lambda: layers.LSTM(4, recurrent_activation="hard_sigmoid"), (5, 3))
one("GRU-before", lambda: layers.GRU(4, reset_after=False), (5, 3))
one(
    "GRU-before-no-bias",
    lambda: layers.GRU(4, reset_after=False, use_bias=False, return_sequences=True),
    (5, 3),
)
one("RNN-cell", lambda: layers.RNN(layers.GRUCell(4), return_sequences=True), (5, 3))
CELLS = (layers.LSTMCell, layers.GRUCell, layers.SimpleRNNCell, layers.LSTMCell)


def stacked(**more):
    return layers.RNN(
        layers.StackedRNNCells([c(3 + i) for i, c in enumerate(CELLS)]), **more
    )


one("RNN-stack", lambda: stacked(), (5, 3))
one("RNN-stack-all", lambda: stacked(return_sequences=True), (5, 3))
one("RNN-stack-back", lambda: stacked(go_backwards=True), (5, 3))
graph("RNN-stack-masked", (5, 3), lambda x: stacked()(layers.Masking()(x)), rows=steps)
graph(
    "RNN-stack-masked-back",
    (5, 3),
    lambda x: stacked(go_backwards=True, return_sequences=True)(layers.Masking()(x)),
    rows=steps,
)


def encoder(x):
    _, h, c = layers.LSTM(6, return_state=True)(x)
    return layers.LSTM(6, return_sequences=True)(x, initial_state=[h, c])


graph("LSTM-initial", (5, 4), encoder)
one("TimeDistributed", lambda: layers.TimeDistributed(layers.Dense(3)), (5, 4))
one(
    "TimeDistributed-conv",
    lambda: layers.TimeDistributed(layers.Conv2D(3, 3)),
    (4, 6, 5, 2),
)
one("TimeDistributed-open", lambda: layers.TimeDistributed(layers.Dense(3)), (None, 4))

for label, more in (
    ("plain", {}),
    ("values", {"value_dim": 5}),
    ("no-bias", {"use_bias": False}),
    ("shape", {"output_shape": 7}),
    ("dropout", {"dropout": 0.3}),
):
    graph(
        f"MultiHeadAttention-{label}",
        (6, 8),
        lambda x, m=more: layers.MultiHeadAttention(2, 4, **m)(x, x),
    )
    if label != "values" and label != "shape":
        graph(
            f"GroupQueryAttention-{label}",
            (6, 8),
            lambda x, m=more: layers.GroupQueryAttention(4, 6, 2, **m)(x, x),
        )
for label, more in (
    ("causal", {"use_causal_mask": True}),
    ("scores", {"return_attention_scores": True}),
):
    graph(
        f"MultiHeadAttention-{label}",
        (6, 8),
        lambda x, m=more: layers.MultiHeadAttention(2, 4)(x, x, **m),
    )
    graph(
        f"Attention-{label}",
        (6, 8),
        lambda x, m=more: layers.Attention()([x, x], **m),
    )
graph(
    "MultiHeadAttention-cross",
    (6, 8),
    lambda x: layers.MultiHeadAttention(2, 4)(
        x[:, :2], layers.Dense(5)(x), layers.Dense(3)(x)
    ),
)


def masked_attention(x):
    y = layers.Embedding(9, 8, mask_zero=True)(x)
    return layers.MultiHeadAttention(2, 4)(y, y, use_causal_mask=True)


graph("MultiHeadAttention-masked", (6,), masked_attention, rows=ids(3))
for label, more in (
    ("dot", {}),
    ("scale", {"use_scale": True}),
    ("concat", {"score_mode": "concat"}),
    ("concat-scale", {"score_mode": "concat", "use_scale": True}),
):
    graph(
        f"Attention-{label}",
        (6, 8),
        lambda x, m=more: layers.Attention(**m)([x, layers.Dense(8)(x)]),
    )
for label, use in (("scale", True), ("plain", False)):
    graph(
        f"AdditiveAttention-{label}",
        (6, 8),
        lambda x, use=use: layers.AdditiveAttention(use_scale=use)(
            [x, layers.Dense(8)(x), layers.Dense(8)(x)]
        ),
    )


def masked_dot(x):
    y = layers.Embedding(9, 8, mask_zero=True)(x)
    return layers.Attention()([y, y])


graph("Attention-masked", (6,), masked_dot, rows=ids(3))

for name in ("Add", "Multiply", "Average", "Maximum", "Minimum"):
    merge = getattr(layers, name)
    graph(
        name,
        (3, 4),
        lambda x, m=merge: m()([x, layers.Dense(4)(x), layers.Dense(4, "relu")(x)]),
    )
    graph(
        f"{name}-broadcast",
        (3, 4),
        lambda x, m=merge: m()([x, layers.Dense(1)(x)]),
    )
graph("Subtract", (3, 4), lambda x: layers.Subtract()([x, layers.Dense(4)(x)]))
graph("Concatenate", (3, 4), lambda x: layers.Concatenate()([x, layers.Dense(2)(x)]))
graph("Concatenate-1", (3, 4), lambda x: layers.Concatenate(axis=1)([x, x, x]))
graph("Dot", (5,), lambda x: layers.Dot(1)([x, layers.Dense(5)(x)]))
graph("Dot-cosine", (5,), lambda x: layers.Dot(1, normalize=True)([x, -x + 1.0]))
graph("Dot-2", (3, 5), lambda x: layers.Dot((1, 2))([x, layers.Reshape((5, 3))(x)]))
graph("Dot-3", (3, 5), lambda x: layers.Dot((2, 1))([x, layers.Flatten()(x[:, :1])]))
graph("Dot-4", (3, 5, 2), lambda x: layers.Dot((2, 2))([x, x]))


def masked_mean(x):
    y = layers.Embedding(9, 8, mask_zero=True)(x)
    return layers.GlobalAveragePooling1D()(layers.Dropout(0.5)(y))


def no_zero_rows(random, size):
    rows = random.integers(0, 3, size)
    rows[:, 0] = 1
    return rows


graph("GlobalAveragePooling1D-masked", (6,), masked_mean, rows=no_zero_rows)


def shared(x):
    dense = layers.Dense(4, "tanh")
    return dense(dense(x)) + dense(x)


def nested(x):
    inner = keras.Sequential(
        [keras.Input((4,)), layers.Dense(4, "relu"), layers.Dense(4)]
    )
    a = keras.Input((4,))
    outer = keras.Model(a, [inner(a), layers.Dense(3)(inner(a))])
    first, second = outer(x)
    return layers.Concatenate()([first, second])


def joined(make):
    """A product with what may be computed at its end."""
    norm = layers.BatchNormalization
    return lambda x: layers.ReLU()(norm()(make()(x)))


def read_twice(x):
    """What a normalization reads is read by others, too."""
    y = layers.Conv2D(4, 3)(x)
    z = layers.BatchNormalization()(y)
    return [layers.ReLU()(z) + y, layers.ReLU(6.0)(z), layers.ReLU(6.0)(y)]


def shared_products(x):
    """One kernel, of two convolutions that end in different ways."""
    conv = layers.Conv2D(3, 3, padding="same")
    y = layers.ReLU()(layers.BatchNormalization()(conv(x)))
    return layers.BatchNormalization()(conv(y))


for label, shape, make in (
    ("conv", (6, 7, 3), lambda: layers.Conv2D(5, 3, use_bias=False)),
    ("strided", (9, 9, 3), lambda: layers.Conv2D(40, 3, 2, "same")),
    ("clamped", (6, 7, 3), lambda: layers.Conv2D(5, 3, activation="relu6")),
    ("depthwise", (6, 7, 18), lambda: layers.DepthwiseConv2D(3, padding="same")),
    ("separable", (6, 7, 4), lambda: layers.SeparableConv2D(5, 3)),
    ("transposed", (4, 5, 3), lambda: layers.Conv2DTranspose(5, 3, 2)),
    ("dense", (6,), lambda: layers.Dense(9)),
    ("dense-rows", (4, 6), lambda: layers.Dense(33)),
):
    graph(f"joined-{label}", shape, joined(make))
graph("joined-twice", (6,), lambda x: joined(layers.BatchNormalization)(x))
graph("joined-read-twice", (6, 7, 3), read_twice)
graph("joined-shared", (6, 7, 3), shared_products)
graph(
    "joined-axis",
    (3, 4),
    lambda x: layers.BatchNormalization(axis=1)(layers.Dense(4)(x)),
)
graph("shared", (4,), shared)
graph("nested", (4,), nested)
graph("outputs-list", (4,), lambda x: [layers.Dense(2)(x), layers.Dense(3)(x)])
graph(
    "outputs-dict",
    (4,),
    lambda x: {"b": layers.Dense(2)(x), "a": layers.Dense(3)(x)},
)
graph("int-output", (4,), lambda x: ops.argmax(layers.Dense(3)(x), axis=-1))


BINARIES = """add subtract multiply divide true_divide maximum minimum arctan2 equal
not_equal less less_equal greater greater_equal floor_divide mod"""
UNARIES = """abs arcsinh arctan ceil cos cosh erf exp exp2 expm1 floor negative
reciprocal relu relu6 sigmoid silu sin sinh softplus softsign square
tan tanh trunc hard_sigmoid hard_silu hard_tanh log_sigmoid
tanh_shrink selu elu gelu leaky_relu soft_shrink hard_shrink"""
REDUCTIONS = "sum mean max min prod all any var std argmax argmin logsumexp"
for name in BINARIES.split():
    graph(f"ops-{name}", (3, 4), lambda x, n=name: getattr(ops, n)(x, x[:, :1] + 0.25))
for name in UNARIES.split():
    if hasattr(ops, name):
        graph(f"ops-{name}", (3, 4), lambda x, n=name: getattr(ops, n)(x))
for name in ("sqrt", "log", "log1p", "log2", "log10", "rsqrt"):
    graph(f"ops-{name}", (3, 4), lambda x, n=name: getattr(ops, n)(x), rows=positive)
for name in REDUCTIONS.split():
    call = getattr(ops, name)
    graph(f"ops-{name}", (3, 4), lambda x, c=call: c(x, axis=1))
    graph(f"ops-{name}-keep", (3, 4), lambda x, c=call: c(x, axis=-1, keepdims=True))
for name, make in {
    "clip": lambda x: ops.clip(x, -0.5, 0.5),
    "where": lambda x: ops.where(x > 0, x, x * 2.0),
    "logical": lambda x: ops.logical_and(x > 0, ops.logical_not(x > 1)),
    "softmax": lambda x: ops.softmax(x, axis=1),
    "log_softmax": lambda x: ops.log_softmax(x),
    "normalize": lambda x: ops.normalize(x, axis=-1),
    "matmul": lambda x: ops.matmul(x, ops.transpose(x, (0, 2, 1))),
    "cast": lambda x: ops.cast(x * 3, "int32") + 1,
    "one_hot": lambda x: ops.one_hot(ops.argmax(x, axis=-1), 4),
    "reshape": lambda x: ops.reshape(x, (-1, 2, 6)),
    "transpose": lambda x: ops.transpose(x, (0, 2, 1)),
    "moveaxis": lambda x: ops.moveaxis(x, 1, 2),
    "swapaxes": lambda x: ops.swapaxes(x, -1, -2),
    "expand_dims": lambda x: ops.expand_dims(x, 1),
    "squeeze": lambda x: ops.squeeze(ops.expand_dims(x, 2), 2),
    "concatenate": lambda x: ops.concatenate([x, x * 2.0], axis=-1),
    "stack": lambda x: ops.stack([x, x + 1.0], axis=2),
    "split": lambda x: ops.split(x, 2, axis=-1),
    "split-at": lambda x: ops.split(x, [1, 3], axis=-1),
    "flip": lambda x: ops.flip(x, axis=1),
    "roll": lambda x: ops.roll(x, 1, axis=2),
    "take": lambda x: ops.take(x, [2, 0], axis=1),
    "pad": lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 1))),
    "pad-reflect": lambda x: ops.pad(x, ((0, 0), (1, 2), (0, 1)), mode="reflect"),
    "repeat": lambda x: ops.repeat(x, 2, axis=1),
    "tile": lambda x: ops.tile(x, (1, 2, 1)),
    "zeros_like": lambda x: x + ops.ones_like(x) + ops.zeros_like(x),
    "get_item": lambda x: x[:, -1],
    "get_item-step": lambda x: x[:, ::-1, 1:3],
    "get_item-dots": lambda x: x[..., 0],
    "get_item-new": lambda x: x[:, None, 1],
    "power": lambda x: (x * x) ** 1.5,
    "batch": lambda x: x - ops.mean(x, axis=0, keepdims=True),
}.items():
    graph(f"ops-{name}", (3, 4), make)


class Custom(layers.Layer):
    def call(self, x):
        return x + 1


def called(name):
    """A class of the user's own with the name of one of Keras."""
    return type(name, (layers.Layer,), {"call": lambda self, x: x * 2})


def quantized(layer, shape):
    model = sequential(layer, shape=shape)
    model.quantize("int8")
    return model


def quantized_attention():
    x = keras.Input((4, 8))
    model = keras.Model(x, layers.MultiHeadAttention(2, 4)(x, x))
    model.quantize("int8")
    return model


REFUSED = {
    "custom-softmax": lambda: (sequential(called("Softmax")(), shape=(3,)), "Softmax"),
    "custom-cell": lambda: (
        sequential(
            layers.RNN(type("LSTMCell", (layers.LSTMCell,), {})(2)), shape=(3, 2)
        ),
        "custom class",
    ),
    "lambda": lambda: (sequential(layers.Lambda(lambda x: x), shape=(1,)), "Lambda"),
    "custom": lambda: (sequential(Custom(), shape=(1,)), "Custom"),
    "stateful": lambda: (
        keras.Sequential(
            [keras.Input(batch_shape=(2, 3, 1)), layers.LSTM(2, stateful=True)]
        ),
        "stateful",
    ),
    "double": lambda: (
        sequential(layers.Dense(2, dtype="float64"), shape=(1,)),
        "float64",
    ),
    "policy-map": lambda: (
        sequential(
            layers.Dense(2, dtype=keras.dtype_policies.DTypePolicyMap()), shape=(1,)
        ),
        "DTypePolicyMap",
    ),
    "quantized": lambda: (quantized(layers.Dense(2), (64,)), "quantized to int8"),
    "quantized-inside": lambda: (
        quantized(layers.TimeDistributed(layers.Dense(2)), (3, 64)),
        "int",
    ),
    "quantized-attention": lambda: (quantized_attention(), "holds integers"),
}
