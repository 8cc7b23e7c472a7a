"""More cases of test_keras.py: operations of keras.ops, and layers for which inputs of
other ranks or from Keras's own applications are needed."""

import numpy as np
from keras import layers, ops
from keras.src.applications.convnext import LayerScale, StochasticDepth
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer
from keras_layers import CASES, graph, ids, positive

__all__ = ["CASES"]  # with those of keras_layers


def weights(*shape):
    """Numbers of the file, which a model's operation takes."""
    return np.random.default_rng(5).normal(size=shape).astype("float32")


for name, make in {
    "celu": lambda x: ops.celu(x, 0.7),
    "glu": lambda x: ops.glu(x),
    "glu-axis": lambda x: ops.glu(ops.concatenate([x, x], 1), axis=1),
    "sparse_plus": ops.sparse_plus,
    "sparse_sigmoid": ops.sparse_sigmoid,
    "sparsemax": ops.sparsemax,
    "squareplus": lambda x: ops.squareplus(x, 3),
    "threshold": lambda x: ops.threshold(x, 0.2, -1.0),
    "erfc": ops.erfc,
    "sign": ops.sign,
    "round": lambda x: ops.round(x * 3),
    "deg2rad": ops.deg2rad,
    "logaddexp": lambda x: ops.logaddexp(x, x[:, :1] * 2),
    "isnan": lambda x: ops.isnan(ops.log(x)),
    "isinf": lambda x: ops.isinf(1.0 / ops.relu(x)),
    "isfinite": lambda x: ops.isfinite(1.0 / ops.relu(x)),
    "saturate_cast": lambda x: ops.saturate_cast(x * 3, "int32"),
    "sort": ops.sort,
    "sort-1": lambda x: ops.sort(x, axis=1),
    "sort-int": lambda x: ops.sort(ops.cast(x * 3, "int32")),
    "argsort": ops.argsort,
    "argsort-ties": lambda x: ops.argsort(ops.round(x)),
    "top_k": lambda x: ops.top_k(x, 3),
    "top_k-ties": lambda x: ops.top_k(ops.round(x), 2),
    "cumsum": lambda x: ops.cumsum(x, axis=1),
    "cumsum-int": lambda x: ops.cumsum(ops.cast(x * 3, "int32"), axis=-1),
    "cumprod": lambda x: ops.cumprod(x, axis=2),
    "diff": ops.diff,
    "diff-2": lambda x: ops.diff(x, n=2, axis=1),
    "count_nonzero": lambda x: ops.count_nonzero(ops.relu(x), axis=1),
    "average": lambda x: ops.average(x, axis=1),
    "average-weights": lambda x: ops.average(x, axis=2, weights=np.arange(4.0) + 1),
    "norm": lambda x: ops.norm(x, axis=-1),
    "norm-1": lambda x: ops.norm(x, ord=1, axis=1, keepdims=True),
    "norm-inf": lambda x: ops.norm(x, ord=np.inf, axis=2),
    "norm-fro": lambda x: ops.norm(x, ord="fro", axis=(1, 2)),
    "nan_to_num": lambda x: ops.nan_to_num(ops.log(x)),
    "nan_to_num-given": lambda x: ops.nan_to_num(
        ops.concatenate([ops.log(x), 1.0 / ops.relu(x)]), nan=3.0, posinf=7.0
    ),
    "divide_no_nan": lambda x: ops.divide_no_nan(x, ops.relu(x[:, ::-1])),
    "hypot": lambda x: ops.hypot(x, x[:, :1]) if hasattr(ops, "hypot") else x,
    "ptp": lambda x: ops.ptp(x, axis=1) if hasattr(ops, "ptp") else x,
    "moments": lambda x: ops.moments(x, axes=[1]),
    "layer_norm": lambda x: ops.layer_normalization(x),
    "layer_norm-scaled": lambda x: ops.layer_normalization(
        x, np.arange(4.0, dtype="float32"), np.ones(4, "float32"), epsilon=0.1
    ),
    "rms_norm": lambda x: ops.rms_normalization(x, np.arange(4.0, dtype="float32")),
    "take_along_axis": lambda x: ops.take_along_axis(x, ops.argsort(x, 1), axis=1),
    "unstack": lambda x: ops.unstack(x, axis=1),
    "hstack": lambda x: ops.hstack([x, x * 2.0]),
    "ravel": lambda x: ops.ravel(x),
    "tril": ops.tril,
    "triu": lambda x: ops.triu(x, k=1),
    "matmul-vector": lambda x: ops.matmul(x, np.arange(4.0, dtype="float32")),
    "dot": lambda x: ops.dot(x, np.ones((4, 2), "float32")),
    "tensordot": lambda x: ops.tensordot(x, np.ones((4, 2, 3), "float32"), axes=1),
    "tensordot-axes": lambda x: ops.tensordot(
        x, np.arange(24.0, dtype="float32").reshape(2, 4, 3), axes=[[1, 2], [2, 1]]
    ),
}.items():
    graph(f"ops-{name}", (3, 4), make)
