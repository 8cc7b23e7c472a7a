from flama.models.model import MLModel as MLModel
from flama.models.model import Model as Model
from flama.models.model import ModelComponent as ModelComponent
from flama.models.model import ModelComponentBuilder as ModelComponentBuilder
from flama.models.resource import BaseMLResource as BaseMLResource
from flama.models.resource import BaseModelResource as BaseModelResource
from flama.models.resource import MLResource as MLResource
from flama.models.resource import MLResourceType as MLResourceType
from flama.models.resource import ModelResource as ModelResource
from flama.models.resource import ModelResourceType as ModelResourceType

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
