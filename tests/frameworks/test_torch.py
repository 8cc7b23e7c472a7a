"""Each operator, and whole models, against the PyTorch that is installed.

A model is exported as torch.export.save writes it, as it was traced and decomposed into
core operators, and both are asked for the same rows: numbers within 1e-5 of the largest
magnitude of a tensor (results of 16 bits: the case's margin), integers and booleans
equal.
"""

import json
import math
import warnings
import zipfile

import numpy as np
import pytest
import torch
import torch_models
import torch_ops
import torch_ops_more  # noqa: F401, registers its cases
import torch_ops_places  # noqa: F401, registers its cases
import torch_ops_rare  # noqa: F401, registers its cases
import torch_sequences
import torch_types  # noqa: F401, registers its cases
from torch import nn

BATCHES = (1, 2, 33)
MARGIN = 1e-5


@pytest.fixture(scope="module")
def engine(engine_of):
    return engine_of("torch")


class Wrapped(nn.Module):
    """A function as a module whose argument is called x."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Told(nn.Module):
    """What can't be printed, as numbers."""

    def forward(self, x):
        return x.nan_to_num(7, 8, 9)


def randomize(module, seed=5):
    """Statistics and scales that are no zeros and ones."""
    torch.manual_seed(seed)
    for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        if not tensor.is_floating_point():
            continue
        with torch.no_grad():
            if "running_var" in name:
                tensor.uniform_(0.5, 1.5)
            elif tensor.dim() <= 1 or "running_mean" in name:
                tensor.add_(torch.randn_like(tensor) * 0.2)


def module_of(function):
    if isinstance(function, type):
        torch.manual_seed(3)
        module = function()
        randomize(module)
        return Wrapped(module).eval()
    return Wrapped(function).eval()


def model_of(build):
    torch.manual_seed(4)
    module = build()
    if isinstance(module, nn.Module):
        randomize(module)
    return Wrapped(module).eval()


def flat(value):
    if isinstance(value, dict):
        return [x for v in value.values() for x in flat(v)]
    if isinstance(value, (list, tuple)):
        return [x for item in value for x in flat(item)]
    return [value]


def gather(answer, want):
    """The engine's nested lists, one for each of torch's outputs."""
    if isinstance(want, dict):
        assert list(answer) == list(want)
        return [x for key in want for x in gather(answer[key], want[key])]
    if isinstance(want, (list, tuple)):
        assert len(answer) == len(want)
        return [x for a, w in zip(answer, want, strict=True) for x in gather(a, w)]
    return [answer]


def check_one(got, want, place, margin):
    if not isinstance(want, torch.Tensor):
        assert got == want, place
        return
    if not want.is_floating_point():
        assert got == want.tolist(), place
        return
    want = want.double().numpy()
    got = np.array(got, dtype="float64")
    if want.size == 0:
        return
    assert got.shape == want.shape, (place, got.shape, want.shape)
    scale = np.abs(want).max() or 1.0
    worst = np.abs(got - want).max() / scale
    assert worst <= margin, (place, worst)


def check(engine, path, module, rows, margin=MARGIN):
    with torch.no_grad():
        want = module(rows)
    answer = engine.ask(path, "predict", rows.tolist())
    assert "output" in answer, answer
    pairs = zip(gather(answer["output"], want), flat(want), strict=True)
    for place, (g, w) in enumerate(pairs):
        check_one(g, w, place, margin)


# Without rows torch refuses what has no numbers to be normalized or sampled, its
# attention takes another way, means of nothing are NaN, and -1 may be any size.
NEEDS_ROWS = {
    "Attention", "Norms", "Norms2d", "bert", "bfloat_products", "class_losses",
    "double_norms", "ft_transformer", "grids", "half_products", "inception", "losses",
    "matrix_norms", "own_statistics",
}  # fmt: skip


def check_without_rows(engine, path, module, shape):
    answer = engine.ask(path, "predict", {"shape": [0, *shape[1:]]})
    try:
        with torch.no_grad():
            want = module(torch.zeros(0, *shape[1:]))
    except (RuntimeError, IndexError, ValueError):
        assert "error" in answer, answer
        return
    assert "output" in answer, answer
    for got, part in zip(gather(answer["output"], want), flat(want), strict=True):
        if isinstance(part, torch.Tensor) and part.numel() == 0:
            assert got == part.tolist()
        else:
            check_one(got, part, "without rows", MARGIN)


def save(engine, module, rows, decomposed, dims=None):
    """The path of the exported model."""
    dynamic = {"x": dims or {0: torch.export.Dim.AUTO}}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.export.export(module, (rows,), dynamic_shapes=dynamic)
        if decomposed:
            program = program.run_decompositions()
        path = engine.path(".pt2")
        torch.export.save(program, str(path))
    return path


def rows_of(shape, batch, seed=1):
    torch.manual_seed(seed + batch)
    return torch.randn(batch, *shape[1:])


