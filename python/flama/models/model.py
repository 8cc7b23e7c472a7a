"""A model file, opened."""

import errno
import os

from flama import _core
from flama.components import Component

__all__ = ["MLModel", "Model", "ModelComponent"]


class Model:
    """A model: predicts, and tells what its file says.

    Attributes
    ----------
    path : str
    engine : str
        What runs it.
    """

    def __init__(self, path):
        if not os.path.exists(path):
            raise FileNotFoundError(errno.ENOENT, "there is no model file", path)
        self.path = path
        self._native = _core.Model(path)

    @property
    def engine(self):
        """What runs it."""
        return self._native.engine

    def inspect(self):
        """What the file says: {"meta": ..., "manifest": ...}."""
        return self._native.inspect()

    def predict(self, x):
        """The predictions for these rows, as a list.

        Raises
        ------
        ValueError
            For rows that the model can't take; a request is answered with 400.
        """
        return self._native.run("predict", x)

    def __repr__(self):
        return f"{type(self).__name__}({self.path!r})"


class MLModel(Model):
    """A model of scikit-learn, PyTorch, TensorFlow or Keras."""


class ModelComponent(Component):
    """Provides a model to handlers; the base of components of one's own."""

    def __init__(self, model):
        self.model = model

    def can_handle_parameter(self, parameter):
        annotation = parameter.annotation
        return isinstance(annotation, type) and issubclass(annotation, Model)

    def resolve(self):
        """The model."""
        return self.model