for equation, second in (
    ("bij,bkj->bik", lambda x: x * 2.0),
    ("bij,bkj->bki", lambda x: layers.Dense(4)(x)),
    ("bij,bij->bi", lambda x: x + 1.0),
    ("bij,bik->bjk", lambda x: layers.Dense(5)(x)),
    ("bij,bk->bijk", lambda x: x[:, 0, :2]),
    ("bij,jk->bik", lambda _: np.arange(8.0, dtype="float32").reshape(4, 2)),
    ("bij,kl->bil", lambda x: np.arange(8.0, dtype="float32").reshape(4, 2)),
    ("...j,jk->...k", lambda _: np.ones((4, 3), "float32")),
):
    graph(
        f"ops-einsum-{equation}",
        (3, 4),
        lambda x, e=equation, s=second: ops.einsum(e, x, s(x)),
    )
graph("ops-einsum-turned", (3, 4), lambda x: ops.einsum("bij->bji", x))
graph("ops-einsum-summed", (3, 4), lambda x: ops.einsum("bij->bj", x))
graph(
    "ops-einsum-heads",
    (6, 2, 4),
    lambda x: ops.einsum("aecd,abcd->acbe", x, x * 0.5),
)
graph(
    "ops-attention",
    (5, 2, 4),
    lambda x: ops.dot_product_attention(x, x + 1.0, x * 2.0, is_causal=True),
)
graph("ops-multi_hot", (3,), lambda x: ops.multi_hot(ops.cast(x, "int32"), 5), ids(5))
graph("ops-sqrt-positive", (3,), ops.sqrt, positive)
for name, make in {
    "max_pool": lambda x: ops.max_pool(x, 2),
    "average_pool": lambda x: ops.average_pool(x, 3, strides=2, padding="same"),
    "extract_patches": lambda x: ops.image.extract_patches(x, (2, 3)),
    "extract_patches-same": lambda x: ops.image.extract_patches(
        x, 3, strides=2, padding="same"
    ),
    "resize": lambda x: ops.image.resize(x, (5, 9)),
    "resize-nearest": lambda x: ops.image.resize(x, (5, 9), interpolation="nearest"),
    "grayscale": ops.image.rgb_to_grayscale,
    "conv": lambda x: ops.conv(
        x, np.arange(54.0, dtype="float32").reshape(3, 3, 3, 2) / 50, 2, "same"
    ),
}.items():
    graph(f"ops-{name}", (7, 8, 3), make)

graph(
    "ops-depthwise_conv",
    (7, 8, 3),
    lambda x: ops.depthwise_conv(x, np.ones((3, 3, 3, 2), "float32"), padding="same"),
)
graph(
    "ops-separable_conv",
    (7, 8, 3),
    lambda x: ops.separable_conv(
        x, weights(3, 2, 3, 2), weights(1, 1, 6, 4), 1, "same"
    ),
)
for name in ("depth_to_space", "space_to_depth"):
    if hasattr(ops, name):
        graph(
            f"ops-{name}",
            (4, 6, 12),
            lambda x, n=name: getattr(ops, n)(x, 2),
        )
for equation in ("bij,bjk,bkl->bil", "bij,bkj,bkl->bl", "bij,bik,bil->bjkl"):
    graph(
        f"ops-einsum-{equation}",
        (3, 3),
        lambda x, e=equation: ops.einsum(e, x, x * 0.5, x + 1.0),
    )
