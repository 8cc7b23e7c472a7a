"""Models: files served by themselves, or by resources with methods of their own."""

from flama._absent import names_of
from flama.models.model import (
    MLModel,
    Model,
    ModelComponent,
    ModelComponentBuilder,
)
from flama.models.resource import (
    BaseMLResource,
    BaseModelResource,
    MLResource,
    MLResourceType,
    ModelResource,
    ModelResourceType,
)

__all__ = [
    "BaseMLResource",
    "BaseModelResource",
    "MLModel",
    "MLResource",
    "MLResourceType",
    "Model",
    "ModelComponent",
    "ModelComponentBuilder",
    "ModelResource",
    "ModelResourceType",
]

__getattr__ = names_of(__name__)
