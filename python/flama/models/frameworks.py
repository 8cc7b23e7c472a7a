"""The frameworks that models are made with; none is imported before it is needed.

Each is a class with

    owns(model)             whether it made that object
    version()               of the framework
    info(model)             what a file's meta says of the model's making
    dump(model, **options)  the model's own file, as bytes
    load(payload, trust)    the object again
    predict(model, rows)    what Flama promises of such a model, as lists

Loading what runs code of the file (pickles, TorchScript) asks for trust.
"""

import io
import json
import os
import re

from flama import _core
from flama.models import info as _info

__all__ = ["FRAMEWORKS", "framework_of", "load_model", "trusted"]

HOW_TO_TRUST = (
    "loading it with {} runs code of the file: give trust=True, --trust or "
    "FLAMA_TRUST=1 if you trust where it comes from"
)


def trusted(trust=None):
    """Whether files may run code: as told, else as FLAMA_TRUST says."""
    if trust is None:
        return os.environ.get("FLAMA_TRUST", "").lower() in ("1", "true", "yes", "on")
    return bool(trust)


def _need_trust(trust, name):
    if not trust:
        raise _core.EUNSUPPORTED(HOW_TO_TRUST.format(name))


def _made_by(model, *packages):
    """Whether a class of the model's comes from one of these packages."""
    names = (kind.__module__.split(".")[0] for kind in type(model).__mro__)
    return any(name in packages for name in names)


class SKLearn:
    """scikit-learn: a pickle."""

    @staticmethod
    def owns(model):
        return _made_by(model, "sklearn")

    @staticmethod
    def version():
        import sklearn

        return sklearn.__version__

    @staticmethod
    def info(model):
        return _info.plain(model.get_params())

    @staticmethod
    def dump(model):
        import pickle

        return pickle.dumps(model)

    @staticmethod
    def load(payload, trust):
        _need_trust(trust, "scikit-learn")
        import pickle

        return pickle.loads(payload)

    @staticmethod
    def predict(model, rows):
        return model.predict(rows).tolist()


class Torch:
    """PyTorch: an archive of torch.export, before Flama 2 TorchScript."""

    @staticmethod
    def owns(model):
        return _made_by(model, "torch")

    @staticmethod
    def version():
        import torch

        return torch.__version__

    @staticmethod
    def info(model):
        return {
            "modules": [str(module) for module in model.modules()],
            "parameters": {name: str(p) for name, p in model.named_parameters()},
            "state": {name: _info.plain(t.tolist())
                      for name, t in model.state_dict().items()},
        }  # fmt: skip

    @staticmethod
    def dump(model, *, example_inputs=None, dynamic_shapes=None):
        import torch

        if example_inputs is None:
            example_inputs = (_info.example_input(model),)
        if dynamic_shapes is None:
            batch = torch.export.Dim("batch")
            dynamic_shapes = tuple({0: batch} for _ in example_inputs)
        was_training = model.training
        model.eval()
        try:
            program = torch.export.export(
                model, tuple(example_inputs), dynamic_shapes=dynamic_shapes
            )
        finally:
            model.train(was_training)
        out = io.BytesIO()
        torch.export.save(program, out)
        return out.getvalue()

    @staticmethod
    def load(payload, trust):
        import zipfile

        with zipfile.ZipFile(io.BytesIO(payload)) as archive:
            is_script = any("/code/" in name for name in archive.namelist())
        if is_script:
            _need_trust(trust, "PyTorch")
        import torch

        if is_script:
            return torch.jit.load(io.BytesIO(payload))
        return torch.export.load(io.BytesIO(payload)).module()

    @staticmethod
    def predict(model, rows):
        import torch

        with torch.no_grad():
            return _info.lists(model(torch.Tensor(rows)))


class Keras:
    """TensorFlow and Keras: a `.keras` archive."""

    @staticmethod
    def owns(model):
        return _made_by(model, "keras", "tensorflow", "tf_keras")

    @staticmethod
    def version():
        import keras

        return keras.__version__

    @staticmethod
    def info(model):
        return json.loads(model.to_json())

    @staticmethod
    def dump(model):
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.keras")
            model.save(path)
            with open(path, "rb") as file:
                return file.read()

    @staticmethod
    def load(payload, trust):
        import tempfile

        import keras

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.keras")
            with open(path, "wb") as file:
                file.write(payload)
            return keras.models.load_model(path, safe_mode=not trust)

    @staticmethod
    def predict(model, rows):
        import numpy

        return _info.lists(model.predict(numpy.array(rows), verbose=0))


class TensorFlow(Keras):
    """Keras, as TensorFlow brings it."""

    @staticmethod
    def version():
        import tensorflow

        return tensorflow.__version__


FRAMEWORKS = {
    "sklearn": SKLearn,
    "torch": Torch,
    "tensorflow": TensorFlow,
    "keras": Keras,
}


def framework_of(model, name=None):
    """(name, class) of the framework that made the model.

    Raises
    ------
    TypeError
        When none did.
    """
    if name is not None:
        if name not in FRAMEWORKS:
            raise ValueError(f"there is no framework {name!r}: {', '.join(FRAMEWORKS)}")
        return name, FRAMEWORKS[name]
    for known, framework in FRAMEWORKS.items():
        if framework.owns(model):
            if known == "tensorflow" and not _info.installed("tensorflow"):
                known = "keras"
            return known, FRAMEWORKS[known]
    raise TypeError(
        f"{type(model).__module__}.{type(model).__qualname__} is made by none of "
        f"{', '.join(FRAMEWORKS)}"
    )


def load_object(name, payload, trust):
    """The framework's own object of a model's file."""
    if name not in FRAMEWORKS:
        raise _core.EUNSUPPORTED(f"there is no framework {name!r} here")
    try:
        return FRAMEWORKS[name].load(payload, trust)
    except ImportError as missing:
        raise _core.EUNSUPPORTED(
            f"loading it takes {missing.name}, which is not installed here"
        ) from missing


ESCAPES = re.compile("\x1b\\[[0-9;]*m")


def load_model(name, payload, trust):
    """A function from rows to predictions: the core's engine of last resort."""
    model = load_object(name, payload, trust)
    framework = FRAMEWORKS[name]

    def predict(rows):
        try:
            return framework.predict(model, rows)
        except Exception as why:  # whatever the framework says of rows it can't take
            text = ESCAPES.sub("", str(why)).strip() or type(why).__name__
            raise _core.EINPUT(text) from why

    return predict


_core.set_hooks(load_model=load_model)
