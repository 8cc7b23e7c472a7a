"""A model file, opened."""

import errno
import os

from flama import _core
from flama.annotations import is_class
from flama.components import Component
from flama.models.frameworks import trusted
from flama.serialize import Metadata, load

__all__ = ["MLModel", "Model", "ModelComponent", "ModelComponentBuilder"]


class Model:
    """A model: predicts, and tells what its file says.

    An engine of the core runs it; what none of them can, its own framework does, in
    this process.

    Parameters
    ----------
    path : str
    trust : bool, optional
        Whether loading may run code of the file, which some frameworks do; else
        FLAMA_TRUST says so. The core's engines never do.

    Attributes
    ----------
    path : str
    engine : str
        What runs it.
    """

    def __init__(self, path, trust=None):
        if not os.path.exists(path):
            raise FileNotFoundError(errno.ENOENT, "there is no model file", path)
        self.path = path
        self._trust = trusted(trust)
        self._native = _core.Model(path, trust=self._trust)
        self._artifact = None

    @property
    def engine(self):
        """What runs it."""
        return self._native.engine

    @property
    def model(self):
        """The framework's own object, loaded when it is first asked for.

        Raises
        ------
        NotImplementedError
            When loading it would run code of a file that is not trusted.
        """
        if self._artifact is None:
            self._artifact = load(path=self.path, trust=self._trust)
        return self._artifact.model

    @property
    def meta(self):
        """What the file says of the model: a Metadata."""
        return Metadata.from_dict(self.inspect()["meta"])

    @property
    def manifest(self):
        """The names of the files that are packaged with it."""
        return tuple(self.inspect()["manifest"])

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

    def predict_proba(self, x):
        """The probabilities of the classes for these rows, as `predict` else."""
        return self._native.run("predict_proba", x)

    def decision_function(self, x):
        """The scores of these rows, as `predict` else."""
        return self._native.run("decision_function", x)

    def transform(self, x):
        """These rows, transformed, as `predict` else."""
        return self._native.run("transform", x)

    def __reduce__(self):
        """A pickle names the file, which is opened again."""
        return type(self), (os.path.abspath(self.path), self._trust)

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
        return is_class(annotation) and issubclass(annotation, Model)

    def resolve(self):
        """The model."""
        return self.model


class ModelComponentBuilder:
    """Makes components of model files."""

    @staticmethod
    def build(path, trust=None):
        """A component that provides the model of a file."""
        return ModelComponent(MLModel(os.fspath(path), trust))

    load = build
