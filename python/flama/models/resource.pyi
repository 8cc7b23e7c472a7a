import collections.abc as c

from flama.models.model import MLModel, ModelComponent
from flama.resources.resource import Resource, ResourceType

__all__ = [
    "BaseMLResource",
    "BaseModelResource",
    "MLResource",
    "MLResourceType",
    "ModelResource",
    "ModelResourceType",
]

class ModelResourceType(ResourceType): ...

class BaseModelResource(Resource, metaclass=ModelResourceType):
    model: MLModel
    model_path: str
    component: ModelComponent | None
    model_methods: str | c.Sequence[str] | None

class ModelResource(BaseModelResource): ...
class MLResource(ModelResource): ...

BaseMLResource = BaseModelResource
MLResourceType = ModelResourceType
