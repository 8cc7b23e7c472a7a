"""What a model file tells of its model, in the types of JSON."""

import importlib.util
import math
import numbers

__all__ = ["example_input", "installed", "lists", "plain"]


def installed(package):
    """Whether a package could be imported."""
    return importlib.util.find_spec(package) is not None


def plain(value):
    """The value as JSON can have it.

    Numbers of numpy are numbers; infinities and NaN, which JSON lacks, are their names;
    what has no meaning outside Python is None.
    """
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        number = float(value)
        return number if math.isfinite(number) else str(number)
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return plain(value.tolist())
    return None


def lists(value):
    """Tensors, and dicts and sequences of them, as lists of numbers."""
    if isinstance(value, dict):
        return {key: lists(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [lists(item) for item in value]
    return value.tolist()


def example_input(model):
    """Two rows of zeros of the shape that a PyTorch model's first layer takes.

    Raises
    ------
    ValueError
        When the layer does not tell.
    """
    import torch

    for layer in model.modules():
        kind = type(layer).__name__
        if kind == "Linear":
            return torch.zeros(2, layer.in_features)
        if kind.startswith("Conv") and "Transpose" not in kind:
            return torch.zeros(2, layer.in_channels, *[32] * len(layer.kernel_size))
        if kind in ("LSTM", "GRU", "RNN"):
            shape = (2, 8) if layer.batch_first else (8, 2)
            return torch.zeros(*shape, layer.input_size)
    raise ValueError(
        f"{type(model).__name__} does not tell the shape of its input: give "
        "example_inputs=(torch.zeros(2, ...),)"
    )