graph(
    "ops-einsum-four",
    (3, 3),
    lambda x: ops.einsum("bij,bjk,bkl,bl->bi", x, x, x, x[:, 0]),
)
graph("ops-infinity", (3, 4), lambda x: ops.exp(ops.where(x > 0, x, -np.inf)))

graph("LayerScale", (3, 4), lambda x: LayerScale(0.5, 4)(StochasticDepth(0.2)(x)))
graph("LayerScale-joined", (3,), lambda x: LayerScale(0.5, 4)(layers.Dense(4)(x)))
graph("CustomScaleLayer", (3,), lambda x: CustomScaleLayer(0.3)([x, x * x]))


def tied(**more):
    def make(x):
        table = layers.ReversibleEmbedding(9, 4, **more)
        return table(layers.Dense(4)(table(x)), reverse=True)

    return make


graph("ReversibleEmbedding", (3,), tied(), ids(9))
graph("ReversibleEmbedding-own", (3,), tied(tie_weights=False), ids(9))
graph("ReversibleEmbedding-cap", (3,), tied(logit_soft_cap=2.0), ids(9))

for label, shape, more in (
    ("axes", (3, 4, 6), {}),
    ("axes-first", (3, 4, 6), {"attention_axes": (1,)}),
    ("axes-second", (3, 4, 6), {"attention_axes": (2,)}),
    ("axes-both", (2, 3, 4, 6), {"attention_axes": (1, 3)}),
    ("gate", (5, 6), {"use_gate": True}),
    ("window", (9, 6), {"sliding_window": 3}),
    ("values", (5, 6), {"value_dim": 3, "output_shape": 7}),
):
    graph(
        f"MultiHeadAttention-{label}",
        shape,
        lambda x, m=more: layers.MultiHeadAttention(2, 4, **m)(x, x),
    )
graph(
    "GroupQueryAttention-gate",
    (7, 6),
    lambda x: layers.GroupQueryAttention(4, 4, 2, use_gate=True, sliding_window=4)(
        x, x
    ),
)

for name, shape in (
    ("ConvLSTM1D", (3, 6, 2)),
    ("ConvLSTM2D", (3, 6, 5, 2)),
    ("ConvLSTM3D", (2, 3, 4, 5, 2)),
):
    layer = getattr(layers, name)
    for label, more in (
        ("plain", {}),
        ("sequences", {"return_sequences": True, "padding": "same", "strides": 2}),
        ("backwards", {"go_backwards": True, "use_bias": False, "activation": "relu"}),
        ("state", {"return_state": True, "recurrent_activation": "hard_sigmoid"}),
    ):
        graph(f"{name}-{label}", shape, lambda x, c=layer, m=more: c(3, 2, **m)(x))
graph(
    "ConvLSTM2D-dilated",
    (3, 9, 8, 2),
    lambda x: layers.ConvLSTM2D(4, 3, dilation_rate=2, return_sequences=True)(x),
)

for mode in ("log", "magnitude", "psd", "real", "imag", "angle", "stft"):
    graph(
        f"STFTSpectrogram-{mode}",
        (40, 2),
        lambda x, m=mode: layers.STFTSpectrogram(m, frame_length=8, frame_step=3)(x),
    )
graph(
    "STFTSpectrogram-expanded",
    (40, 2),
    lambda x: layers.STFTSpectrogram(
        "magnitude", 8, 3, fft_length=16, padding="same", expand_dims=True
    )(x),
)
for label, more in (
    ("plain", {}),
    ("short", {"sequence_length": 11, "window": "hamming", "mag_exp": 1.0}),
    ("power", {"power_to_db": False}),
    ("loud", {"ref_power": 4.0, "top_db": 20.0, "max_freq": 3000, "min_freq": 100.0}),
):
    graph(
        f"MelSpectrogram-{label}",
        (150,),
        lambda x, m=more: layers.MelSpectrogram(
            fft_length=64, sequence_stride=20, num_mel_bins=6, sampling_rate=8000, **m
        )(x),
    )