@pytest.mark.parametrize("decomposed", [False, True], ids=["saved", "core"])
@pytest.mark.parametrize("name", torch_ops.CASES)
def test_operators(engine, name, decomposed):
    shape, function, options = torch_ops.CASES[name]
    if decomposed and not options.get("core", True):
        pytest.skip("its core operators are shown elsewhere or not known")
    module = module_of(function)
    path = save(engine, module, rows_of(shape, max(3, shape[0])), decomposed)
    for batch in options.get("batches", BATCHES):
        rows = rows_of(shape, batch)
        check(engine, path, module, rows, options.get("margin", MARGIN))
    if not decomposed and name not in NEEDS_ROWS:
        check_without_rows(engine, path, module, shape)


@pytest.mark.parametrize("decomposed", [False, True], ids=["saved", "core"])
@pytest.mark.parametrize("name", torch_models.MODELS)
def test_models(engine, name, decomposed):
    shape, build, batches = torch_models.MODELS[name]
    module = model_of(build)
    path = save(engine, module, rows_of(shape, 2), decomposed)
    for batch in batches:
        check(engine, path, module, rows_of(shape, batch))
    if not decomposed and name not in NEEDS_ROWS:
        check_without_rows(engine, path, module, shape)


@pytest.mark.parametrize("decomposed", [False, True], ids=["saved", "core"])
@pytest.mark.parametrize("name", torch_sequences.LENGTHS)
def test_lengths(engine, name, decomposed):
    shape, build, batches = torch_models.MODELS[name]
    module, auto = model_of(build), torch.export.Dim.AUTO
    path = save(engine, module, rows_of(shape, 2), decomposed, {0: auto, 1: auto})
    for length in torch_sequences.LENGTHS[name]:
        for batch in batches:
            rows = rows_of((1, length, *shape[2:]), batch)
            check(engine, path, module, rows)


@pytest.mark.parametrize("divide", [torch.floor_divide, torch.remainder, torch.fmod])
def test_integers_by_zero_are_refused(engine, divide):
    module = module_of(lambda x: divide((x * 7).to(torch.int64), x.to(torch.int64)))
    path = save(engine, module, torch.tensor([[1.0, 2.0], [3.0, 4.0]]), False)
    assert "error" not in engine.ask(path, "predict", [[1.0, 2.0]])
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        module(torch.tensor([[1.0, 0.5]]))
    answer = engine.ask(path, "predict", [[1.0, 0.5]])
    assert answer.get("code") == "EINPUT" and "zero" in answer["error"], answer


@pytest.mark.parametrize("written", ["view", "base"])
def test_writes_past_a_view_that_is_a_copy_are_refused(engine, written):
    def run(x):
        q = x.unflatten(-1, (2, 4)).transpose(1, 2)
        base = torch.nn.functional.scaled_dot_product_attention(q, q, q)
        view = base.permute(0, 2, 1, 3).view(-1, 6, 8)
        (view if written == "view" else base).add_(1)
        return base, view

    path = save(engine, module_of(run), rows_of((1, 6, 8), 2), False)
    answer = engine.ask(path, "predict", rows_of((1, 6, 8), 1).tolist())
    assert answer.get("code") == "EUNSUPPORTED", answer
    assert "view apart" in answer["error"]


def with_guard(engine, path, guard):
    """The path of the same model with that guard in the place of its own."""
    made = engine.path(".pt2")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(made, "w") as out:
        for name in source.namelist():
            text = source.read(name)
            if name.endswith("models/model.json"):
                text = json.dumps({**json.loads(text), "guards_code": [guard]})
            out.writestr(name, text)
    return made


@pytest.mark.parametrize(
    "guard",
    [
        "math.ceil({n} / 4) == 1",
        "math.floor(({n} + 1) / 2) != {m}",
        "((-{n}) // 2) + {n} % 3 < {m}",
        "{n}**2 >= 2**{m}",
        "-{n}**2 <= -{m} * {n}",
        "max({n}, {m}) - min({n}, {m}) > 1",
        "{n} == 1 or {n} > 2 and {m} == 3",
    ],
)
def test_guards_are_pythons(engine, guard):
    guard = guard.format(n="L['x'].size()[0]", m="L['x'].size()[1]")
    dims = {0: torch.export.Dim.AUTO, 1: torch.export.Dim.AUTO}
    path = save(engine, module_of(lambda x: x * 2), torch.ones(3, 2), False, dims)
    path = with_guard(engine, path, guard)
    seen = set()
    for rows in (torch.ones(n, m) for n in range(1, 7) for m in (1, 2, 3)):
        holds = eval(guard, {"L": {"x": rows}, "math": math})
        answer = engine.ask(path, "predict", rows.tolist())
        assert ("output" in answer) == holds, (answer, rows.shape)
        assert holds or "Guard failed" in answer["error"]
        seen.add(holds)
    assert seen == {True, False}
