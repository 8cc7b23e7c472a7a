"""Models in float16 and bfloat16 against the Keras that is installed.

TensorFlow rounds the result of every operation; where the engine joins several of them
into one (a softmax, a gate) it rounds once. So answers are held to MARGIN units in the
last place of the type, at the largest magnitude of an output; those of many operations,
one after the other, to twice that.
"""

import keras
import keras_models
import keras_operations
import numpy as np
import pytest
from keras import layers, ops
from test_keras import flat, gather, randomize, rows_for

MARGIN = 2
DIGITS = {"float16": 10, "bfloat16": 7}


@pytest.fixture(scope="module")
def engine(engine_of):
    return engine_of("keras")


@pytest.fixture(autouse=True)
def restore():
    yield
    keras.config.set_dtype_policy("float32")


def unit(want, policy):
    """The last place of the type at the largest magnitude."""
    largest = np.abs(want).max() or 1.0
    return 2.0 ** (np.floor(np.log2(largest)) - DIGITS[policy.removeprefix("mixed_")])


def check(engine, model, policy, rows, margin=MARGIN):
    path = engine.path(".keras")
    model.save(path)
    want = model.predict(np.array(rows), verbose=0)
    answer = engine.ask(path, "predict", rows.tolist())
    assert "output" in answer, answer
    got = gather(answer["output"], want)
    for g, w in zip(got, flat(want), strict=True):
        g, w = np.array(g, "float64"), w.astype("float64")
        assert g.shape == w.shape
        worst = np.abs(g - w).max() / unit(w, policy)
        assert worst <= margin, worst
    return flat(want)[0].astype("float64"), np.array(got[0], "float64")


LAYERS = """
activation-gelu-1 activation-softmax-0 dense-1 dense-wide prelu-0
einsum-abc,cde->abde embedding-0 embedding-int Conv1D-same Conv2D-stride-same
Conv2D-groups Conv2DTranspose-valid-2 SeparableConv2D-same BatchNormalization-0
LayerNormalization-1 GroupNormalization-0 RMSNormalization-0 UnitNormalization-0
Normalization-0 Rescaling LSTM-all GRU-plain GRU-before SimpleRNN-plain
Bidirectional-LSTM-masked RNN-cell RNN-stack MultiHeadAttention-plain
MultiHeadAttention-masked Attention-causal Add Concatenate Dot-2 TimeDistributed
AveragePooling2D-3-2-same joined-conv joined-twice nested shared outputs-dict
int-output ReversibleEmbedding
"""
MODELS = ("resnet18", "vit", "unet", "gru-classifier", "tabular")
OPERATIONS = {
    "number": lambda x: x * 0.1 + 1.0,
    "array": lambda x: ops.add(x, np.full(6, 0.1, "float32")),  # gives float32
    "double-array": lambda x: ops.add(x, np.full(6, 0.1)),  # gives float64
    "half-array": lambda x: x * np.full(6, 0.1, "float16"),
    "integers": lambda x: x * ops.cast(x * 3, "int32"),
    "softmax": lambda x: ops.softmax(ops.exp(x)),
    "cast": lambda x: ops.cast(ops.cast(x, "float32") * 0.1, "bfloat16") * 3,
    "matmul": lambda x: ops.matmul(x[:, :, None], x[:, None]),
    "mean": lambda x: ops.mean(x, axis=-1, keepdims=True) - ops.sum(x, -1, True),
    "large": lambda x: x * 60000.0,  # infinite in float16
    "small": lambda x: x * 1e-5,  # subnormal in float16
    "where": lambda x: ops.where(x > 0, x, 0.3),
    "layer32": lambda x: layers.Dense(3, "softmax", dtype="float32")(x),
}


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", LAYERS.split())
def test_layer(engine, name, policy):
    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(11)
    case = keras_operations.CASES[name]
    model = case.build()
    randomize(model)
    margin = 2 * MARGIN if "RNN" in name or "GRU" in name or "LSTM" in name else MARGIN
    for batch in (1, 33):
        check(engine, model, policy, rows_for(model, batch, case.rows), margin)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_operation(engine, name, policy):
    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(11)
    x = keras.Input((4,))
    y = OPERATIONS[name](layers.Dense(6, "tanh")(x))
    model = keras.Model(x, y)
    randomize(model)
    check(engine, model, policy, rows_for(model, 5))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("name", MODELS)
def test_model(engine, name, policy):
    """The class is that of the largest number, unless two are as good as equal."""
    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(12)
    case = keras_models.MODELS[name]
    model = case.build()
    randomize(model)
    rows = rows_for(model, 3, case.rows)
    want, got = check(engine, model, policy, rows, 2 * MARGIN)
    for w, g in zip(want.reshape(3, -1), got.reshape(3, -1), strict=True):
        best = np.sort(w)[-2:]
        if best[-1] - best[0] > 4 * MARGIN * unit(w, policy):
            assert np.argmax(w) == np.argmax(g)


@pytest.mark.parametrize("policy", ["float16", "bfloat16"])
def test_weights(engine, policy):
    """Weights that stand in the file as halves, and an input that is one."""
    keras.config.set_dtype_policy(policy)
    x = keras.Input((6, 6, 3), dtype=policy)
    y = layers.Conv2D(4, 3, activation="relu")(x)
    y = layers.BatchNormalization()(y)
    y = layers.GlobalAveragePooling2D()(y)
    model = keras.Model(x, layers.Dense(3)(y))
    randomize(model)
    check(engine, model, policy, rows_for(model, 4))
