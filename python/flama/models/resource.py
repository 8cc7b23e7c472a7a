"""Resources that have a model."""

import sys

from flama.exceptions import ResourceModelNotFound
from flama.models.model import MLModel
from flama.resources.resource import Resource, ResourceType

__all__ = [
    "BaseMLResource",
    "BaseModelResource",
    "MLResource",
    "MLResourceType",
    "ModelResource",
    "ModelResourceType",
]


class ModelResourceType(ResourceType):
    """Opens the model of a resource when its class is made."""

    @staticmethod
    def prepare(cls, namespace):
        if "_abstract" in namespace:
            return
        component = getattr(cls, "component", None)
        path = getattr(cls, "model_path", None)
        if component is not None:
            cls.model = component.model
        elif path is not None:
            from flama.applications import beside

            module = sys.modules.get(cls.__module__)
            cls.model = MLModel(
                beside(getattr(module, "__file__", None), path),
                getattr(cls, "trust", None),
            )
        else:
            raise ResourceModelNotFound(
                f"{cls.__name__} needs to define attribute 'model_path' or 'component'"
            )


class BaseModelResource(Resource, metaclass=ModelResourceType):
    """What model resources have in common."""

    _abstract = True


class ModelResource(BaseModelResource):
    """A resource with a model: GET / inspects it, POST /predict/ asks it.

    Attributes
    ----------
    name, verbose_name : str
    model_path : str
        Beside the file of the class, else in the working directory.
    component : ModelComponent
        Instead of `model_path`.
    model_methods : str or sequence of str
        Methods of the model that are served besides: "predict_proba",
        "decision_function", "transform".
    trust : bool
        Whether loading may run code of the file: see MLModel.
    model : MLModel
        Opened when the class is made.
    """

    _abstract = True


class MLResource(ModelResource):
    """The newer name of ModelResource."""

    _abstract = True


# The newer names.
BaseMLResource = BaseModelResource
MLResourceType = ModelResourceType
