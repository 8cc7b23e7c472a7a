"""`app.models`: models of an application."""

import os

from flama.models.model import MLModel, Model
from flama.resources.module import ResourcesModule, further_methods

__all__ = ["ModelsModule"]


class MountedModel:
    """A model at a path, without methods of its own."""

    def __init__(self, path, model, name, methods, tags):
        self.path = path
        self.model = model
        self.name = name
        self.methods = methods
        self.tags = tags

    def add_to(self, core, injector):
        """Adds the model."""
        core.add_resource(
            self.path, self.name, self.name, [], self.model._native,
            further_methods(self.methods),
        )  # fmt: skip
        return []


class ModelsModule(ResourcesModule):
    """`app.models`."""

    def add_model(self, path, model, name, tags=None, *, trust=None, methods=None):
        """Serves a model below a path: GET path inspects, POST path + "predict/" asks.

        Parameters
        ----------
        path : str
        model : str, path or Model
            A file is opened at once.
        name : str
            Of the resource, and its tag in the documentation.
        tags : dict, optional
            For the application's own use.
        trust : bool, optional
            Whether loading may run code of the file: see MLModel.
        methods : str or sequence of str, optional
            Methods of the model that are served besides: "predict_proba",
            "decision_function", "transform".
        """
        self._app._check_open()
        if not isinstance(model, Model):
            model = MLModel(os.fspath(model), trust)
        self.added.append(MountedModel(path, model, name, methods, tags))

    add_model_resource = ResourcesModule.add_resource
    model_resource = model = ResourcesModule.resource
