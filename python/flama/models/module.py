"""`app.models`: models of an application."""

import os

from flama.models.model import MLModel, Model
from flama.resources.module import MountedResource

__all__ = ["ModelsModule"]


class MountedModel:
    """A model at a path, without methods of its own."""

    def __init__(self, path, model, name):
        self.path = path
        self.model = model
        self.name = name

    def add_to(self, core, injector):
        """Adds the model."""
        core.add_resource(self.path, self.name, self.name, [], self.model._native)
        return []


class ModelsModule:
    """`app.models`."""

    def __init__(self, app):
        self._app = app
        self.added = []

    def add_model(self, path, model, name, *_args, trust=None, **_options):
        """Serves a model below a path: GET path inspects, POST path + "predict/" asks.

        Parameters
        ----------
        path : str
        model : str, path or Model
            A file is opened at once.
        trust : bool, optional
            Whether loading may run code of the file: see MLModel.
        name : str
            Of the resource, and its tag in the documentation.
        """
        self._app._check_open()
        if not isinstance(model, Model):
            model = MLModel(os.fspath(model), trust)
        self.added.append(MountedModel(path, model, name))

    def add_model_resource(self, path, resource, *_args, **_options):
        """Serves a model resource (a class or an instance) below a path."""
        self._app._check_open()
        self.added.append(MountedResource(path, resource))

    def model_resource(self, path, *_args, **_options):
        """A decorator for the class of a model resource."""

        def add(resource):
            self.add_model_resource(path, resource)
            return resource

        return add

    model = model_resource
